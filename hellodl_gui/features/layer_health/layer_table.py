"""Table with a row per layer: colour, name and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.arrow_keys import Place
from hellodl_gui.ui.mosaic.grid_widget import GridWidget

_ROW, _EDGE, _SWATCH = 19, 10, 16
_NAME_SHARE = 1.6  # of a column of numbers
_BAR = 3
_ENDS = 13  # pixels of height for the numbers at the ends of bars
_WIDEST = 110  # pixels of a column
_NARROWEST = 0.7  # of a letter's width, so that it can still be read

BAR_ENDS = ("0", "100%")
"""What a bar reaches from and to."""


@dataclass(frozen=True)
class LayerTableRow:
    """`cells`, a text for each heading; `bars`, a share from 0 to 1 to draw below it, or None."""

    name: str
    colour: str
    cells: tuple[str, ...]
    bars: tuple[float | None, ...] = ()


class LayerTable(GridWidget):
    """Point at a row, or use the arrow keys, to mean that layer; Escape means none.

    Signals: `changed()` another layer is meant.
    """

    changed = Signal()

    def __init__(self, title: str, headings: Sequence[str], tips: Sequence[str]) -> None:
        super().__init__(title)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._headings = tuple(headings)
        self._tips = tuple(tips)
        self._rows: tuple[LayerTableRow, ...] = ()

    @property
    def meant(self) -> int | None:
        """The number of the row that is meant."""
        return None if self.current is None else self.current[0]

    @property
    def shape(self) -> tuple[int, int]:
        """A cell is a whole row."""
        return len(self._rows), 1

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a row is."""
        return QRectF(4, 2 + _ROW * (row + 1), self.width() - 8, _ROW)

    def tell(self, place: Place | None) -> None:
        """Another layer is meant."""
        self.changed.emit()

    def set_rows(self, rows: Sequence[LayerTableRow]) -> None:
        """Show these."""
        before = self.sizeHint()
        self._rows = tuple(rows)
        if self.meant is not None and self.meant >= len(rows):
            self.move_to(None)
        if self.sizeHint() != before:
            self.updateGeometry()
        words = (f"{row.name}: {', '.join(row.cells)}" for row in rows)
        self.setAccessibleDescription("; ".join(words))
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(320, _ROW * (len(self._rows) + 1) + 4 + (_ENDS if self._barred() else 0))

    def minimumSizeHint(self) -> QSize:
        """Rows are never cut."""
        return QSize(160, self.sizeHint().height())

    @property
    def meant_box(self) -> QRectF | None:
        """Rectangle of the highlighted row."""
        return None if self.meant is None else self._box(self.meant, -1)

    def _barred(self) -> list[int]:
        """The columns with bars."""
        columns = {c for row in self._rows for c, bar in enumerate(row.bars) if bar is not None}
        return sorted(columns)

    def _box(self, row: int, column: int) -> QRectF:
        """A cell; column −1 is the name, row −1 the heading."""
        wide = min((self.width() - 2 * _EDGE) / (len(self._headings) + _NAME_SHARE), _WIDEST)
        top = 2 + _ROW * (row + 1)
        if column < 0:
            return QRectF(_EDGE, top, wide * _NAME_SHARE, _ROW)
        return QRectF(_EDGE + wide * (_NAME_SHARE + column), top, wide, _ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Headings, then the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, metrics = themes().theme, painter.fontMetrics()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(theme.quiet))
        for column, heading in enumerate(self._headings):
            box = self._box(-1, column)
            shown = metrics.elidedText(heading, Qt.TextElideMode.ElideRight, int(box.width()) - 4)
            painter.drawText(box, right, shown)
        for number, row in enumerate(self._rows):
            if number == self.meant:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.raised))
                painter.drawRoundedRect(self.cell_rect(number, 0), 4, 4)
            box = self._box(number, -1)
            middle = box.center().y()
            painter.setPen(QPen(QColor(row.colour), 3))
            painter.drawLine(QPointF(box.left(), middle), QPointF(box.left() + _SWATCH, middle))
            painter.setPen(QColor(theme.text))
            room = box.adjusted(_SWATCH + 6, 0, 0, 0)
            name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, left, name)
            for column, text in enumerate(row.cells):
                self._paint_number(painter, self._box(number, column), text)
            for column, share in enumerate(row.bars):
                if share is not None:
                    self._paint_bar(painter, self._box(number, column), share)
        self._paint_ends(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2.5, 0.5, -2.5, -0.5), 6, 6)

    @staticmethod
    def _paint_number(painter: QPainter, box: QRectF, text: str) -> None:
        """In narrower letters where the column has no room for it."""
        wide, room = painter.fontMetrics().horizontalAdvance(text), box.width() - 4
        squeezed = max(min(room / wide, 1.0), _NARROWEST) if wide else 1.0
        painter.save()
        painter.translate(box.right(), 0)
        painter.scale(squeezed, 1)
        place = QRectF(-wide - 1, box.top(), wide + 1, box.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    @staticmethod
    def _paint_bar(painter: QPainter, box: QRectF, share: float) -> None:
        theme = themes().theme
        ground = QRectF(box.left() + 10, box.bottom() - _BAR, box.width() - 10, _BAR - 1)
        painter.fillRect(ground, QColor(theme.line))
        ground.setWidth(ground.width() * min(max(share, 0.0), 1.0))
        painter.fillRect(ground, QColor(theme.doubt))

    def _paint_ends(self, painter: QPainter) -> None:
        """What the bars reach from and to, below the last of them."""
        small = QFont(self.font())
        small.setPixelSize(_ENDS - 3)
        painter.setFont(small)
        painter.setPen(QColor(themes().theme.quiet))
        sides = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        for column in self._barred():
            box = self._box(len(self._rows), column)
            ground = QRectF(box.left() + 10, box.top(), box.width() - 10, _ENDS)
            for text, side in zip(BAR_ENDS, sides, strict=True):
                painter.drawText(ground, side | Qt.AlignmentFlag.AlignVCenter, text)

    # -- pointer and keys ---------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Highlight what is under the pointer."""
        super().mouseMoveEvent(event)
        columns = range(len(self._headings))
        x = event.position().x()
        over = [c for c in columns if self._box(0, c).left() <= x < self._box(0, c).right()]
        self.setToolTip(self._tips[over[0]] if over else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from row to row, Escape means none."""
        if event.key() == Qt.Key.Key_Escape and self.current is not None:
            self.move_to(None)
        else:
            super().keyPressEvent(event)
