"""Feature: the library of recorded runs."""

from hellodl_gui.features.runs.panel import RunsPanel as RunsPanel
