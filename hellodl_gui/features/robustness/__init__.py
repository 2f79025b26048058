"""Feature: accuracy under shifts and noise."""

from hellodl_gui.features.robustness.panel import RobustnessPanel as RobustnessPanel
