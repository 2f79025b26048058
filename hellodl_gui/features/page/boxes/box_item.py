"""Graphics item of one box on the page, with its character. 200 of them stay fast."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.ocr.boxes import CharacterBox
from hellodl_gui.theming import page_colours

_TEXT_SHARE = 0.8  # of the label's height
_LABELLED = 22.0  # screen pixels: lower boxes have a label only where it is needed
_COLOURS = {
    "unread": page_colours.UNREAD,
    "sure": page_colours.SURE,
    "doubtful": page_colours.DOUBTFUL,
    "typed": page_colours.TYPED,
}
_LINES = {"doubtful": Qt.PenStyle.DashLine, "typed": Qt.PenStyle.DotLine}


def screen_pen(painter: QPainter, colour: QColor | str, width: float) -> QPen:
    """A pen as wide on every screen and at every zoom; `width` in pixels of a plain screen."""
    pen = QPen(QColor(colour), width * painter.device().devicePixelRatioF())
    pen.setCosmetic(True)
    return pen


class LabelStyle:
    """How boxes and their characters are drawn at one zoom; pens and labels are made once.

    Attributes: `height` of a label in pixels of the page, `metrics` of its font, `zoom`.
    """

    def __init__(self, height: float, zoom: float) -> None:
        self.height = height
        self.zoom = zoom
        font = QFont()
        font.setBold(True)
        font.setPixelSize(max(1, round(height * _TEXT_SHARE)))
        self.metrics = QFontMetricsF(font)
        self._pens: dict[tuple[str, bool, float], QPen] = {}
        self._labels: dict[tuple[str, str, float], QPixmap] = {}
        self.tint = QColor(page_colours.CHOSEN)
        self.tint.setAlpha(page_colours.TINT_ALPHA)

    def pen(self, painter: QPainter, look: str, chosen: bool) -> QPen:
        """The pen of an outline: `look` is “unread”, “sure”, “doubtful” or “typed”."""
        key = look, chosen, painter.device().devicePixelRatioF()
        pen = self._pens.get(key)
        if pen is None:
            colour = page_colours.CHOSEN if chosen else _COLOURS[look]
            pen = self._pens[key] = screen_pen(painter, colour, 2.0 if chosen else 1.5)
            pen.setStyle(_LINES.get(look, Qt.PenStyle.SolidLine))
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        return pen

    def label(self, text: str, look: str, width: float, ratio: float) -> QPixmap:
        """A label as a picture for the screen; `width` in pixels of the page."""
        key = text, look, ratio
        if key not in self._labels:
            self._labels[key] = self._drawn(text, look, width, ratio)
        return self._labels[key]

    def _drawn(self, text: str, look: str, width: float, ratio: float) -> QPixmap:
        w, h = width * self.zoom, self.height * self.zoom
        pixmap = QPixmap(max(1, round(w * ratio)), max(1, round(h * ratio)))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        mark, full = QColor(_COLOURS[look]), look == "doubtful"
        ground = QColor(mark if full else page_colours.CHIP)
        ground.setAlpha(255 if full else page_colours.CHIP_ALPHA)
        font = QFont()
        font.setBold(True)
        font.setPixelSize(max(1, round(h * _TEXT_SHARE)))
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            chip = QRectF(0, 0, w, h)
            painter.drawRoundedRect(chip, h / 4, h / 4)
            painter.setFont(font)
            painter.setPen(QColor(page_colours.CHIP) if full else mark)
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
        return pixmap


class BoxItem(QGraphicsItem):
    """The rectangle of a box with its character underneath.

    Sure: a solid outline. Doubtful: dashed, its label filled and with a question mark. Typed by
    hand: dotted, with a tick. Unread: no label. Attributes: `box_id`, `chosen`, `rect`, where
    the box is in pixels of the page.
    """

    def __init__(self, box: CharacterBox, style: LabelStyle) -> None:
        super().__init__()
        self.box_id = box.id
        self.chosen = False
        self._char = ""
        self._doubtful = False
        self._by_hand = False
        self._style = style
        self.rect = QRectF()
        self._chip = QRectF()
        self._bounds = QRectF()
        self.show_box(box)

    def is_thinner(self, least: float) -> bool:
        """Whether it is narrower or lower than so many pixels of the page."""
        return min(self.rect.width(), self.rect.height()) < least

    def distance(self, place: QPointF) -> float:
        """How far outside the box a place is, in pixels of the page."""
        rect = self.rect
        dx = max(rect.left() - place.x(), place.x() - rect.right(), 0.0)
        dy = max(rect.top() - place.y(), place.y() - rect.bottom(), 0.0)
        return math.hypot(dx, dy)

    def restyle(self, style: LabelStyle) -> None:
        """Write the character in another size."""
        self._style = style
        self._measure()

    def show_box(self, box: CharacterBox) -> None:
        """Take the place of a box."""
        rect = box.rect
        self.rect = QRectF(rect.x, rect.y, rect.w, rect.h)
        self._measure()

    def _measure(self) -> None:
        """Where the label goes, and how much room all of it takes."""
        self.prepareGeometryChange()
        rect, height = self.rect, self._style.height
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

    @property
    def _look(self) -> str:
        if self._by_hand:
            return "typed"
        if not self._char:
            return "unread"
        return "doubtful" if self._doubtful else "sure"

    def boundingRect(self) -> QRectF:
        """The rectangle and the label under it."""
        return self._bounds

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Outline and character: upright lines need no smoothing, labels are copied."""
        style, look = self._style, self._look
        painter.setPen(style.pen(painter, look, self.chosen))
        painter.setBrush(style.tint if self.chosen else Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect)
        text = self.label
        low = self.rect.height() * style.zoom < _LABELLED
        if not text or (low and not (self.chosen or self._doubtful or self._by_hand)):
            return
        ratio = painter.device().devicePixelRatioF()
        pixmap = style.label(text, look, self._chip.width(), ratio)
        before = painter.worldTransform()
        at = before.map(self._chip.topLeft())
        painter.resetTransform()
        painter.drawPixmap(at, pixmap)
        painter.setWorldTransform(before)
