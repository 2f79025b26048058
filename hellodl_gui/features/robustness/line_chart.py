"""Line chart of fractions, 0 to 100 %, over an amount."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.plot_frame import focus_ring, horizontal_line

_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 14, 26, 22
_DOT = 3.5


@dataclass(frozen=True)
class ChartLine:
    """Points (x, fraction) in ascending order of x, with a name, a colour's number and dashes."""

    name: str
    points: tuple[tuple[float, float], ...]
    colour: int
    dashed: bool = False


class LineChart(QWidget):
    """`places` are the x there may be; `labels` name them below the axis. They stand at equal
    distances. Point at one, or use the arrow keys, to read it.

    Attributes: `current`, the number of the place that is read, or None.
    Signals: `read(int)` another place is read; -1 for none.
    """

    read = Signal(int)

    def __init__(self, title: str, places: Sequence[float], labels: Sequence[str]) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(170, 110)
        self.setAccessibleName(title)
        self.current: int | None = None
        self._title = title
        self._places = tuple(places)
        self._labels = tuple(labels)
        self._lines: tuple[ChartLine, ...] = ()
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(360, 220)

    def set_lines(self, lines: Sequence[ChartLine]) -> None:
        """Show these."""
        self._lines = tuple(lines)
        self.update()

    def values(self) -> list[tuple[ChartLine, float]]:
        """What the lines say at the place that is read."""
        if self.current is None:
            return []
        x = self._places[self.current]
        return [(line, dict(line.points)[x]) for line in self._lines if x in dict(line.points)]

    def _on_theme(self) -> None:
        self.update()

    def _area(self) -> QRectF:
        return QRectF(_LEFT, _TOP, self.width() - _LEFT - _RIGHT, self.height() - _TOP - _BOTTOM)

    def place(self, x: float, fraction: float) -> QPointF:
        """The pixel of a point."""
        area = self._area()
        share = self._places.index(x) / max(len(self._places) - 1, 1)
        return QPointF(area.x() + share * area.width(), area.bottom() - fraction * area.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title, axes, lines, and where it is read."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, area = themes().theme, self._area()
        painter.setPen(QColor(theme.text))
        painter.drawText(
            QRectF(_LEFT, 0, self.width() - _LEFT, _TOP),
            Qt.AlignmentFlag.AlignCenter,
            self._title,
        )
        painter.setPen(QColor(theme.quiet))
        high = painter.fontMetrics().height()
        steps = 4 if area.height() > 90 else 2
        for step in range(steps + 1):
            y = area.bottom() - step / steps * area.height()
            horizontal_line(painter, area, y, f"{100 * step // steps}%", apart=6)
        for x, label in zip(self._places, self._labels, strict=True):
            at = self.place(x, 0)
            box = QRectF(at.x() - 30, at.y() + 3, 60, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, label)
        if self.current is not None:
            at = self.place(self._places[self.current], 0)
            painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DotLine))
            painter.drawLine(at, QPointF(at.x(), area.top()))
        for line in self._lines:
            self._paint_line(painter, line)
        focus_ring(painter, self)

    def _paint_line(self, painter: QPainter, line: ChartLine) -> None:
        colour = QColor(themes().theme.curves[line.colour])
        style = Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine
        points = [self.place(x, fraction) for x, fraction in line.points]
        painter.setPen(QPen(colour, 2, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for point in points:
            painter.drawEllipse(point, _DOT, _DOT)

    # -- pointer and keys ---------------------------------------------------------------------

    def read_at(self, number: int | None) -> None:
        """Read a place, or none."""
        if number != self.current:
            self.current = number
            self.read.emit(-1 if number is None else number)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read what is nearest to the pointer."""
        across = [self.place(x, 0).x() for x in self._places]
        far = [abs(x - event.position().x()) for x in across]
        self.read_at(far.index(min(far)))

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self.read_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from place to place, Escape reads no more."""
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in moves:
            there = 0 if self.current is None else self.current + moves[key]
            self.read_at(min(max(there, 0), len(self._places) - 1))
        elif key == Qt.Key.Key_Escape and self.current is not None:
            self.read_at(None)
        else:
            super().keyPressEvent(event)
