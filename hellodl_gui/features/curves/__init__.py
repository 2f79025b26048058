"""Feature: loss and accuracy over mini-batches."""
