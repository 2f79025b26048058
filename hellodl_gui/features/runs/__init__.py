"""Feature: the library of recorded runs."""
