"""Plot of samples as dots with lines through them: a fit, a diagonal, or residuals around zero."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal

from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import Dash, DotSeries, LineSeries, Pane, Series

Array = NDArray[np.float64]
_MOST = 1_500  # dots: more of them hide each other
_AIR = 0.05  # of the range, beside the outermost


@dataclass(frozen=True)
class FitLine:
    """A line through points (M,) by ascending x; `kind` says what it stands for."""

    xs: Array
    ys: Array
    name: str
    kind: str


@dataclass(frozen=True)
class RegressionPicture:
    """Dots (N,), whose samples have `numbers` (N,), and lines.

    `title` names both axes; `words(i)` says what there is to say of dot i.
    """

    xs: Array = field(default_factory=lambda: np.empty(0))
    ys: Array = field(default_factory=lambda: np.empty(0))
    numbers: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    lines: Sequence[FitLine] = ()
    title: str = ""
    words: Callable[[int], str] = lambda index: ""


class RegressionPlot(Chart):
    """Point at a dot to read it; a click selects its sample.

    Signals: `picked(int)` the number of a sample.
    """

    picked = Signal(int)

    def __init__(self) -> None:
        self._up = Axis(apart=28)
        name = tr("Predicted numbers")
        super().__init__(name, Axis(), Pane(self._up, " "), least=(170, 120), hint=(420, 320))
        self.picture = RegressionPicture()

    def set_picture(self, picture: RegressionPicture) -> None:
        """Show these dots and lines; at most 1,500 dots, evenly chosen."""
        count = len(picture.xs)
        if count > _MOST:
            some = np.linspace(0, count - 1, _MOST).astype(np.intp)
            whole = picture
            picture = RegressionPicture(
                whole.xs[some], whole.ys[some], whole.numbers[some], whole.lines, whole.title,
                lambda index: whole.words(int(some[index])),
            )  # fmt: skip
        self.picture = picture
        self.across.title = picture.title
        ends = [(picture.xs, picture.ys), *((line.xs, line.ys) for line in picture.lines)]
        for axis, values in (
            (self.across, np.concatenate([xs for xs, _ in ends])),
            (self._up, np.concatenate([ys for _, ys in ends])),
        ):
            known = values[np.isfinite(values)]
            low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
            air = _AIR * (high - low) or 1.0
            axis.first, axis.last = low - air, high + air
        self.reading = None
        self.update()

    def series(self, pane: Pane) -> Iterable[Series]:
        """Dots, lines over them, and the dot that is read."""
        theme, shown = themes().theme, self.picture
        yield DotSeries(shown.xs, shown.ys, theme.quiet, 2.5, 0.0)
        colours = {"learnt": theme.accent, "true": theme.good}
        for line in shown.lines:
            dash = Dash.SolidLine if line.kind == "learnt" else Dash.DashLine
            colour = colours.get(line.kind, theme.text)
            yield LineSeries(line.xs, line.ys, colour, 1.8, dash, name=line.name, smooth=True)
        at = self._nearest()
        if at is not None:
            yield DotSeries([float(shown.xs[at])], [float(shown.ys[at])], theme.accent, 5.5)

    def _nearest(self) -> int | None:
        if self.reading is None or not len(self.picture.xs):
            return None
        return int(np.abs(self.picture.xs - self.reading).argmin())

    def sentence(self) -> str:
        """The dot that lies nearest."""
        at = self._nearest()
        return "" if at is None else self.picture.words(at)

    def choose(self, reading: float) -> None:
        """Select the sample that is read."""
        at = self._nearest()
        if at is not None:
            self.picked.emit(int(self.picture.numbers[at]))
