"""Panel: base class of all panels, and the scheduler that redraws those that changed."""

import time
from collections import deque
from collections.abc import Callable
from typing import ClassVar

import psygnal
from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, SignalInstance, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from core.chapters.capabilities import Capabilities
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.layout.boxes import Margins, Part, vbox_widget
from hellodl_gui.ui.layout.fallback import fill
from hellodl_gui.ui.layout.refusal_cover import RefusalCover
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel_needs import refusal

_TICK_MS = 16
_BUDGET = 0.006
_FLUSH_MS, _FLUSHES = 1, 40
_KEPT = 8192
_FOLLOW_MS = 100


class Panel(QWidget):
    """The content of one dock.

    A subclass has a `key`, a `title` and its `help`, a tool tip. It gives its parts to `fill`,
    calls `mark_dirty` when its state changed, and draws in `refresh`, which the scheduler calls at
    most every `min_interval` seconds and only while the panel is visible. An expensive panel
    redraws in `partial_redraws` steps: each call draws one part and marks the panel dirty for the
    next.

    `needs` are the capabilities of a chapter without which there is nothing to show: `refresh` is
    called only where all are there, and a sentence stands in the panel's place elsewhere.
    """

    key = title = help = ""
    needs: ClassVar[Capabilities] = frozenset()
    min_interval = 1 / 30
    partial_redraws = 1

    def __init__(self, state: LabState) -> None:
        super().__init__()
        self.title = tr(self.title)
        self.setToolTip(tr(self.help))
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.state = state
        self.dirty = True
        self.last_drawn = 0.0
        self.cost = 0.0
        self._timers: list[QTimer] = []
        self._refused: RefusalCover | None = None
        self.redraw_on(state.training.restarted, state.training.chapter_changed)
        self._moving_on = self.single_shot(self.mark_dirty, _FOLLOW_MS)

    def fill(self, *parts: Part, margins: Margins = (0, 0, 0, 0), spacing: int = -1) -> None:
        """Show these parts below each other, or what `self._fallback` explains in their place."""
        self._fallback = fill(self, vbox_widget(*parts, margins=margins, spacing=spacing))

    @property
    def refusal(self) -> str:
        """Why there is nothing to show of the open chapter; empty where there is."""
        training = self.state.training
        return refusal(self.title, self.needs, tr(training.chapter.title), training.capabilities)

    def each_run(self, begin: Callable[[], object]) -> None:
        """Call `begin()` now, and with every run, wherever the chapter has what is needed."""

        def act(*_: object) -> None:
            if not self.refusal:
                begin()

        for signal in (self.state.training.restarted, self.state.training.chapter_changed):
            signal.connect(act)
        act()

    def redraw_on(self, *signals: psygnal.SignalInstance | SignalInstance) -> None:
        """Redraw whenever one of these is emitted."""
        for signal in signals:
            signal.connect(self.mark_dirty)

    def single_shot(self, act: Callable[[], object], milliseconds: int = 0) -> QTimer:
        """A timer that calls `act` once each time it is started; it does not run while hidden."""
        timer = QTimer(self, singleShot=True, interval=milliseconds)
        timer.timeout.connect(act)
        self._timers.append(timer)
        return timer

    def follow(self) -> None:
        """Other weights: another moment is shown at once, training a tenth of a second later."""
        if self.state.timeline.moment is not None or not self.isVisible():
            self.mark_dirty()
        elif not self._moving_on.isActive():
            self._moving_on.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """No requests while hidden; what was waited for is due when it is shown again."""
        super().hideEvent(event)
        for timer in self._timers:
            if timer.isActive():
                timer.stop()
                self.mark_dirty()

    def mark_dirty(self, *_: object) -> None:
        """The panel must be redrawn."""
        self.dirty = True

    def refresh(self) -> None:
        """Draw the current state."""

    def event(self, event: QEvent) -> bool:
        """No tool tips: F1 shows the help, and a tip would cover what is pointed at."""
        if event.type() == QEvent.Type.ToolTip:
            return True
        return super().event(event)

    def minimumSizeHint(self) -> QSize:
        """Nothing while it is behind another tab."""
        return QSize() if self.isHidden() else super().minimumSizeHint()

    def numbers(self) -> NumberTable | None:
        """What is shown as a table of numbers; None if it has none."""
        return None

    def close_down(self) -> None:
        """Stop background work; called when the window closes."""

    def _applies(self) -> bool:
        """Whether the chapter has what is needed; if not, that is said instead."""
        sentence = self.refusal
        if sentence and self._refused is None:
            self._refused = RefusalCover(self)
        elif not sentence and self._refused is not None:
            self._refused.lift()
            self._refused = None
        if self._refused is not None:
            self._refused.setText(sentence)
        return not sentence

    def draw(self, now: float) -> None:
        """Refresh, and note when that was and how long it took (seconds)."""
        self.dirty = False
        self.last_drawn = now
        if self._applies():
            self.refresh()
        self.cost = time.perf_counter() - now


class RefreshScheduler(QObject):
    """Timer at 60 Hz: polls the training process, then redraws dirty panels, the oldest first.

    A tick that has used up its time budget leaves the other panels to the next one.
    Attributes: `ticks`, the times (s) of the last ticks.
    """

    def __init__(self, poll: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ticks: deque[float] = deque(maxlen=_KEPT)
        self._poll = poll
        self._panels: list[Panel] = []
        self._flushes_left = 0
        self._flush_timer = QTimer(self)
        self._flush_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._flush_timer.setInterval(_FLUSH_MS)
        self._flush_timer.timeout.connect(self._flush)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Start the timer."""
        self._timer.start()

    def stop(self) -> None:
        """Stop the timer."""
        self._timer.stop()
        self._flush_timer.stop()

    def flush_soon(self, *_: object) -> None:
        """Redraw everything dirty now and every millisecond for a while, as after a seek."""
        self._flushes_left = _FLUSHES
        if self._timer.isActive():
            self._flush_timer.start()
            QTimer.singleShot(0, self, self._flush)  # after all listeners ran

    @Slot()
    def _flush(self) -> None:
        self._poll()
        for panel in self._panels:
            now = time.perf_counter()
            if panel.dirty and panel.isVisible() and now - panel.last_drawn >= _TICK_MS / 1000:
                panel.draw(now)
        self._flushes_left -= 1
        if not self._flushes_left:
            self._flush_timer.stop()

    def draw_all(self) -> None:
        """Redraw all dirty visible panels now, for a screenshot."""
        for panel in self._panels:
            for _ in range(panel.partial_redraws):
                if panel.dirty and panel.isVisible():
                    panel.draw(time.perf_counter())

    def add(self, panel: Panel) -> None:
        """Keep this panel redrawn."""
        self._panels.append(panel)

    @Slot()
    def tick(self) -> None:
        """One tick."""
        began = time.perf_counter()
        self.ticks.append(began)
        self._poll()
        due = [
            panel
            for panel in self._panels
            if panel.dirty and panel.isVisible() and began - panel.last_drawn >= panel.min_interval
        ]
        due.sort(key=lambda panel: panel.last_drawn)
        for panel in due:
            now = time.perf_counter()
            if now - began > _BUDGET:
                break
            panel.draw(now)
