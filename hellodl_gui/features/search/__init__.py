"""Feature: hyperparameter search."""

from hellodl_gui.features.search.panel import SearchPanel as SearchPanel
