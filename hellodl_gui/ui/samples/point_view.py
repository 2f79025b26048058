"""A point among others: on a line over its target, or in the plane."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.formatting import format_number
from core.translation import tr
from hellodl_gui.theming.colour_scales import for_classes
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import DotSeries, Pane, Series

_MOST = 1_000
_DOT, _LARGE = 2.5, 7.0


def has_place(data: Dataset) -> bool:
    """Whether the points of these data can be drawn: pairs, or numbers with a number each."""
    wide = data.inputs.shape[1]
    return wide == 2 or (wide == 1 and data.targets is not None and data.targets.size == len(data))


class PointView(Chart):
    """One point, large, among at most a thousand others; classes have their colours."""

    def __init__(self) -> None:
        self._up = Axis()
        super().__init__(tr("The point"), Axis(), Pane(self._up), least=(140, 110), hint=(280, 220))
        self._others = self._here = np.empty((0, 2))
        self._labels: NDArray[np.intp] = np.empty(0, np.intp)
        self._label = 0
        self._names = "", ""

    def show_point(self, data: Dataset, number: int) -> None:
        """Sample `number` of data that have a place."""
        some = np.linspace(0, len(data) - 1, min(len(data), _MOST)).astype(np.intp)
        places = _places(data)
        self._others, self._here = places[some], places[number]
        labels = np.zeros(len(data), np.intp)
        if data.classes and data.targets is not None:
            labels = data.targets.astype(np.intp)
        self._labels, self._label = labels[some], int(labels[number])
        names = data.spec.names  # type: ignore[attr-defined]
        self._names = (names[0], names[1]) if len(names) > 1 else (names[0], tr("target"))
        self.across.title = tr("{x} →, {y} ↑").format(x=self._names[0], y=self._names[1])
        for axis, column in ((self.across, 0), (self._up, 1)):
            low, high = float(places[:, column].min()), float(places[:, column].max())
            air = 0.05 * (high - low) or 1.0
            axis.first, axis.last = low - air, high + air
        self.setAccessibleDescription(self._words())
        self.update()

    def series(self, pane: Pane) -> Iterable[Series]:
        """All others, then the point."""
        if not len(self._here):
            return
        colours = for_classes(themes().theme, int(self._labels.max(initial=0)) + 1)
        for label in np.unique(self._labels).tolist():
            some = self._others[self._labels == label]
            yield DotSeries(some[:, 0], some[:, 1], colours[label], _DOT, 0.0)
        theme = themes().theme
        x, y = map(float, self._here)
        yield DotSeries([x], [y], theme.text, _LARGE + 2)
        yield DotSeries([x], [y], colours[self._label], _LARGE)

    def sentence(self) -> str:
        """Where the point is."""
        return self._words()

    def _words(self) -> str:
        values = zip(self._names, map(float, self._here), strict=True)
        return ", ".join(f"{name} = {format_number(value)}" for name, value in values)


def _places(data: Dataset) -> NDArray[np.float64]:
    if data.inputs.shape[1] == 2:
        return data.inputs.astype(np.float64)
    targets = np.asarray(data.targets, np.float64).reshape(-1)
    return np.stack([data.inputs[:, 0].astype(np.float64), targets], axis=1)
