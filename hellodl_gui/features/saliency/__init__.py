"""Feature: attribution maps."""

from hellodl_gui.features.saliency.panel import SaliencyPanel as SaliencyPanel
