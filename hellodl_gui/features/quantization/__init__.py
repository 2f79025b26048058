"""Feature: weights in few bits."""

from hellodl_gui.features.quantization.panel import QuantizationPanel as QuantizationPanel
