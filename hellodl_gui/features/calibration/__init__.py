"""Feature: confidence against accuracy."""

from hellodl_gui.features.calibration.panel import CalibrationPanel as CalibrationPanel
