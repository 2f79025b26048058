"""Feature: misclassified samples."""
