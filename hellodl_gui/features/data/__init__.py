"""Feature: data sets, browsed."""

from hellodl_gui.features.data.panel import DataPanel as DataPanel
