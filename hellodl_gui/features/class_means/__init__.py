"""Feature: average pictures of classes."""

from hellodl_gui.features.class_means.panel import ClassMeansPanel as ClassMeansPanel
