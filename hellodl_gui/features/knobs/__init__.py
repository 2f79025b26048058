"""Feature: the hyperparameters."""
