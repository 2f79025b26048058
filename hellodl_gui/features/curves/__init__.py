"""Feature: loss and accuracy over mini-batches."""

from hellodl_gui.features.curves.panel import CurvesPanel as CurvesPanel
