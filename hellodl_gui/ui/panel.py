"""What all panels share: they redraw when something changed and somebody can see it."""

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QWidget

from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.number_export import Numbers

_TICK_MS = 16
_BUDGET = 0.006
_HURRY_MS, _HURRIES = 1, 40
_KEPT = 8192


class Panel(QWidget):
    """The content of one dock.

    A subclass sets `title`, `key` and its help as a tool tip; it calls `mark_dirty` when what it
    shows has changed, and draws in `refresh`, which the clock calls at most every `pace` seconds
    and only while it is visible. What is dear is drawn in so many `parts`: each call draws one and
    marks the panel for the next.
    """

    key = ""
    pace = 1 / 30
    parts = 1
    title = ""

    def __init__(self, state: LabState) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.state = state
        self.dirty = True
        self.drawn_at = 0.0
        self.cost = 0.0

    def mark_dirty(self, *_: object) -> None:
        """What is shown is out of date."""
        self.dirty = True

    def refresh(self) -> None:
        """Draw the state as it is."""

    def event(self, event: QEvent) -> bool:
        """What the panel is for is said by F1: a tip would lie over what is pointed at."""
        if event.type() == QEvent.Type.ToolTip:
            return True
        return super().event(event)

    def minimumSizeHint(self) -> QSize:
        """Nothing while it is behind another tab."""
        return QSize() if self.isHidden() else super().minimumSizeHint()

    def numbers(self) -> Numbers | None:
        """What is shown as a table of numbers, None where there is none."""
        return None

    def close_down(self) -> None:
        """Stop what is going on in the background; for the end."""

    def draw(self, now: float) -> None:
        """Refresh, and remember when and how long it took (seconds)."""
        self.dirty = False
        self.drawn_at = now
        self.refresh()
        self.cost = time.perf_counter() - now


class Clock(QObject):
    """Sixty times a second: poll the training process, then redraw what needs it most.

    Redraws are spread over the ticks: once a tick has used up its time, the rest waits.
    Attributes: `ticks`, the last times (s) at which the clock ticked.
    """

    def __init__(self, poll: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ticks: deque[float] = deque(maxlen=_KEPT)
        self._poll = poll
        self._panels: list[Panel] = []
        self._hurries = 0
        self._hurrying = QTimer(self)
        self._hurrying.setTimerType(Qt.TimerType.PreciseTimer)
        self._hurrying.setInterval(_HURRY_MS)
        self._hurrying.timeout.connect(self._hasten)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin to tick."""
        self._timer.start()

    def stop(self) -> None:
        """Stand still."""
        self._timer.stop()
        self._hurrying.stop()

    def hurry(self, *_: object) -> None:
        """Another moment is wanted: draw all of it now, and what is asked for as it comes in."""
        self._hurries = _HURRIES
        if self._timer.isActive():
            self._hurrying.start()
            QTimer.singleShot(0, self, self._hasten)  # once everybody has heard of it

    @Slot()
    def _hasten(self) -> None:
        self._poll()
        for panel in self._panels:
            now = time.perf_counter()
            if panel.dirty and panel.isVisible() and now - panel.drawn_at >= _TICK_MS / 1000:
                panel.draw(now)
        self._hurries -= 1
        if not self._hurries:
            self._hurrying.stop()

    def draw_all(self) -> None:
        """Draw at once what is out of date and can be seen: for a picture of it."""
        for panel in self._panels:
            for _ in range(panel.parts):
                if panel.dirty and panel.isVisible():
                    panel.draw(time.perf_counter())

    def add(self, panel: Panel) -> None:
        """Keep this panel up to date."""
        self._panels.append(panel)

    @Slot()
    def tick(self) -> None:
        """One round."""
        began = time.perf_counter()
        self.ticks.append(began)
        self._poll()
        due = [
            panel
            for panel in self._panels
            if panel.dirty and panel.isVisible() and began - panel.drawn_at >= panel.pace
        ]
        due.sort(key=lambda panel: panel.drawn_at)
        for panel in due:
            now = time.perf_counter()
            if now - began > _BUDGET:
                break
            panel.draw(now)
