"""Feature: actual against predicted classes."""
