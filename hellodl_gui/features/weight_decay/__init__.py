"""Feature: the size of weights under weight decay."""

from hellodl_gui.features.weight_decay.panel import WeightDecayPanel as WeightDecayPanel
