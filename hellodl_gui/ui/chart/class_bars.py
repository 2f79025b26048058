"""Bar chart of the number of images per class; a click opens a class."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Signal

from core.formatting import format_count
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis, NameAxis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import BarSeries, Pane, Series

_WIDEST = 64
_GAP, _SLIM = 0.11, 0.25  # of a bar's place
_HEADROOM = 1.12  # for the counts above the bars


class ClassBars(Chart):
    """Bars stand for the first set; where there is a second, a slimmer one stands before each.

    Arrow keys move from bar to bar, Enter or a click opens one.
    Signals: `picked(int)` a class.
    """

    picked = Signal(int)
    grid = False

    def __init__(self) -> None:
        self._names, self._up = NameAxis(at=0.5), Axis()
        name = tr("Pictures of each class")
        pane = Pane(self._up, numbered=False)
        super().__init__(name, self._names, pane, least=(160, 120), hint=(420, 240))
        self._counts: NDArray[np.int64] = np.zeros((1, 0), np.int64)

    def set_counts(self, counts: NDArray[np.int64], classes: tuple[str, ...]) -> None:
        """Show counts (S, C) of the sets' classes."""
        self._counts, self.reading = counts, None
        self._names.name(classes)
        self.bins = np.arange(len(classes) + 1.0)
        self._up.last = self.top() * _HEADROOM
        self.update()

    def lay_out(self) -> QRectF:
        """Few bars stand in the middle."""
        area = super().lay_out()
        wide = min(area.width(), _WIDEST * max(len(self._names.names), 1))
        self.across.lay(area.center().x() - wide / 2, wide)
        return area

    def series(self, pane: Pane) -> Iterable[Series]:
        """Both sets, and the counts of the first."""
        theme, left = themes().theme, np.arange(self._counts.shape[1], dtype=np.float64)
        texts = [self.figure(label) for label in range(len(left))]
        for number, (counts, colour) in enumerate(
            zip(self._counts, (theme.accent, theme.curves[1]), strict=False)
        ):
            gap = _GAP + number * _SLIM
            ends = left + gap, left + 1 - gap
            yield BarSeries(*ends, counts.astype(np.float64), colour, texts=texts)
            texts = []

    def choose(self, reading: float) -> None:
        """Open a class."""
        self.picked.emit(int(reading))

    def top(self) -> int:
        """The count of a bar as high as there is room."""
        return max(int(self._counts.max(initial=1)), 1)

    def figure(self, label: int) -> str:
        """What stands above a bar."""
        return format_count(int(self._counts[0, label]))

    def sentence(self) -> str:
        """What a bar says."""
        label = int(self.reading or 0)
        counts = [format_count(int(count)) for count in self._counts[:, label]]
        shape = (
            tr("“{name}”: {first} in the training set, {second} in the test set")
            if len(counts) > 1
            else tr("“{name}”: {first} pictures")
        )
        return shape.format(name=self._names.names[label], first=counts[0], second=counts[-1])


def _demo() -> None:
    from hellodl_gui.ui.demo import show

    def make() -> ClassBars:
        shown = ClassBars()
        counts = np.random.default_rng(0).integers(3000, 5000, (2, 26)) // np.array([[1], [6]])
        shown.set_counts(counts, tuple("abcdefghijklmnopqrstuvwxyz"))
        return shown

    show(make)


if __name__ == "__main__":
    _demo()
