"""Feature: weights in few bits."""
