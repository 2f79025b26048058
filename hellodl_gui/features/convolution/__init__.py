"""Feature: a convolution step by step."""
