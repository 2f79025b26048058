"""Feature: pictures and films of a view."""
