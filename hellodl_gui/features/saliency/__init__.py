"""Feature: attribution maps."""
