"""Feature: test samples with predictions."""

from hellodl_gui.features.samples.panel import SamplesPanel as SamplesPanel
