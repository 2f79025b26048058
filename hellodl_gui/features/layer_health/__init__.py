"""Feature: activations and gradients by layer."""
