"""Feature: loss and metrics over mini-batches."""

from hellodl_gui.features.curves.panel import CurvesPanel as CurvesPanel
