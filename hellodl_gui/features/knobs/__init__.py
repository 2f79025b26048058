"""Feature: the hyperparameters."""

from hellodl_gui.features.knobs.panel import KnobsPanel as KnobsPanel
