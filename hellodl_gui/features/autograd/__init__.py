"""Feature: computation graphs, forward and backward."""

from hellodl_gui.features.autograd.panel import AutogradPanel as AutogradPanel
