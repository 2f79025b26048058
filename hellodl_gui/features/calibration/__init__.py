"""Feature: confidence against accuracy."""
