"""Feature: the outputs of layers for one input."""

from hellodl_gui.features.feature_maps.panel import FeatureMapsPanel as FeatureMapsPanel
