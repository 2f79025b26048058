"""Feature: augmented pictures."""
