"""Feature: augmented pictures."""

from hellodl_gui.features.augmentation.panel import AugmentationPanel as AugmentationPanel
