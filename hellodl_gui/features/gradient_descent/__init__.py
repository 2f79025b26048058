"""Feature: optimizers descending a surface."""
