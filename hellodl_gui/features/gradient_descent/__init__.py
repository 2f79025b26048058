"""Feature: optimizers descending a surface."""

from hellodl_gui.features.gradient_descent.descent_state import DescentState as DescentState
from hellodl_gui.features.gradient_descent.descent_view import DescentView as DescentView
from hellodl_gui.features.gradient_descent.panel import DescentPanel as DescentPanel
