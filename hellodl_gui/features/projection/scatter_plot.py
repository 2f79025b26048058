"""Scatter plot of some thousand samples: dots by class, letters and images when zoomed in."""

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from core.translation import tr
from hellodl_gui.features.projection.scatter_marks import (
    dot,
    name_plate,
    paint_card,
    ring,
    separate_labels,
)
from hellodl_gui.features.projection.scatter_zoom import ScatterZoom, enclosed
from hellodl_gui.theming.colour_scales import for_classes
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.plot_frame import focus_ring
from hellodl_gui.ui.controls.wheel import wheel_notches

_DOT, _LETTER, _PORTRAIT = 7, 15, 34  # pixels across
_LETTERS_FROM = 2.2  # times as close as needed to see all
_PORTRAITS = 140  # so many in sight, and there is room for their pictures
_NEAR = 12  # pixels from the pointer
_MOVE_SECONDS, _MOVE_MS = 0.3, 16
_STEP, _ZOOM = 48, 1.25
_LEAST_DRAG = 4


class ScatterPlot(QWidget):
    """The wheel zooms, a drag moves, a drag with Shift (or with `lassoing` on) encloses samples.

    Arrows move, + and − zoom, 0 shows all, Escape forgets what was enclosed.
    Attributes: `lassoing`; `describe(i)`, two lines on a sample; `chosen` (n,), what is enclosed,
    or None. Signals: `picked(int)` a sample was clicked; `lassoed(object)` these (k,) are enclosed.
    """

    picked = Signal(int)
    lassoed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self.setAccessibleName(tr("Map of samples"))
        self.lassoing = False
        self.describe: Callable[[int], tuple[str, str]] = lambda index: ("", "")
        self.chosen: NDArray[np.bool_] | None = None
        self.hovered: int | None = None
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
        self._pressed: QPointF | None = None
        self._dragged = self._encloses = False
        self._began = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_MOVE_MS)
        self._timer.timeout.connect(self._move_on)
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Roomy."""
        return QSize(420, 340)

    # -- what is shown ------------------------------------------------------------------------

    def set_samples(
        self, images: NDArray[np.uint8], labels: NDArray[np.uint8], classes: tuple[str, ...]
    ) -> None:
        """Other samples (n, h, w) with labels (n,); they have no places yet."""
        self._images, self._labels, self._classes = images, labels.astype(np.intp), classes
        self._wrong = np.zeros(len(labels), bool)
        self._places = self._from = self._to = np.empty((0, 2))
        self._portraits.clear()
        self._marks.clear()
        self.chosen = self.hovered = None
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

    def choose(self, chosen: NDArray[np.bool_] | None) -> None:
        """Stress these (n,), or all."""
        self.chosen = chosen
        self.update()

    def fit(self) -> None:
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
        if self.hovered is not None and self.hovered < len(at):
            here, portrait = QPointF(*at[self.hovered]), self._portrait(self.hovered)
            wrong = bool(self._wrong[self.hovered])
            lines = self.describe(self.hovered)
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
            image = self._images[index]
            grey = np.ascontiguousarray(image if image.ndim == 2 else image.mean(axis=0), np.uint8)
            high, wide = grey.shape
            made = QImage(grey.data, wide, high, wide, QImage.Format.Format_Grayscale8)
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

    def _at(self, position: QPointF) -> int | None:
        if not len(self._places):
            return None
        apart = np.hypot(*(self._pixels() - [position.x(), position.y()]).T)
        nearest = int(apart.argmin())
        return nearest if apart[nearest] <= _NEAR else None

    def _hover(self, index: int | None) -> None:
        if index != self.hovered:
            self.hovered = index
            self.setAccessibleDescription("" if index is None else " ".join(self.describe(index)))
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Perhaps a click, perhaps the beginning of a drag."""
        if event.button() is Qt.MouseButton.LeftButton:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._pressed, self._dragged = event.position(), False
            self._encloses = self.lassoing or shift
            self._line = [event.position()] if self._encloses else []

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Look, shove or enclose."""
        if self._pressed is None:
            self._hover(self._at(event.position()))
            return
        by = event.position() - self._pressed
        self._dragged = self._dragged or by.manhattanLength() >= _LEAST_DRAG
        if not self._dragged:
            return
        self._hover(None)
        if self._encloses:
            self._line.append(event.position())
        else:
            self._shove(by.x(), by.y())
            self._pressed = event.position()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click picks, a closed line encloses."""
        if self._pressed is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        self._pressed = None
        line, self._line = self._line, []
        if not self._dragged:
            index = self._at(event.position())
            if index is not None:
                self.picked.emit(index)
        elif self._encloses and len(self._places):
            points = np.array([(point.x(), point.y()) for point in line])
            inside = enclosed(self._pixels(), points)
            self.choose(inside if inside.any() else None)
            if inside.any():
                self.lassoed.emit(np.flatnonzero(inside))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See all again."""
        self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Closer or further, around the pointer."""
        if turned := wheel_notches(event):
            self._zoom(_ZOOM**turned, event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self._hover(None)

    def _shove(self, right: float, down: float) -> None:
        self._free = True
        self._view = self._view.moved(right, down)
        self.update()

    def _zoom(self, by: float, around: QPointF) -> None:
        self._free = True
        right, down = around.x() - self.width() / 2, around.y() - self.height() / 2
        self._view = self._view.zoomed(by, right, down, self._fitted.scale)
        self._hover(None)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, +, −, 0, Escape."""
        moves = {
            Qt.Key.Key_Left: (_STEP, 0), Qt.Key.Key_Right: (-_STEP, 0),
            Qt.Key.Key_Up: (0, _STEP), Qt.Key.Key_Down: (0, -_STEP),
        }  # fmt: skip
        zooms = {Qt.Key.Key_Plus: _ZOOM, Qt.Key.Key_Equal: _ZOOM, Qt.Key.Key_Minus: 1 / _ZOOM}
        key = Qt.Key(event.key())
        if key in moves:
            self._shove(*moves[key])
        elif key in zooms:
            self._zoom(zooms[key], QPointF(self.width() / 2, self.height() / 2))
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Home):
            self.fit()
        elif key == Qt.Key.Key_Escape and self.chosen is not None:
            self.choose(None)
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
