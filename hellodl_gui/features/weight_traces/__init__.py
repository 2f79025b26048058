"""Feature: single weights over time."""

from hellodl_gui.features.weight_traces.panel import WeightTracesPanel as WeightTracesPanel
