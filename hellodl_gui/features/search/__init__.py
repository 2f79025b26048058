"""Feature: hyperparameter search."""
