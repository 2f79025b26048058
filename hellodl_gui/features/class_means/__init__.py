"""Feature: average pictures of classes."""
