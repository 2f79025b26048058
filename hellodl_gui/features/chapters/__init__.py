"""Feature: the list of chapters and the story."""
