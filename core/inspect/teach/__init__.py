"""Explanations: formulas step by step, gradient descent, convolution, activation functions."""
