"""Feature: histogram of scores."""

from hellodl_gui.features.score_histogram.panel import ScoreHistogramPanel as ScoreHistogramPanel
