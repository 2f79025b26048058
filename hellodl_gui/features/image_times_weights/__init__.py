"""Feature: image × weights, added up."""

from hellodl_gui.features.image_times_weights.panel import (
    ImageTimesWeightsPanel as ImageTimesWeightsPanel,
)
