"""Feature: samples in two dimensions: PCA and t-SNE."""

from hellodl_gui.features.projection.panel import ProjectionPanel as ProjectionPanel
