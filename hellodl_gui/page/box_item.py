"""One box on the page: it paints itself, its character included. 200 of them stay light."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.ocr.boxes import Box
from hellodl_gui.theming import paper

_TEXT_SHARE = 0.8  # of the label's height


def screen_pen(painter: QPainter, colour: QColor | str, width: float) -> QPen:
    """A pen as wide on every screen and at every zoom; `width` in pixels of a plain screen."""
    pen = QPen(QColor(colour), width * painter.device().devicePixelRatioF())
    pen.setCosmetic(True)
    return pen


class LabelStyle:
    """How characters are written under boxes: `height` in pixels of the page, `font`, `metrics`."""

    def __init__(self, height: float) -> None:
        self.height = height
        self.font = QFont()
        self.font.setBold(True)
        self.font.setPixelSize(max(1, round(height * _TEXT_SHARE)))
        self.metrics = QFontMetricsF(self.font)


class BoxItem(QGraphicsItem):
    """The rectangle of a box with its character underneath.

    Sure: a solid outline. Doubtful: dashed, its label filled and with a question mark. Typed by
    hand: dotted, with a tick. Unread: no label. Attributes: `box_id`, `chosen`.
    """

    def __init__(self, box: Box, style: LabelStyle) -> None:
        super().__init__()
        self.box_id = box.id
        self.chosen = False
        self._char = ""
        self._doubtful = False
        self._by_hand = False
        self._style = style
        self._rect = QRectF()
        self._chip = QRectF()
        self._bounds = QRectF()
        self.show_box(box)

    def rect(self) -> QRectF:
        """Where the box is, in pixels of the page."""
        return self._rect

    def restyle(self, style: LabelStyle) -> None:
        """Write the character in another size."""
        self._style = style
        self._measure()

    def show_box(self, box: Box) -> None:
        """Take the place of a box."""
        rect = box.rect
        self._rect = QRectF(rect.x, rect.y, rect.w, rect.h)
        self._measure()

    def _measure(self) -> None:
        """Where the label goes, and how much room all of it takes."""
        self.prepareGeometryChange()
        rect, height = self._rect, self._style.height
        width = self._style.metrics.horizontalAdvance(self.label) + 0.4 * height
        self._chip = QRectF(rect.x(), rect.bottom() + 0.1 * height, width, height)
        margin = 0.2 * height
        self._bounds = (rect | self._chip).adjusted(-margin, -margin, margin, margin)

    def show_char(self, char: str, by_hand: bool, doubtful: bool) -> None:
        """Show what stands in the box, "" for nothing; repaints only what looks different."""
        look = char, by_hand, doubtful
        if look != (self._char, self._by_hand, self._doubtful):
            self._char, self._by_hand, self._doubtful = look
            self._measure()
            self.update()

    def choose(self, chosen: bool) -> None:
        """Look chosen, or not."""
        if chosen != self.chosen:
            self.chosen = chosen
            self.setZValue(1 if chosen else 0)
            self.update()

    @property
    def label(self) -> str:
        """What is written under the box."""
        if self._by_hand:
            return self._char + "✓"
        return self._char + "?" if self._doubtful else self._char

    def _colour(self) -> str:
        if self._by_hand:
            return paper.TYPED
        if not self._char:
            return paper.UNREAD
        return paper.DOUBTFUL if self._doubtful else paper.SURE

    def boundingRect(self) -> QRectF:
        """The rectangle and the label under it."""
        return self._bounds

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Outline and character."""
        mark = QColor(self._colour())
        pen = screen_pen(
            painter, paper.CHOSEN if self.chosen else mark, 2.0 if self.chosen else 1.5
        )
        if self._doubtful:
            pen.setStyle(Qt.PenStyle.DashLine)
        elif self._by_hand:
            pen.setStyle(Qt.PenStyle.DotLine)
        tint = QColor(paper.CHOSEN)
        tint.setAlpha(paper.TINT_ALPHA)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.setBrush(tint if self.chosen else Qt.BrushStyle.NoBrush)
        painter.drawRect(self._rect)
        if not self.label:
            return
        chip = self._chip
        ground = QColor(mark if self._doubtful else paper.CHIP)
        ground.setAlpha(255 if self._doubtful else paper.CHIP_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(chip, chip.height() / 4, chip.height() / 4)
        painter.setFont(self._style.font)
        painter.setPen(QColor(paper.CHIP) if self._doubtful else mark)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, self.label)
