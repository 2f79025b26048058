"""Feature: learned weights beside a hand-made detector."""
