"""Feature: misclassified samples."""

from hellodl_gui.features.mistakes.panel import MistakesPanel as MistakesPanel
