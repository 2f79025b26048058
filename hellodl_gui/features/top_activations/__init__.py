"""Feature: top activations and feature visualization."""

from hellodl_gui.features.top_activations.panel import TopActivationsPanel as TopActivationsPanel
