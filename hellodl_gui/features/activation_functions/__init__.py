"""Feature: activation functions and their derivatives."""
