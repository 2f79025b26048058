"""Chart: base class of painted plots: axes, legend, read-out, zoom, pan and keys."""

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.plot_frame import focus_ring
from hellodl_gui.ui.chart.series import Colour, Dash, LineSeries, Pane, Series, VerticalLine, Zone
from hellodl_gui.ui.chart.text_layouts import text_layouts
from hellodl_gui.ui.controls.wheel import wheel_notches

_LEFT, _RIGHT, _HEAD, _TOP, _ROW = 48, 14, 24, 8, 20
_BARE_FOOT, _TICK, _EDGE = 6, 4, 8
_OWN_ROW = 0.4  # of the width: a longer title of the axis gets a row of its own
_ZOOM, _NUDGE, _FAR = 0.8, 0.01, 10
_LEAST_DRAG = 4
_AIR = 8  # pixels beyond the area that may be drawn on while nothing is zoomed


class Chart(QWidget):
    """A plot gives its axes, what is drawn (`series`) and what a place says (`sentence`).

    Point, or use the arrow keys, to read; Escape reads no more. The wheel, + and − zoom, a drag
    moves what is seen, Home and a double click show all. A click, or Enter, means what is read.
    It is painted by Qt and not by pyqtgraph: `tests/benchmarks/chart.py` measures both.

    Attributes: `panes`; `across`, their common axis; `bins` (B + 1,), the edges of what is read as
    a whole, or None; `reading`, a value of `across` or the number of a bin, None for none;
    `has_foot`, whether numbers stand below; `grid`, whether they have lines; `tells`, whether the
    sentence stands above the plot.
    Signals: `read(str)` the sentence of another place; `viewed()` another part is seen.
    """

    read = Signal(str)
    viewed = Signal()
    grid: ClassVar[bool] = True
    tells: ClassVar[bool] = False

    def __init__(
        self,
        name: str,
        across: Axis,
        *panes: Pane,
        least: tuple[int, int] = (160, 100),
        hint: tuple[int, int] = (420, 240),
    ) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(*least)
        self.setAccessibleName(name)
        self.across, self.panes = across, list(panes)
        self.bins: NDArray[np.float64] | None = None
        self.reading: float | None = None
        self.has_foot = True
        self._hint = QSize(*hint)
        self._margin: float | None = None
        self._grabbed: QPointF | None = None
        self._held = self._moved = False
        themes().changed.connect(self.update)

    # -- what a plot is ------------------------------------------------------------------------

    def series(self, pane: Pane) -> Iterable[Series]:
        """What is drawn in a pane, from the back to the front."""
        return ()

    def sentence(self) -> str:
        """What is read, in words."""
        return ""

    def choose(self, reading: float) -> None:
        """A place was clicked, or Enter was pressed where it is read."""

    def take(self, position: QPointF) -> bool:
        """Whether a press takes hold of something that `drag` moves."""
        return False

    def drag(self, position: QPointF) -> None:
        """Move what was taken."""

    def drop(self, position: QPointF) -> None:
        """Let go of what was taken."""

    def paint_over(self, painter: QPainter) -> None:
        """Words over everything."""

    def sizeHint(self) -> QSize:
        """As asked."""
        return self._hint

    # -- drawing -------------------------------------------------------------------------------

    def lay_out(self) -> QRectF:
        """Find the place of panes and axes; returns that of the first pane."""
        layouts = text_layouts(self.font())
        foot = (_ROW * (1 + self._own_row())) if self.has_foot else _BARE_FOOT
        heads = [_HEAD if pane.title else _TOP for pane in self.panes]
        free = self.height() - foot - sum(heads)
        whole, y = sum(pane.share for pane in self.panes), 0.0
        for pane, head in zip(self.panes, heads, strict=True):
            high = max(free * pane.share / whole, 1.0)
            pane.area = QRectF(0, y + head, 1, high)
            pane.up.lay(pane.area.bottom(), -high)
            pane.ticks = pane.up.marks() if pane.numbered else []
            y = pane.area.bottom()
        texts = [text for pane in self.panes for _, text in pane.ticks]
        least = _LEFT if any(pane.numbered for pane in self.panes) else _EDGE
        left = self._margin or max([least, *(layouts.width(t) + 12 for t in texts)])
        width = max(self.width() - left - _RIGHT, 1.0)
        for pane in self.panes:
            pane.area.setLeft(left)
            pane.area.setWidth(width)
        self.across.lay(left, width)
        return self.panes[0].area

    def _own_row(self) -> bool:
        return text_layouts(self.font()).width(self.across.title) > _OWN_ROW * self.width()

    def foot_title(self) -> str:
        """What the axis counts, cut with “…” where it would not fit."""
        return self._elided(self.across.title, self.width() - 2 * _EDGE)

    def _elided(self, text: str, room: int) -> str:
        if text_layouts(self.font()).width(text) <= room:
            return text
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)

    def point(self, x: float, y: float, pane: int = 0) -> QPointF:
        """The pixel of a point."""
        self.lay_out()
        return QPointF(self.across.x_of(x), self.panes[pane].up.x_of(y))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, series, where it is read, words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.rect())
        self.lay_out()
        air = 1 if self.across.zoomed else _AIR
        for pane in self.panes:
            series = list(self.series(pane))
            self._paint_head(painter, pane, series)
            self._paint_axes(painter, pane)
            painter.save()
            # A clip of whole pixels is several times as cheap.
            painter.setClipRect(pane.area.adjusted(-air, -air, air, 1).toAlignedRect())
            for one in (*series, *self._cursor()):
                one.paint(painter, self.across, pane)
            painter.restore()
        self.paint_over(painter)
        focus_ring(painter, self)

    def _cursor(self) -> Iterable[Series]:
        """Where it is read: a line, or a frame around a bin."""
        colour, here = themes().theme.text, self.reading
        if here is not None and self.bins is not None:
            yield Zone(self.bins[int(here)], self.bins[int(here) + 1], colour, framed=True)
        elif here is not None:
            yield VerticalLine(here, colour, dash=Dash.DotLine)

    def _paint_head(self, painter: QPainter, pane: Pane, series: list[Series]) -> None:
        """What it is, and in its colour what each line is called."""
        if not pane.title:
            return
        layouts, right = text_layouts(self.font()), self.width() - _EDGE
        top = pane.area.top() - (_HEAD + painter.fontMetrics().height()) / 2
        lines = [one for one in series if isinstance(one, LineSeries) and one.name]
        said: list[tuple[str, Colour]] = [(one.name, one.colour) for one in lines]
        if self.tells and self.reading is not None and pane is self.panes[0]:
            said.append((self.sentence(), themes().theme.quiet))
        for name, colour in reversed(said):
            painter.setPen(QColor(colour))
            layouts.paint(painter, right, top, name, left=1)
            right -= layouts.width(name) + 10
        painter.setPen(QColor(themes().theme.text))
        layouts.paint(painter, _EDGE, top, self._elided(pane.title, max(right - _EDGE, 0)))

    def _paint_axes(self, painter: QPainter, pane: Pane) -> None:
        theme, area, half = themes().theme, pane.area, painter.fontMetrics().height() / 2
        layouts = text_layouts(self.font())
        line, strong, words = QColor(theme.line), QColor(theme.quiet), QColor(theme.quiet)
        for value, text in pane.ticks:
            y = pane.up.x_of(value)
            painter.setPen(strong if value == 0 and not pane.up.logarithmic else line)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(words)
            layouts.paint(painter, area.left() - 6, y - half, text, left=1)
        marks = self.across.marks()
        last = pane is self.panes[-1] and self.has_foot
        for value, _ in marks if self.grid or last else ():
            x = self.across.x_of(value)
            painter.setPen(strong if value == 0 and self.grid else line)
            top = area.top() if self.grid else area.bottom()
            painter.drawLine(QPointF(x, top), QPointF(x, area.bottom() + (_TICK if last else 0)))
        if last:
            painter.setPen(words)
            self._paint_foot(painter, area, marks)

    def _paint_foot(self, painter: QPainter, area: QRectF, marks: list[tuple[float, str]]) -> None:
        """Numbers, which give way to the title."""
        layouts, title, whole = text_layouts(self.font()), self.foot_title(), self.width()
        top, limit = area.bottom() + _TICK, float(whole)
        if self._own_row():
            layouts.paint(painter, whole / 2, top + _ROW - 2, title, left=0.5)
        elif title:
            layouts.paint(painter, area.right(), top, title, left=1)
            limit = area.right() - layouts.width(title) - 8
        for value, text in marks:
            wide = layouts.width(text)
            left = min(max(self.across.x_of(value) - wide / 2, 0), whole - wide)
            if left + wide <= limit:
                layouts.paint(painter, left, top, text)

    # -- reading -------------------------------------------------------------------------------

    def reading_at(self, position: QPointF) -> float | None:
        """What is read at a pixel."""
        self.lay_out()
        axis, pixel = self.across, position.x()
        value = axis.value_at(pixel)
        if self.bins is None:
            return value
        number = int(np.searchsorted(self.bins, value, "right")) - 1
        inside = axis.left <= pixel <= axis.left + axis.width
        return number if inside and 0 <= number < len(self.bins) - 1 else None

    def bin_rect(self, number: int) -> QRectF:
        """The column of a bin, from top to bottom."""
        assert self.bins is not None
        area = self.lay_out()
        left, right = self.across.xs_of(self.bins[number : number + 2])
        return QRectF(left, area.top(), right - left, self.panes[-1].area.bottom() - area.top())

    def read_at(self, reading: float | None) -> None:
        """Read a value or a bin, or none."""
        if reading != self.reading:
            self.reading = reading
            if said := "" if reading is None else self.sentence():
                self.setAccessibleDescription(said)
            self.update()
            self.read.emit(said)

    def step(self, by: int) -> None:
        """Read further on: bins, or hundredths of what is seen."""
        here = self.reading
        if self.bins is None:
            axis = self.across
            start = axis.value_at(axis.left + axis.width / 2) if here is None else here
            self.read_at(axis.nudged(start, by * _NUDGE))
        elif len(self.bins) > 1:
            last = len(self.bins) - 2
            there = (0 if by > 0 else last) if here is None else int(here) + by
            self.read_at(min(max(there, 0), last))

    # -- zoom ----------------------------------------------------------------------------------

    def zoomed_axes(self) -> tuple[Axis, ...]:
        """Those that the wheel and a drag act on."""
        return (self.across,)

    def zoom(self, factor: float, around: QPointF) -> bool:
        """Show `factor` times as much around a pixel; False where that is not possible."""
        before = self.across.view
        for axis in self.zoomed_axes():
            axis.zoom(factor, around.x() if axis is self.across else around.y())
        self._show_view()
        return before != self.across.view

    def pan(self, by: QPointF) -> None:
        """Move what is seen by so many pixels."""
        for axis in self.zoomed_axes():
            axis.pan(by.x() if axis is self.across else by.y())
        self._show_view()

    def show_all(self) -> None:
        """Everything again."""
        for axis in self.zoomed_axes():
            axis.show_all()
        self._show_view()

    def look_again(self) -> None:
        """Another part is seen."""
        self.update()

    def _show_view(self) -> None:
        self.look_again()
        self.viewed.emit()

    def _middle(self) -> QPointF:
        """Where keys zoom: at what is read."""
        area = self.lay_out()
        x, here = area.center().x(), self.reading
        if here is not None:
            at = here if self.bins is None else float(self.bins[int(here) : int(here) + 2].mean())
            x = self.across.x_of(at)
        return QPointF(x, area.center().y())

    # -- pointer and keys ----------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Perhaps a click, perhaps the beginning of a drag."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.lay_out()
            self._grabbed, self._moved = event.position(), False
            self._held = self.take(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read, move what is held, or move what is seen."""
        here = event.position()
        if self._grabbed is None:
            self.read_at(self.reading_at(here))
        elif self._held:
            self.drag(here)
        elif self._moved or (here - self._grabbed).manhattanLength() > _LEAST_DRAG:
            self._moved = True
            self.pan(self._grabbed - here)
            self._grabbed = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click means what is there."""
        grabbed, self._grabbed = self._grabbed, None
        held, self._held = self._held, False
        if held:
            self.drop(event.position())
        elif grabbed is not None and not self._moved:
            reading = self.reading_at(event.position())
            if reading is not None:
                self.choose(reading)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Everything again."""
        self._grabbed = None
        self.show_all()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        turned = wheel_notches(event)
        self.lay_out()
        event.setAccepted(bool(turned) and self.zoom(_ZOOM**turned, event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone."""
        self.read_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See the class; with Shift the arrows go ten times as far."""
        far = _FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        match Qt.Key(event.key()):
            case Qt.Key.Key_Left:
                self.step(-far)
            case Qt.Key.Key_Right:
                self.step(far)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom(_ZOOM, self._middle())
            case Qt.Key.Key_Minus:
                self.zoom(1 / _ZOOM, self._middle())
            case Qt.Key.Key_Home if self.across.zoomed:
                self.show_all()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self.reading is not None:
                self.choose(self.reading)
            case Qt.Key.Key_Escape if self.reading is not None:
                self.read_at(None)
            case _:
                super().keyPressEvent(event)
