"""Confusion matrix widget: counts as colours and numbers; a click on a cell opens its images."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtGui
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPixmap

from core.translation import tr
from hellodl_gui.theming.palette import heat, text_on
from hellodl_gui.theming.render_mode import Rendered
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.arrow_keys import Place
from hellodl_gui.ui.mosaic.grid_widget import GridWidget

_HEAD = 44  # beside the cells: a letter for each class, and what the axis is
_FILL, _DIGIT = 0.86, 0.62  # so much of a cell may be taken by a count; a digit's share of its type
_SMALLEST, _SMALLEST_NAME = 7, 9  # pixels of type
_LARGEST_NAME, _LARGEST_LETTER = 13, 16
_WIDEST = 0.3  # so much of the widget may be taken by names
_LATTICE = 4  # pixels of a cell below which lines would hide it
_FAINT = 150
_LEAST_FULL = 0.01  # rarer mistakes have no full colour, however good the network


class ConfusionMatrix(GridWidget, Rendered):
    """Rows are the true classes, columns the guesses; colour is the share of the row.

    The diagonal is drawn calmly: mistakes are what one looks for.
    Signals: `cell_clicked(int, int)` true and guessed class; `hovered(str)`.
    """

    cell_clicked = Signal(int, int)
    hovered = Signal(str)

    def __init__(self) -> None:
        super().__init__(tr("Confusion matrix"))
        self.setMinimumSize(160, 160)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing below is painted for it
        self._classes: tuple[str, ...] = ()
        self._counts: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._name = 0.0  # the room that the longest name takes; 0 where all are letters
        self._kept: tuple[object, QPixmap] | None = None
        self._keeps = True

    def sizeHint(self) -> QSize:
        """Square and readable."""
        return QSize(380, 380)

    def set_counts(self, counts: NDArray[np.int64], classes: tuple[str, ...]) -> None:
        """Show counts (C, C) of true (row) against guessed (column) classes."""
        self._counts = counts
        if classes != self._classes:
            self._classes = classes
            font = QFont(self.font())
            font.setPixelSize(_LARGEST_NAME)
            measure = QFontMetricsF(font).horizontalAdvance
            letters = max(map(len, classes), default=0) < 3
            self._name = 0.0 if letters else max(map(measure, classes)) + 6
        self.update()

    @property
    def strongest(self) -> float:
        """The share of its row, from 0 to 1, that has the full colour: the largest mistake."""
        return max(float(self._mistakes().max(initial=0.0)), _LEAST_FULL)

    def _mistakes(self) -> NDArray[np.float64]:
        """Shares of their rows (C, C); 0 on the diagonal, which holds no mistakes."""
        shares = self._counts / np.maximum(self._counts.sum(axis=1, keepdims=True), 1)
        return shares - np.diag(np.diag(shares))

    @property
    def shape(self) -> tuple[int, int]:
        """As many rows and columns as classes."""
        return self._counts.shape[0], self._counts.shape[1]

    def _heads(self) -> tuple[float, float]:
        """Room left of the cells and above them: for the names, and what they are the names of."""
        left = max(_HEAD, min(self._name, _WIDEST * self.width()) + _HEAD / 2)
        top = max(_HEAD, min(self._name, _WIDEST * self.height()) + _HEAD / 2)
        return left, top if self._turned else _HEAD

    @property
    def _turned(self) -> bool:
        """Whether the names above the columns stand upright, since they are wider than a cell."""
        count = max(len(self._classes), 1)
        return self._name > min(self.width() - _HEAD - self._name, self.height() - _HEAD) / count

    def _cell(self) -> float:
        left, top = self._heads()
        side = min(self.width() - left - 8, self.height() - top - 8)
        return max(side, 1.0) / max(len(self._classes), 1)

    def _origin(self) -> QPointF:
        side, (left, top) = self._cell() * len(self._classes), self._heads()
        across, down = self.width() - side - left, self.height() - side - top
        return QPointF(across / 2 + left, down / 2 + top)

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell is drawn."""
        cell, origin = self._cell(), self._origin()
        return QRectF(origin.x() + column * cell, origin.y() + row * cell, cell, cell)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Cells, counts, class names, and the highlighted row and column."""
        painter, theme = QPainter(self), themes().theme
        painter.fillRect(self.rect(), QColor(theme.panel))
        if not len(self._counts):
            return
        font = QFont(self.font())
        cell = self._cell()
        digits = len(str(int(self._counts.max(initial=0))))
        pixels = int(min(cell * 0.46, _FILL * cell / (digits * _DIGIT), 18))
        font.setPixelSize(max(pixels, 1))
        painter.setFont(font)
        shades = (255 * self._mistakes() / self.strongest).astype(int)
        colours = heat(theme)[shades][..., :3].astype(np.uint8)
        calm = QColor(theme.raised)
        right = np.arange(len(colours))
        colours[right, right] = calm.red(), calm.green(), calm.blue()
        self._paint_cells(painter, colours)
        if pixels >= _SMALLEST:
            for row, column in zip(*self._counts.nonzero(), strict=True):
                colour = QColor(*colours[row, column].tolist())
                painter.setPen(text_on(colour))
                rect = self.cell_rect(int(row), int(column))
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(self._counts[row, column]))
        if self._keeps:
            painter.drawPixmap(0, 0, self._frame())
        else:
            self._paint_frame(painter)
        if self.current is not None:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(self.cell_rect(*self.current))

    def _paint_cells(self, painter: QPainter, colours: NDArray[np.uint8]) -> None:
        """All cells (C, C, 3) as one picture."""
        count, cell, origin = len(colours), self._cell(), self._origin()
        pixels = np.ascontiguousarray(colours)
        form = QImage.Format.Format_RGB888
        image = QImage(pixels.data, count, count, pixels.strides[0], form)
        side = cell * count
        painter.drawImage(QRectF(origin.x(), origin.y(), side, side), image)

    def _frame(self) -> QPixmap:
        """The lattice and the names, kept: many small strokes, the same for all counts."""
        ratio = self.devicePixelRatioF()
        kind = self.size(), ratio, self._classes, self.current, themes().theme, self.font()
        if self._kept is None or self._kept[0] != kind:
            made = QPixmap(self.size() * ratio)
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            with QPainter(made) as painter:
                painter.setFont(self.font())
                self._paint_frame(painter)
            self._kept = kind, made
        return self._kept[1]

    @contextmanager
    def rendered(self, scale: float) -> Iterator[None]:
        """Nothing kept, which would be coarse on another device, and no cell highlighted."""
        current, self.current, self._keeps = self.current, None, False
        try:
            yield
        finally:
            self.current, self._keeps = current, True

    def _paint_frame(self, painter: QPainter) -> None:
        self._paint_lattice(painter)
        self._paint_names(painter)

    def _paint_lattice(self, painter: QPainter) -> None:
        count, cell, origin = len(self._classes), self._cell(), self._origin()
        if cell < _LATTICE:
            return
        side = cell * count
        lattice = QColor(themes().theme.line)
        lattice.setAlpha(_FAINT)
        for index in range(count + 1):  # as rectangles: translucent lines cost ten times as much
            along = index * cell - 0.5
            painter.fillRect(QRectF(origin.x(), origin.y() + along, side, 1), lattice)
            painter.fillRect(QRectF(origin.x() + along, origin.y(), 1, side), lattice)

    def _paint_names(self, painter: QPainter) -> None:
        """Names of rows and columns; where there is no room for all, every so many."""
        theme = themes().theme
        cell, origin, center = self._cell(), self._origin(), Qt.AlignmentFlag.AlignCenter
        font = QFont(self.font())
        most = _LARGEST_NAME if self._name else _LARGEST_LETTER
        font.setPixelSize(int(min(max(cell * 0.6, _SMALLEST_NAME), most)))
        painter.setFont(font)
        here = self.current or (-1, -1)
        every = max(math.ceil(font.pixelSize() / cell), 1)
        for index in range(0, len(self._classes), every):
            painter.setPen(QColor(theme.accent if index == here[1] else theme.text))
            self._paint_column_name(painter, index, cell * every)
            painter.setPen(QColor(theme.accent if index == here[0] else theme.text))
            self._paint_row_name(painter, index, cell * every)
        side, (left, top) = cell * len(self._classes), self._heads()
        painter.setFont(QFont(self.font()))
        painter.setPen(QColor(theme.quiet))
        painter.drawText(QRectF(origin.x(), origin.y() - top, side, 20), center, tr("predicted"))
        _upright(painter, QPointF(origin.x() - left + 10, origin.y() + side / 2))
        painter.drawText(QRectF(-side / 2, -10, side, 20), center, tr("actual"))
        painter.restore()

    def _paint_column_name(self, painter: QPainter, index: int, room: float) -> None:
        origin = self._origin()
        x = origin.x() + index * self._cell()
        if not self._turned:
            rect = QRectF(x, origin.y() - _HEAD / 2 - 2, room, _HEAD / 2)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._classes[index])
            return
        long = self._heads()[1] - _HEAD / 2
        _upright(painter, QPointF(x + min(room, self._cell()) / 2, origin.y() - 4))
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, -10, long, 20), side, self._cut(painter, index, long))
        painter.restore()

    def _paint_row_name(self, painter: QPainter, index: int, room: float) -> None:
        origin, cell, long = self._origin(), self._cell(), self._heads()[0] - _HEAD / 2
        y = origin.y() + (index + 0.5) * cell
        if not self._name:
            rect = QRectF(origin.x() - 24, y - room / 2, 22, room)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._classes[index])
            return
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        rect = QRectF(origin.x() - long - 4, y - 10, long, 20)
        painter.drawText(rect, side, self._cut(painter, index, long))

    def _cut(self, painter: QPainter, index: int, room: float) -> str:
        elide = Qt.TextElideMode.ElideRight
        return painter.fontMetrics().elidedText(self._classes[index], elide, int(room))

    def tell(self, place: Place | None) -> None:
        """How many were taken for which."""
        if place is None:
            self.hovered.emit("")
            return
        row, column = place
        count, total = int(self._counts[row, column]), int(self._counts[row].sum())
        self.hovered.emit(
            tr("{count} of {total} “{true}” were read as “{guess}” ({share})").format(
                count=count,
                total=total,
                true=self._classes[row],
                guess=self._classes[column],
                share=f"{count / max(total, 1):.1%}",
            )
        )

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """Open a cell."""
        place = self.cell_at(event.position())
        if place is not None and event.button() is Qt.MouseButton.LeftButton:
            self.cell_clicked.emit(*place)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Arrows move, Enter opens."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.current is not None:
            self.cell_clicked.emit(*self.current)
        else:
            super().keyPressEvent(event)


def _upright(painter: QPainter, place: QPointF) -> None:
    """Write from below upwards from a place on, until `restore`."""
    painter.save()
    painter.translate(place)
    painter.rotate(-90)


if __name__ == "__main__":
    from hellodl_gui.ui.demo import show

    def _make() -> ConfusionMatrix:
        counts = np.random.default_rng(0).integers(0, 12, (10, 10))
        np.fill_diagonal(counts, 960)
        shown = ConfusionMatrix()
        shown.set_counts(counts, tuple("0123456789"))
        return shown

    show(_make)
