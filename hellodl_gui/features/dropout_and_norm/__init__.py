"""Feature: dropout masks and batch-norm statistics."""

from hellodl_gui.features.dropout_and_norm.panel import DropoutAndNormPanel as DropoutAndNormPanel
