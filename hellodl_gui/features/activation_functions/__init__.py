"""Feature: activation functions and their derivatives."""

from hellodl_gui.features.activation_functions.panel import (
    ActivationFunctionsPanel as ActivationFunctionsPanel,
)
