"""Chart of a function over the plane as colours, with points over it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QImage, QPainter

from core.formatting import format_number
from core.training.reports import SurfaceReport
from core.translation import tr
from hellodl_gui.theming.colour_scales import for_classes
from hellodl_gui.theming.palette import colour_words, diverging, packed, rgb, words_image
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import DotSeries, Pane, Series
from hellodl_gui.ui.mosaic.lookup_table import robust_max, to_levels

_STRENGTH = 0.55  # of a class's colour where it is certain: points stand out from it
_DOT, _RING = 3.0, 5.5
_MOST = 1_500


@dataclass(frozen=True)
class PlanePoints:
    """Points (N, 2) with `numbers` (N,), labels (N,) or None, and which are `wrong` (N,)."""

    places: NDArray[np.float64]
    numbers: NDArray[np.int64]
    labels: NDArray[np.int64] | None
    wrong: NDArray[np.bool_]


@dataclass(frozen=True)
class ImageSeries:
    """An image between two corners of the plane, its first row at the top."""

    image: QImage
    low: tuple[float, float]
    high: tuple[float, float]

    def paint(self, painter: QPainter, across: Axis, pane: Pane) -> None:
        """Smoothly enlarged."""
        left, right = across.x_of(self.low[0]), across.x_of(self.high[0])
        bottom, top = pane.up.x_of(self.low[1]), pane.up.x_of(self.high[1])
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(left, top, right - left, bottom - top), self.image)


class SurfaceChart(Chart):
    """Classes have their colours, the stronger the surer; a single output has those of weights.

    Point at a place to read it, or walk over the points with the arrow keys. A click, or Enter,
    selects the point that lies nearest.
    Attributes: `surface`, what is shown; `output`, which of several numbers.
    Signals: `picked(int)` the number of a sample.
    """

    grid = False
    picked = Signal(int)

    def __init__(self) -> None:
        self._up = Axis(apart=28)
        name = tr("Decision surface")
        super().__init__(name, Axis(), Pane(self._up), least=(180, 140), hint=(420, 380))
        self.surface: SurfaceReport | None = None
        self.output = 0
        self._classes: tuple[str, ...] = ()
        self._points: PlanePoints | None = None
        self._spot: tuple[float, float] | None = None
        self._image = QImage()
        themes().changed.connect(self._compose)

    def set_surface(
        self,
        surface: SurfaceReport,
        points: PlanePoints,
        classes: tuple[str, ...],
        names: tuple[str, str],
    ) -> None:
        """Show values over the plane; `classes` are the names of the outputs, or empty."""
        self.surface, self._points, self._classes = surface, points, classes
        (self.across.first, self._up.first), (self.across.last, self._up.last) = (
            surface.low,
            surface.high,
        )
        self.across.title = tr("{x} →, {y} ↑").format(x=names[0], y=names[1])
        self._compose()

    def _compose(self, *_: object) -> None:
        """From values to colours, mixed with the panel's own."""
        self.update()
        if self.surface is None:
            return
        values, theme = self.surface.values[:, ::-1], themes().theme  # the second axis points up
        if not self._classes:
            shown = values[min(self.output, len(values) - 1)]
            level = robust_max(shown) or 1.0
            self._image = words_image(packed(diverging(theme))[to_levels(shown / level)])
            return
        colours = np.array([rgb(one) for one in for_classes(theme, len(values))], np.float32)
        paper = np.array(rgb(theme.panel), np.float32)[:, None, None]
        mixed = np.tensordot(colours.T, np.nan_to_num(values), 1)
        blended = paper + (mixed - paper) * np.float32(_STRENGTH)
        self._image = words_image(colour_words(np.clip(blended, 0, 255).astype(np.uint8)))

    def series(self, pane: Pane) -> Iterable[Series]:
        """The surface, rings around wrong points, points by class, the one that is read."""
        if self.surface is None or self._points is None:
            return
        theme, points = themes().theme, self._points
        yield ImageSeries(self._image, self.surface.low, self.surface.high)
        some = np.linspace(0, len(points.places) - 1, min(len(points.places), _MOST)).astype(int)
        places = points.places[some]
        wrong = places[points.wrong[some]]
        yield DotSeries(wrong[:, 0], wrong[:, 1], theme.bad, _RING, 0.0)
        if points.labels is None:
            yield DotSeries(places[:, 0], places[:, 1], theme.text, _DOT)
        else:
            labels = points.labels[some]
            for label, colour in enumerate(for_classes(theme, len(self._classes))):
                mine = places[labels == label]
                yield DotSeries(mine[:, 0], mine[:, 1], colour, _DOT)
        if self._spot is not None:
            yield DotSeries([self._spot[0]], [self._spot[1]], theme.text, _DOT + 1)

    def _cursor(self) -> Iterable[Series]:
        """A place has no line."""
        return ()

    # -- reading -------------------------------------------------------------------------------

    def zoomed_axes(self) -> tuple[Axis, ...]:
        """Both."""
        return self.across, self._up

    def reading_at(self, position: QPointF) -> float | None:
        """The number of the nearest point; the place itself is kept beside it."""
        self.lay_out()
        if self._points is None or not len(self._points.places):
            return None
        self._spot = self.across.value_at(position.x()), self._up.value_at(position.y())
        xs = self.across.xs_of(self._points.places[:, 0]) - position.x()
        ys = self._up.xs_of(self._points.places[:, 1]) - position.y()
        self.read.emit(self.sentence())
        self.update()
        return float((xs**2 + ys**2).argmin())

    def step(self, by: int) -> None:
        """To the point before or after."""
        if self._points is None or not len(self._points.places):
            return
        there = 0 if self.reading is None else int(self.reading) + by
        there = min(max(there, 0), len(self._points.places) - 1)
        x, y = self._points.places[there]
        self._spot = float(x), float(y)
        self.read_at(float(there))

    def read_at(self, reading: float | None) -> None:
        """Read a place, or none."""
        if reading is None:
            self._spot = None
        super().read_at(reading)

    def sentence(self) -> str:
        """What the network says of the place that is read."""
        if self.surface is None or self._spot is None:
            return ""
        values = self.values_at(*self._spot)
        where = tr("{x}, {y}").format(
            x=format_number(self._spot[0], 3), y=format_number(self._spot[1], 3)
        )
        if not self._classes:
            return f"{where}: {format_number(float(values[min(self.output, len(values) - 1)]))}"
        said = ", ".join(
            f"“{name}” {share:.0%}" for name, share in zip(self._classes, values, strict=False)
        )
        return f"{where}: {said}"

    def values_at(self, x: float, y: float) -> NDArray[np.float32]:
        """The outputs (K,) at the nearest place of the grid."""
        assert self.surface is not None
        _, rows, columns = self.surface.values.shape
        (left, bottom), (right, top) = self.surface.low, self.surface.high
        column = round((x - left) / ((right - left) or 1.0) * (columns - 1))
        row = round((y - bottom) / ((top - bottom) or 1.0) * (rows - 1))
        row, column = min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)
        return self.surface.values[:, row, column]

    def choose(self, reading: float) -> None:
        """Select the point that lies nearest."""
        if self._points is not None and int(reading) < len(self._points.numbers):
            self.picked.emit(int(self._points.numbers[int(reading)]))
