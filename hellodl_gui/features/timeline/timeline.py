"""Timeline of a run to scrub: loss curve, marks, the moment shown."""

import bisect

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy

from core.translation import tr
from hellodl_gui.features.timeline.hover_text import HoverText
from hellodl_gui.features.timeline.playhead import PlayheadState, draw_playhead
from hellodl_gui.features.timeline.timeline_marks import TimelineMark
from hellodl_gui.features.timeline.timeline_picture import (
    LANE,
    TimelineContent,
    axis_font,
    render_timeline,
    snapshot_line_y,
)
from hellodl_gui.features.timeline.timeline_text import describe_moment
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.plot_frame import focus_ring
from hellodl_gui.ui.chart.time_axis import TimeAxis
from hellodl_gui.ui.controls.wheel import wheel_turns

_MARGIN = 12.0
_CURVE = 29  # pixels for the curve
_MAGNET = 5.0
_EDGE = 3.0
_FRAME_MS = 16
_ZOOM = 0.8
_PAN = 60


class TimelineSlider(QAbstractSlider):
    """Shows moments of a run; a person chooses one by click, drag, wheel or key.

    It never moves by itself: it says what is wanted, and is told with `set_moment` what is shown.
    To a screen reader it is a slider whose value is the mini-batch.

    Attributes: `axis`, `content`, `moment` (the step that is shown, None at the live edge).
    Signals: `seek_wanted(object)` a step there are weights of, or None for the live edge, at most
    one a frame; `play_wanted()`.
    """

    seek_wanted = Signal(object)
    play_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(220)
        self.setAccessibleName(tr("Timeline of the run"))
        self.axis = TimeAxis()
        self.content = TimelineContent()
        self.moment: int | None = None
        self._aimed: int | None = None  # what was wanted last, shown at once
        self._relived: tuple[int, int] | None = None
        self._reason = ""
        self._picture: QPixmap | None = None
        self._shown: list[tuple[float, TimelineMark]] = []
        self._hover: float | None = None
        self._grip = Qt.MouseButton.NoButton
        self._pan_from = 0.0
        self._pending: list[int | None] = []
        self._bubble = HoverText(self)
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setInterval(_FRAME_MS)
        self._frame.timeout.connect(self._on_frame)
        self.valueChanged.connect(self._on_value)
        themes().changed.connect(self._repaint)

    def sizeHint(self) -> QSize:
        """As wide as there is room, three lines high."""
        text = QFontMetricsF(axis_font(self.font())).height()
        return QSize(900, round(LANE + _CURVE + text + 3))

    # -- what is shown ------------------------------------------------------------------------

    @property
    def last(self) -> int:
        """The live edge."""
        return int(self.axis.last)

    def set_content(self, content: TimelineContent) -> None:
        """Draw this run."""
        self.content = content
        steps, moments = content.curves.steps, content.moments
        begins = [float(moments[0])] if len(moments) else []
        ends = [float(steps[-1])] if len(steps) else []
        ends += [float(moments[-1])] if len(moments) else []
        self.axis.first = begins[0] if begins else 0.0
        self.axis.last = max(ends, default=self.axis.first)
        self._show_value()
        self._repaint()

    def set_moment(self, step: int | None) -> None:
        """This moment is shown now; None at the live edge."""
        self.moment = step
        if not self._pending:
            self._aimed = step
            if step is not None and self._grip is Qt.MouseButton.NoButton:
                self._reveal(step)
        self._show_value()
        self.update()

    def set_relived(self, relived: tuple[int, int] | None) -> None:
        """A fork is on its way back: where it is and where it goes."""
        self._relived = relived
        self.update()

    def set_logarithmic(self, on: bool) -> None:
        """Steps by their ratio, as snapshots are spaced, or evenly."""
        self.axis.logarithmic = on
        self._repaint()

    def explain(self, reason: str) -> None:
        """There is no time to go through, for this reason; an empty one: there is."""
        if reason != self._reason:
            self._reason = reason
            self._leave()
            self.update()

    def forget(self) -> None:
        """Another run: show all of it, nothing is aimed at."""
        self._pending.clear()
        self._frame.stop()
        self.moment = self._aimed = self._relived = None
        self.axis.show_all()
        self._leave()
        self.set_content(TimelineContent())

    def show_all(self) -> None:
        """The axis from the first mini-batch to the live edge."""
        self.axis.show_all()
        self._repaint()

    def _show_value(self) -> None:
        """Say to a screen reader what the playhead says to the eye."""
        blocked = self.blockSignals(True)
        self.setRange(int(self.axis.first), self.last)
        self.setValue(self.last if self.moment is None else self.moment)
        self.blockSignals(blocked)
        if self.moment is None:
            words = tr("Live edge, mini-batch {last}").format(last=f"{self.last:,}")
        else:
            words = tr("Mini-batch {step} of {last}").format(
                step=f"{self.moment:,}", last=f"{self.last:,}"
            )
        self.setAccessibleDescription(words)

    @Slot(int)
    def _on_value(self, value: int) -> None:
        """A screen reader moved the slider."""
        self.seek(None if value >= self.last else self._nearest(value))

    @Slot()
    def _repaint(self) -> None:
        self._picture = None
        self.update()

    def _reveal(self, step: int) -> None:
        if not self.axis.low <= step <= self.axis.high:
            self.axis.reveal(step)
            self._repaint()

    # -- what is wanted -----------------------------------------------------------------------

    def seek(self, step: int | None) -> None:
        """Want a moment; of many wanted within a frame the last counts."""
        if not len(self.content.moments) or (step == self._aimed and not self._pending):
            return
        self._aimed = step
        self.update()
        self._pending = [step]
        if not self._frame.isActive():
            self._on_frame()

    @Slot()
    def _on_frame(self) -> None:
        if self._pending:
            (step,) = self._pending
            self._pending = []
            self._frame.start()
            self.seek_wanted.emit(step)

    def _nearest(self, step: float) -> int:
        """The step nearest to another of which there are weights."""
        moments = self.content.moments
        after = min(int(np.searchsorted(moments, step)), len(moments) - 1)
        near = moments[max(after - 1, 0) : after + 1]
        return int(near[np.argmin(np.abs(near - step))])

    def _at(self, x: float, magnet: bool) -> int | None:
        """The moment below a pixel column, None where that is the live edge."""
        if magnet and (mark := self._mark_at(x)) is not None:
            return self._nearest(mark.step)
        if x >= self.axis.x_of(self.axis.last) - _EDGE:
            return None
        return self._nearest(self.axis.value_at(x))

    def _mark_at(self, x: float) -> TimelineMark | None:
        """The mark within reach of the magnet; of those equally far, the one drawn on top."""
        near = [(abs(at - x), -n) for n, (at, _) in enumerate(self._shown)]
        if not near or min(near)[0] > _MAGNET:
            return None
        return self._shown[-min(near)[1]][1]

    def walk(self, count: int) -> None:
        """So many snapshots further, or back; beyond the last one lies the live edge."""
        moments = self.content.moments
        here = len(moments) if self._aimed is None else int(np.searchsorted(moments, self._aimed))
        if self._aimed is None and len(moments) and moments[-1] >= self.axis.last:
            here -= 1  # the live edge itself was kept: one back is the one before it
        there = max(here + count, 0)
        self.seek(int(moments[there]) if there < len(moments) else None)

    def to_mark(self, forward: bool) -> None:
        """The next mark that lies at another moment, or the one before."""
        if not len(self.content.moments):
            return
        places = sorted({self._nearest(mark.step) for mark in self.content.marks})
        here = self.last + 1 if self._aimed is None else self._aimed
        if forward:
            at = bisect.bisect_right(places, here)
            self.seek(places[at] if at < len(places) else None)
        else:
            at = bisect.bisect_left(places, here) - 1
            self.seek(places[at] if at >= 0 else int(self.content.moments[0]))

    # -- pointer and keys ---------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at what is below the pointer; the middle button takes the axis."""
        if self._reason:
            return
        self._grip = event.button()
        self._pan_from = event.position().x()
        if event.button() is Qt.MouseButton.LeftButton and len(self.content.moments):
            self.seek(self._at(event.position().x(), magnet=True))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub, move the axis, or read what is below the pointer."""
        x = event.position().x()
        if self._reason or not len(self.content.moments):
            return
        if self._grip is Qt.MouseButton.LeftButton:
            self.seek(self._at(x, magnet=False))
        elif self._grip is Qt.MouseButton.MiddleButton:
            self.axis.pan(self._pan_from - x)
            self._pan_from = x
            self._repaint()
        self._read(x)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = Qt.MouseButton.NoButton

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all of a magnified run again; otherwise the second of two quick presses."""
        if self.axis.zoomed:
            self.show_all()
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom the axis at the pointer; sideways, or with Shift, move it."""
        across, up = wheel_turns(event)
        sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if across or sideways:
            self.axis.pan(-(across or up) * _PAN)
        else:
            self.axis.zoom(_ZOOM**up, event.position().x())
        event.accept()
        self._repaint()
        if not self._reason and len(self.content.moments):
            self._read(event.position().x())

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self._leave()

    def hideEvent(self, event: QEvent) -> None:
        """What is not seen says nothing and owes nothing."""
        self._leave()
        self._on_frame()
        self._frame.stop()

    def _leave(self) -> None:
        self._hover = None
        self._bubble.hide()
        self.update()

    def _read(self, x: float) -> None:
        """Say in the bubble what a click here would show."""
        dragging = self._grip is Qt.MouseButton.LeftButton
        mark = None if dragging else self._mark_at(x)
        step = self._at(x, magnet=not dragging)
        self._hover = self.axis.last if step is None else float(step)
        text = describe_moment(self.content, step, self.last, mark)
        self._bubble.say(text, self, self.axis.x_of(self._hover))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left/Right walk over snapshots, Shift ten at once; Home, End; Page keys over marks.

        P or Enter plays, + and − zoom, 0 shows everything.
        """
        held = event.modifiers()
        far = 10 if held & Qt.KeyboardModifier.ShiftModifier else 1
        if self._reason or held & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        match Qt.Key(event.key()):
            case Qt.Key.Key_Left:
                self.walk(-far)
            case Qt.Key.Key_Right:
                self.walk(far)
            case Qt.Key.Key_Home if len(self.content.moments):
                self.seek(int(self.content.moments[0]))
            case Qt.Key.Key_End:
                self.seek(None)
            case Qt.Key.Key_PageUp:
                self.to_mark(forward=False)
            case Qt.Key.Key_PageDown:
                self.to_mark(forward=True)
            case Qt.Key.Key_P | Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.play_wanted.emit()
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._zoom_by_key(_ZOOM)
            case Qt.Key.Key_Minus:
                self._zoom_by_key(1 / _ZOOM)
            case Qt.Key.Key_0:
                self.show_all()
            case _:
                event.ignore()

    def _zoom_by_key(self, factor: float) -> None:
        """Zoom around the playhead."""
        self.axis.zoom(
            factor, self.axis.x_of(self.axis.last if self._aimed is None else self._aimed)
        )
        self._repaint()

    # -- painting -----------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another picture."""
        self.axis.left, self.axis.width = _MARGIN, max(self.width() - 2 * _MARGIN, 1.0)
        self._repaint()

    def changeEvent(self, event: QEvent) -> None:
        """Another font, another picture."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.updateGeometry()
            self._repaint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The kept picture, and on it what moves."""
        painter = QPainter(self)
        theme = themes().theme
        if self._reason:
            painter.setPen(QColor(theme.quiet))
            words = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(12, 0, -12, 0), words, self._reason)
        else:
            ratio = self.devicePixelRatioF()
            if self._picture is None or self._picture.devicePixelRatio() != ratio:
                self._picture, self._shown = render_timeline(
                    self.content, self.axis, self.size(), ratio, theme, self.font()
                )
            painter.drawPixmap(0, 0, self._picture)
            if len(self.content.moments):
                moving = PlayheadState(self._aimed, self._hover, self._relived)
                floor = snapshot_line_y(self.size(), self.font())
                draw_playhead(painter, moving, self.axis, floor, theme)
        focus_ring(painter, self)
