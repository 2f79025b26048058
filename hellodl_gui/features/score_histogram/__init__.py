"""Feature: histogram of scores."""
