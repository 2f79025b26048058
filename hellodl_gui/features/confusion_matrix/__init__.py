"""Feature: actual against predicted classes."""

from hellodl_gui.features.confusion_matrix.panel import ConfusionMatrixPanel as ConfusionMatrixPanel
