"""Feature: a network's output over the plane."""

from hellodl_gui.features.decision_surface.panel import DecisionSurfacePanel as DecisionSurfacePanel
