"""Feature: hints and the runs that prove them."""
