"""Feature: predicted numbers beside the true ones."""

from hellodl_gui.features.regression.panel import RegressionPanel as RegressionPanel
