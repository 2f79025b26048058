"""Feature: activations and gradients by layer."""

from hellodl_gui.features.layer_health.panel import LayerHealthPanel as LayerHealthPanel
