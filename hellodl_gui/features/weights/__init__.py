"""Feature: weights as pictures."""

from hellodl_gui.features.weights.panel import WeightsPanel as WeightsPanel
