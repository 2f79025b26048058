"""View of the gradient descent demo: the function with its balls, and a table of positions."""

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.formatting import format_fixed
from core.inspect.teach.gradient_descent import DESCENT_METHODS
from core.translation import tr
from hellodl_gui.features.gradient_descent.descent_state import DescentState
from hellodl_gui.features.gradient_descent.optimizer_table import OptimizerTable, optimizer_colour
from hellodl_gui.features.gradient_descent.surface_plot import OptimizerPath, SurfacePlot
from hellodl_gui.theming.theme_manager import themes

_POINTS = 600


class DescentView(QWidget):
    """Attributes: `plot` and `table`. With `fixed` only the balls on the hill are listed, and the
    formula stands above them: for a picture that stands alone.
    """

    def __init__(self, fixed: bool = False) -> None:
        super().__init__()
        self.plot = SurfacePlot()
        self.table = OptimizerTable(fixed)
        self._titled = fixed
        self._seen: tuple[object, ...] = ()
        self._rolling: DescentState | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.table)
        themes().changed.connect(self._on_theme)

    def _on_theme(self) -> None:
        if self._rolling is not None:
            self.show_descent(self._rolling)

    def show_descent(self, rolling: DescentState) -> None:
        """Draw the moment that is shown of it."""
        self._rolling = rolling
        descent, step = rolling.descent, rolling.step
        seen = (descent.formula.text, rolling.low, rolling.high)
        if seen != self._seen:
            self._seen = seen
            places = np.linspace(rolling.low, rolling.high, _POINTS)
            title = f"y = {descent.formula.text}" if self._titled else ""
            heights, _ = descent.formula.along(places)
            self.plot.set_hill(places, heights, title)
        theme = themes().theme
        xs, ys = descent.xs[: step + 1], descent.ys[: step + 1]
        keys = list(DESCENT_METHODS)
        balls = [
            OptimizerPath(
                xs[:, n], ys[:, n], way.sign, optimizer_colour(theme, keys.index(way.key))
            )
            for n, way in enumerate(descent.ways)
            if way.key in rolling.shown
        ]
        self.plot.set_balls(balls, descent.start, tr("step {step}").format(step=step))
        self.table.show_step(descent, step, rolling.shown)
        self.plot.setAccessibleDescription(
            ", ".join(
                f"{way.title} x = {format_fixed(x, 4)}"
                for way, x in zip(descent.ways, xs[-1], strict=True)
                if way.key in rolling.shown
            )
        )
