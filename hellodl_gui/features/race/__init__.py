"""Feature: several runs side by side."""
