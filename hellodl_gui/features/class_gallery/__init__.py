"""Feature: all samples of one class."""
