"""Feature: a convolution step by step."""

from hellodl_gui.features.convolution.panel import ConvolutionPanel as ConvolutionPanel
