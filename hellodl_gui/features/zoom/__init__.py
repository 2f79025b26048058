"""Feature: the network down to one product."""

from hellodl_gui.features.zoom.panel import ZoomPanel as ZoomPanel
