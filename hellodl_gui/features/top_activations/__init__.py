"""Feature: top activations and feature visualization."""
