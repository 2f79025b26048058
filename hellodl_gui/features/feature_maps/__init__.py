"""Feature: the outputs of layers for one input."""
