"""Feature: hints and the runs that prove them."""

from hellodl_gui.features.hints.panel import HintsPanel as HintsPanel
