"""Feature: single weights over time."""
