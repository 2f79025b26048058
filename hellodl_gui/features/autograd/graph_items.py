"""Graphics items of a computation graph: nodes with numbers, edges with gradients."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.inspect.graph.layered_layout import GraphLayout, Point
from hellodl_gui.theming.palette import heat, text_on
from hellodl_gui.theming.theme_manager import themes

Kind = Literal["leaf", "op", "module", "part"]
Tone = Literal["text", "quiet", "gradient"]

WIDTH, HEIGHT, COLUMN = 112.0, 64.0, 176.0
NOTE_WIDTH = 196.0
_TITLE, _LINE, _PAD = 20.0, 17.0, 8.0
_ARROW, _PORT = 7.0, 14.0


@dataclass(frozen=True)
class NodeContent:
    """What a box shows: a title, lines below it, perhaps a note underneath.

    `now` marks where things happen; `warmth` (0 to 1) colours the box.
    """

    title: str
    lines: tuple[tuple[str, Tone], ...] = ()
    kind: Kind = "op"
    now: bool = False
    warmth: float | None = None
    note: tuple[str, ...] = ()


@dataclass(frozen=True)
class EdgeContent:
    """What an edge shows: a number that flows back along it; `now` while it flows."""

    text: str = ""
    now: bool = False


def _font(size: int, bold: bool = False) -> QFont:
    font = QFont()
    font.setPixelSize(size)
    font.setBold(bold)
    return font


def _font_for(text: str, size: int, bold: bool, width: float) -> QFont:
    """As large as wanted, a little smaller where the text would not fit."""
    for smaller in range(size, size - 4, -1):
        font = _font(smaller, bold)
        if QFontMetricsF(font).horizontalAdvance(text) <= width:
            break
    return font


def _paint_line(painter: QPainter, text: str, font: QFont, rect: QRectF) -> None:
    painter.setFont(font)
    text = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


class NodeItem(QGraphicsItem):
    """A node, drawn around its middle."""

    def __init__(self, id: int) -> None:
        super().__init__()
        self.node = id
        self.look = NodeContent("")
        self.chosen = False
        self.note_shift = 0.0  # to the right, so that a note at the edge of the drawing is whole
        self.setZValue(2)

    def show_look(self, look: NodeContent) -> None:
        """Another look; drawn again only where it differs."""
        if look != self.look:
            if len(look.note) != len(self.look.note):
                self.prepareGeometryChange()
            self.look = look
            self.setZValue(3 if look.note else 2)
            self.update()

    def choose(self, chosen: bool) -> None:
        """Mark as the one that keys act on."""
        self.chosen = chosen
        self.update()

    def frame(self) -> QRectF:
        """The box itself."""
        return QRectF(-WIDTH / 2, -HEIGHT / 2, WIDTH, HEIGHT)

    def _note_frame(self) -> QRectF:
        height = len(self.look.note) * _LINE + _PAD
        left = self.note_shift - NOTE_WIDTH / 2
        return QRectF(left, HEIGHT / 2 + 5, NOTE_WIDTH, height)

    def boundingRect(self) -> QRectF:
        """The box and its note."""
        frame = self.frame().adjusted(-5, -5, 5, 5)
        return frame | self._note_frame().adjusted(-2, 0, 2, 2) if self.look.note else frame

    def shape(self) -> QPainterPath:
        """Only the box can be hit."""
        path = QPainterPath()
        path.addRect(self.frame())
        return path

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Frame, title, lines, note."""
        theme, look, frame = themes().theme, self.look, self.frame()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(theme.raised)
        if look.warmth is not None:
            red, green, blue = heat(theme)[round(255 * min(max(look.warmth, 0.0), 1.0))][:3]
            fill = QColor(int(red), int(green), int(blue))
        edge = QColor(theme.accent if look.now or self.chosen else theme.quiet)
        pen = QPen(edge, 2.5 if look.now else 1.2)
        if look.kind == "part":
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(fill)
        radius = HEIGHT / 2 if look.kind == "leaf" else 8
        painter.drawRoundedRect(frame, radius, radius)
        if look.kind == "module":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame.adjusted(3, 3, -3, -3), 6, 6)
        if self.chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.accent), 1.2, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(frame.adjusted(-4, -4, 4, 4), radius + 3, radius + 3)
        self._paint_words(painter, None if look.warmth is None else text_on(fill))
        if look.note:
            self._paint_note(painter)

    def _paint_words(self, painter: QPainter, on_colour: QColor | None) -> None:
        theme, lines = themes().theme, self.look.lines
        tones = {"text": theme.text, "quiet": theme.quiet, "gradient": theme.positive}
        y = -(_TITLE + _LINE * len(lines)) / 2
        width = WIDTH - (24 if self.look.kind == "leaf" else 12)
        rows = [(self.look.title, 16, True, theme.text, _TITLE)]
        rows += [(text, 14, False, tones[tone], _LINE) for text, tone in lines]
        for text, size, bold, colour, line in rows:
            painter.setPen(on_colour or QColor(colour))
            font = _font_for(text, size, bold, width)
            _paint_line(painter, text, font, QRectF(-width / 2, y, width, line))
            y += line

    def _paint_note(self, painter: QPainter) -> None:
        theme, frame, font = themes().theme, self._note_frame(), _font(13)
        painter.setPen(QPen(QColor(theme.accent), 1))
        painter.setBrush(QColor(theme.panel))
        painter.drawRoundedRect(frame, 6, 6)
        painter.setPen(QColor(theme.text))
        line = QRectF(frame.left() + 6, frame.top() + _PAD / 2, NOTE_WIDTH - 12, _LINE)
        for text in self.look.note:
            _paint_line(painter, text, font, line)
            line.translate(0, _LINE)


class EdgeItem(QGraphicsItem):
    """An edge through `stations` (middles of boxes and free places), with an arrow at its end, or
    at its beginning while a gradient flows back along it.

    `port` moves its end up or down, so that several edges into one box can be told apart.
    """

    def __init__(self, stations: list[QPointF], port: float, number: int) -> None:
        super().__init__()
        self.look = EdgeContent()
        self.setZValue(1)
        half = QPointF(WIDTH / 2, 0)
        end = stations[-1] - half + QPointF(0, port)
        self._path = QPainterPath(stations[0] + half)
        start = stations[0] + half
        for _, place in pairwise(stations[:-1]):
            self._bend(start, place - half)
            self._path.lineTo(place + half)
            start = place + half
        self._bend(start, end)
        self._start, self._end = stations[0] + half, end
        last = QPainterPath(start)
        last.cubicTo(*self._controls(start, end), end)
        # Labels of neighbouring edges stand at different places, out of each other's way.
        self._label_at = last.pointAtPercent((0.5, 0.28, 0.72)[number % 3])

    def _bend(self, start: QPointF, end: QPointF) -> None:
        self._path.cubicTo(*self._controls(start, end), end)

    @staticmethod
    def _controls(start: QPointF, end: QPointF) -> tuple[QPointF, QPointF]:
        middle = (start.x() + end.x()) / 2
        return QPointF(middle, start.y()), QPointF(middle, end.y())

    def show_look(self, look: EdgeContent) -> None:
        """Another look."""
        if look != self.look:
            self.prepareGeometryChange()
            self.look = look
            self.setZValue(2.5 if look.text else 1)
            self.update()

    def _label(self) -> QRectF:
        if not self.look.text:
            return QRectF()
        width = QFontMetricsF(_font(13, True)).horizontalAdvance(self.look.text) + 10
        at = self._label_at
        return QRectF(at.x() - width / 2, at.y() - 9, width, 18)

    def boundingRect(self) -> QRectF:
        """Line, arrow and label."""
        return (self._path.boundingRect() | self._label()).adjusted(-6, -6, 6, 6)

    def shape(self) -> QPainterPath:
        """Edges are not hit."""
        return QPainterPath()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """The line, and what flows back along it."""
        theme = themes().theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        flowing = bool(self.look.text)
        colour = QColor(theme.positive if flowing else theme.quiet)
        painter.setPen(QPen(colour, 3.0 if self.look.now else 1.6 if flowing else 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        # Values flow to the right, gradients to the left.
        tip, back = (self._start, _ARROW) if flowing else (self._end, -_ARROW)
        wings = [tip + QPointF(back, side) for side in (-_ARROW / 2, _ARROW / 2)]
        painter.drawPolygon(QPolygonF([tip, *wings]))
        if flowing:
            label = self._label()
            painter.setBrush(QColor(theme.panel))
            painter.setPen(QPen(colour, 1))
            painter.drawRoundedRect(label, 5, 5)
            painter.setFont(_font(13, True))
            painter.drawText(label, Qt.AlignmentFlag.AlignCenter, self.look.text)


def edge_items(
    laid: GraphLayout, edges: Sequence[tuple[int, int]], at: Callable[[Point], QPointF]
) -> list[EdgeItem]:
    """The edges of a graph; several into one box end a little apart."""
    arriving: dict[int, list[int]] = {}
    for number, (_, target) in enumerate(edges):
        arriving.setdefault(target, []).append(number)
    wires = []
    for number, (_, target) in enumerate(edges):
        route = laid.routes[number]
        mates = sorted(arriving[target], key=lambda i: laid.routes[i][-2][1])
        place = mates.index(number)
        port = (place - (len(mates) - 1) / 2) * min(_PORT, HEIGHT / len(mates))
        wires.append(EdgeItem([at(point) for point in route], port, place if len(mates) > 1 else 0))
    return wires
