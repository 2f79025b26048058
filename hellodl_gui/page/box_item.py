"""One box on the page: it paints itself, its character included. 200 of them stay light."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from core.ocr.boxes import Box
from core.ocr.reading import Reading
from hellodl_gui.theming.manager import themes

DOUBT = 0.6


class BoxItem(QGraphicsRectItem):
    """The rectangle of a box with its character underneath.

    Sure: a solid outline. Doubtful: dashed, with a question mark. Typed by hand: dotted, a tick.
    """

    def __init__(self, box: Box, scale: float) -> None:
        super().__init__()
        self.box_id = box.id
        self._label_height = scale
        self._char = ""
        self._p = 1.0
        self._by_hand = False
        self.chosen = False
        self.show_box(box)

    def show_box(self, box: Box) -> None:
        """Take the place of a box."""
        rect = box.rect
        self.setRect(QRectF(rect.x, rect.y, rect.w, rect.h))
        self._by_hand = box.char is not None

    def show_reading(self, char: str, reading: Reading | None) -> None:
        """Show what was read."""
        p = reading.p if reading is not None else 0.0
        if (char, p) != (self._char, self._p):
            self._char, self._p = char, p
            self.update()

    def choose(self, chosen: bool) -> None:
        """Look chosen, or not."""
        if chosen != self.chosen:
            self.chosen = chosen
            self.setZValue(1 if chosen else 0)
            self.update()

    @property
    def doubtful(self) -> bool:
        """Whether the network is not sure."""
        return not self._by_hand and self._p < DOUBT

    def boundingRect(self) -> QRectF:
        """The rectangle and the label under it."""
        rect = self.rect()
        margin = self._label_height * 0.15
        return rect.adjusted(
            -margin,
            -margin,
            max(margin, self._label_height - rect.width()),
            self._label_height + margin,
        )

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Outline and character."""
        theme = themes().theme
        colour = QColor(theme.bad if self.doubtful else "#0a7d40")
        if self._by_hand:
            colour = QColor("#7a3fb0")
        pen = QPen(QColor("#0b62c4") if self.chosen else colour, 2.5 if self.chosen else 1.5)
        pen.setCosmetic(True)
        if self.doubtful:
            pen.setStyle(Qt.PenStyle.DashLine)
        elif self._by_hand:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.setBrush(QColor(11, 98, 196, 28) if self.chosen else Qt.BrushStyle.NoBrush)
        rect = self.rect()
        painter.drawRect(rect)
        font = QFont()
        font.setPixelSize(max(8, int(self._label_height * 0.85)))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(colour)
        mark = "?" if self.doubtful and self._char else "✓" if self._by_hand else ""
        painter.drawText(
            QRectF(
                rect.x(),
                rect.bottom(),
                max(rect.width(), self._label_height * 2),
                self._label_height,
            ),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop,
            self._char + mark,
        )
