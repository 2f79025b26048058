"""Feature: weights as pictures."""
