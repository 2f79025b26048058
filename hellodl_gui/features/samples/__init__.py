"""Feature: test samples with predictions."""
