"""Feature: dropout masks and batch-norm statistics."""
