"""Feature: a drawing by hand, read by the network."""

from hellodl_gui.features.draw.panel import DrawPanel as DrawPanel
