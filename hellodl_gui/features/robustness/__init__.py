"""Feature: accuracy under shifts and noise."""
