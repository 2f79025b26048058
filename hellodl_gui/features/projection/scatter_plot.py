"""Scatter plot of some thousand samples: dots by class, letters and images when zoomed in."""

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)

from core.translation import tr
from hellodl_gui.features.projection.scatter_marks import (
    name_plate,
    paint_card,
    ring,
    separate_labels,
)
from hellodl_gui.features.projection.scatter_zoom import ScatterZoom, enclosed
from hellodl_gui.theming.colour_scales import for_classes
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.plot_frame import focus_ring
from hellodl_gui.ui.chart.series import Pane
from hellodl_gui.ui.controls.arrow_keys import arrow_step
from hellodl_gui.ui.controls.legend_line import dot
from hellodl_gui.ui.samples.picture_image import picture_image

_DOT, _LETTER, _PORTRAIT = 7, 15, 34  # pixels across
_LETTERS_FROM = 2.2  # times as close as needed to see all
_PORTRAITS = 140  # so many in sight, and there is room for their pictures
_NEAR = 12  # pixels from the pointer
_MOVE_SECONDS, _MOVE_MS = 0.3, 16
_STEP, _LEAST_DRAG = 48, 4  # pixels for an arrow key, and for what is no click any more


class ScatterPlot(Chart):
    """A chart without axes: what lies close together counts, not where. It can be moved anywhere.

    A drag with Shift (or with `lassoing` on) encloses samples. Arrows move, 0 shows all, Escape
    forgets what was enclosed. Dots, letters and pictures are cached as pixmaps: some thousand are
    painted while they move.
    Attributes: `reading`, the sample under the pointer; `lassoing`; `describe(i)`, two lines on a
    sample; `chosen` (n,), what is enclosed, or None.
    Signals: `picked(int)` a sample was clicked; `lassoed(object)` these (k,) are enclosed.
    """

    picked = Signal(int)
    lassoed = Signal(object)

    def __init__(self) -> None:
        name = tr("Map of samples")
        super().__init__(name, Axis(), Pane(Axis()), least=(160, 120), hint=(420, 340))
        self.lassoing = False
        self.describe: Callable[[int], tuple[str, str]] = lambda index: ("", "")
        self.chosen: NDArray[np.bool_] | None = None
        self._images: NDArray[np.uint8] = np.empty((0, 28, 28), np.uint8)
        self._labels: NDArray[np.intp] = np.empty(0, np.intp)
        self._classes: tuple[str, ...] = ()
        self._wrong: NDArray[np.bool_] = np.empty(0, bool)
        self._places = self._from = self._to = np.empty((0, 2))
        self._view = self._view_from = self._fitted = ScatterZoom()
        self._free = False  # moved by hand, so it stays
        self._marks: dict[tuple[str, int], list[QPixmap]] = {}
        self._portraits: dict[int, QPixmap] = {}
        self._middles: tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.float64]] | None = (
            None
        )
        self._beside: tuple[float, NDArray[np.float64]] | None = None
        self._line: list[QPointF] = []
        self._encloses = False
        self._began = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_MOVE_MS)
        self._timer.timeout.connect(self._move_on)
        themes().changed.connect(self._on_theme)

    # -- what is shown ------------------------------------------------------------------------

    def set_samples(
        self, images: NDArray[np.uint8], labels: NDArray[np.integer], classes: tuple[str, ...]
    ) -> None:
        """Other samples (n, h, w) with labels (n,); they have no places yet."""
        self._images, self._labels, self._classes = images, labels.astype(np.intp), classes
        self._wrong = np.zeros(len(labels), bool)
        self._places = self._from = self._to = np.empty((0, 2))
        self._portraits.clear()
        self._marks.clear()
        self.chosen = self.reading = None
        self._free = False
        self.update()

    def set_places(self, places: NDArray[np.float32], wrong: NDArray[np.bool_]) -> None:
        """Samples go to places (n, 2); those that are `wrong` (n,) get a ring."""
        self._wrong = wrong
        self.update()
        if np.array_equal(self._to, places):
            return
        other = len(places) != len(self._places)
        self._from, self._to = self._places, places.astype(np.float64)
        self._view_from = self._view
        self._fitted = ScatterZoom.fitting(self._to, self.width(), self.height())
        if other or not self.isVisible():
            self._places = self._to
            self._view = self._view if self._free else self._fitted
        elif not np.array_equal(self._places, self._to):
            self._began = time.perf_counter()
            self._timer.start()

    def stress(self, chosen: NDArray[np.bool_] | None) -> None:
        """Stress these (n,), or all."""
        self.chosen = chosen
        self.update()

    def show_all(self) -> None:
        """See all."""
        self._free = False
        self._fitted = ScatterZoom.fitting(self._to, self.width(), self.height())
        self._view = self._fitted
        self.update()

    def pixel_of(self, index: int) -> QPointF:
        """Where a sample is drawn."""
        x, y = self._pixels()[index]
        return QPointF(float(x), float(y))

    def _move_on(self) -> None:
        share = min((time.perf_counter() - self._began) / _MOVE_SECONDS, 1.0)
        eased = share * share * (3 - 2 * share)
        self._places = self._from + (self._to - self._from) * eased
        if not self._free:
            self._view = self._view_from.towards(self._fitted, eased)
        if share >= 1:
            self._timer.stop()
        self.update()

    def _on_theme(self) -> None:
        self._marks.clear()
        self.update()

    def _pixels(self) -> NDArray[np.float64]:
        return self._view.pixels(self._places, self.width(), self.height())

    # -- drawing ------------------------------------------------------------------------------

    def _mark(self, kind: str, side: int) -> list[QPixmap]:
        """The marks of all classes in one size, drawn when first needed."""
        found = self._marks.get((kind, side))
        if found is None:
            theme, ratio = themes().theme, self.devicePixelRatioF()
            colours = for_classes(theme, len(self._classes))
            pairs = list(zip(colours, self._classes, strict=True))
            if kind == "ring":
                found = [ring(theme, side, ratio)]
            elif kind == "name":
                found = [name_plate(name, colour, theme, ratio) for colour, name in pairs]
            else:
                letter = kind == "letter"
                found = [dot(c, side, ratio, name if letter else "") for c, name in pairs]
            self._marks[kind, side] = found
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dots, letters or pictures; rings; names; the line; what is under the pointer."""
        painter = QPainter(self)
        if not len(self._places):
            return
        at = self._pixels()
        edge = _PORTRAIT
        inside = (at > -edge).all(axis=1) & (at < [self.width() + edge, self.height() + edge]).all(
            axis=1
        )
        close = self._view.scale / max(self._fitted.scale, 1e-9)
        seen = np.flatnonzero(inside)
        if len(seen) <= _PORTRAITS and close > _LETTERS_FROM:
            side = _PORTRAIT
            self._paint_portraits(painter, at, seen)
        else:
            side = _LETTER if close > _LETTERS_FROM else _DOT
            self._paint_dots(painter, at, seen, "letter" if side == _LETTER else "dot", side)
        around = self._mark("ring", side + 7 if side < _PORTRAIT else side + 12)[0]
        half = around.deviceIndependentSize().width() / 2
        for x, y in at[seen[self._wrong[seen]]].tolist():
            painter.drawPixmap(QPointF(x - half, y - half), around)
        if side == _DOT:
            self._paint_names(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_line(painter)
        if self.reading is not None and self.reading < len(at):
            index = int(self.reading)
            here, portrait = QPointF(*at[index]), self._portrait(index)
            wrong, lines = bool(self._wrong[index]), self.describe(index)
            paint_card(painter, themes().theme, QRectF(self.rect()), here, portrait, lines, wrong)
        focus_ring(painter, self)

    def _paint_dots(
        self, painter: QPainter, at: NDArray[np.float64], seen: NDArray[np.intp], kind: str,
        side: int,
    ) -> None:  # fmt: skip
        marks, draw = self._mark(kind, side), painter.drawPixmap
        groups = [(seen, 1.0)]
        if self.chosen is not None:
            groups = [(seen[~self.chosen[seen]], 0.22), (seen[self.chosen[seen]], 1.0)]
        for some, strength in groups:
            painter.setOpacity(strength)
            corners = np.rint(at[some] - side / 2).astype(np.intp)
            for (x, y), label in zip(corners.tolist(), self._labels[some].tolist(), strict=True):
                draw(x, y, marks[label])
        painter.setOpacity(1)

    def _paint_portraits(
        self, painter: QPainter, at: NDArray[np.float64], seen: NDArray[np.intp]
    ) -> None:
        colours = for_classes(themes().theme, len(self._classes))
        for index in seen.tolist():
            x, y = at[index]
            frame = QRectF(x - _PORTRAIT / 2, y - _PORTRAIT / 2, _PORTRAIT, _PORTRAIT)
            painter.fillRect(frame, QColor(colours[self._labels[index]]))
            inner = frame.adjusted(3, 3, -3, -3)
            painter.drawPixmap(inner, self._portrait(index), QRectF())

    def _portrait(self, index: int) -> QPixmap:
        found = self._portraits.get(index)
        if found is None:
            made = picture_image(self._images[index])
            found = self._portraits[index] = QPixmap.fromImage(made)
        return found

    def _paint_names(self, painter: QPainter) -> None:
        """Each class's name in the middle of its samples, or beside it where another stands."""
        plates = self._mark("name", 0)
        if self._middles is None or self._middles[0] is not self._places:
            there = np.unique(self._labels)
            found = [np.median(self._places[self._labels == label], axis=0) for label in there]
            self._middles = self._places, there, np.array(found)
            self._beside = None
        _, labels, middles = self._middles
        at = self._view.pixels(middles, self.width(), self.height())
        if self._beside is None or self._beside[0] != self._view.scale:
            sizes = [plates[label].deviceIndependentSize() for label in labels]
            corners = at - [(size.width() / 2, size.height() / 2) for size in sizes]
            boxes = [QRectF(QPointF(*xy), size) for xy, size in zip(corners, sizes, strict=True)]
            self._beside = self._view.scale, separate_labels(boxes) + corners - at
        for label, (x, y) in zip(labels.tolist(), (at + self._beside[1]).tolist(), strict=True):
            if not math.isnan(x):  # there was room
                painter.drawPixmap(QPointF(x, y), plates[label])

    def _paint_line(self, painter: QPainter) -> None:
        if len(self._line) < 2:
            return
        theme = themes().theme
        fill = QColor(theme.accent)
        fill.setAlphaF(0.12)
        painter.setBrush(fill)
        painter.setPen(QPen(QColor(theme.accent), 1.5, Qt.PenStyle.DashLine))
        painter.drawPolygon(QPolygonF(self._line))

    # -- pointer and keys ---------------------------------------------------------------------

    def lay_out(self) -> QRectF:
        """All of it."""
        return QRectF(self.rect())

    def reading_at(self, position: QPointF) -> int | None:
        """The sample nearest to a pixel, if it is near."""
        if not len(self._places):
            return None
        apart = np.hypot(*(self._pixels() - [position.x(), position.y()]).T)
        nearest = int(apart.argmin())
        return nearest if apart[nearest] <= _NEAR else None

    def sentence(self) -> str:
        """A sample in words."""
        return " ".join(self.describe(int(self.reading or 0)))

    def choose(self, reading: float) -> None:
        """It was clicked."""
        self.picked.emit(int(reading))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """With Shift a line begins."""
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._encloses = self.lassoing or shift
        super().mousePressEvent(event)

    def take(self, position: QPointF) -> bool:
        """The end of the line."""
        self._line = [position] if self._encloses else []
        return self._encloses

    def drag(self, position: QPointF) -> None:
        """Draw the line."""
        self.read_at(None)
        self._line.append(position)
        self.update()

    def drop(self, position: QPointF) -> None:
        """A closed line encloses; without a drag it was a click."""
        line, self._line = self._line, []
        box = QPolygonF(line).boundingRect()
        clicked = box.width() + box.height() < _LEAST_DRAG
        if clicked and (index := self.reading_at(position)) is not None:
            self.choose(index)
        elif not clicked and len(self._places):
            points = np.array([(point.x(), point.y()) for point in line])
            inside = enclosed(self._pixels(), points)
            self.stress(inside if inside.any() else None)
            if inside.any():
                self.lassoed.emit(np.flatnonzero(inside))
        self.update()

    def pan(self, by: QPointF) -> None:
        """Anywhere."""
        self.read_at(None)
        self._free = True
        self._view = self._view.moved(-by.x(), -by.y())
        self.update()

    def zoom(self, factor: float, around: QPointF) -> bool:
        """Closer or further."""
        self._free = True
        away = around - QPointF(self.width() / 2, self.height() / 2)
        self._view = self._view.zoomed(1 / factor, away.x(), away.y(), self._fitted.scale)
        self.read_at(None)
        self.update()
        return True

    def _middle(self) -> QPointF:
        return QPointF(self.width() / 2, self.height() / 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See the class."""
        if step := arrow_step(event.key()):
            self.pan(QPointF(step[1] * _STEP, step[0] * _STEP))
        elif event.key() in (Qt.Key.Key_0, Qt.Key.Key_Home):
            self.show_all()
        elif event.key() == Qt.Key.Key_Escape and self.chosen is not None:
            self.stress(None)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size, another view of all."""
        super().resizeEvent(event)
        self._fitted = ScatterZoom.fitting(self._to, self.width(), self.height())
        if not self._free:
            self._view = self._fitted

    def hideEvent(self, event: QHideEvent) -> None:
        """No animation while hidden."""
        super().hideEvent(event)
        if self._timer.isActive():
            self._timer.stop()
            self._places = self._to
            self._view = self._view if self._free else self._fitted
