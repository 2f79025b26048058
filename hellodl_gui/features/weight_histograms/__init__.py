"""Feature: histograms of weights over time."""

from hellodl_gui.features.weight_histograms.panel import (
    WeightHistogramsPanel as WeightHistogramsPanel,
)
