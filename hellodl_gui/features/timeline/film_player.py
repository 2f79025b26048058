"""Film player: plays the moments of a recorded run."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from hellodl_gui.ui.chart.time_axis import TimeAxis

_TICK_MS = 33
_LONGEST = 0.2  # seconds a tick may count: after a hiccup the film goes on where it was


@dataclass(frozen=True)
class PlaybackSpeed:
    """`speed` times as fast as training was, or the whole run in `seconds`."""

    speed: float = 0.0
    seconds: float = 0.0


PACES = (
    *(PlaybackSpeed(seconds=s) for s in (5.0, 10.0, 20.0, 60.0)),
    *(PlaybackSpeed(speed=s) for s in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)),
)
USUAL_PACE = PACES[1]


class FilmPlayer(QObject):
    """Walks through the moments up to the live edge; there it stops, or begins again in a loop.

    With a speed time passes as it did in training. Where the whole run is to take some seconds, the
    playhead crosses the axis evenly, whether that is logarithmic or not.

    Attributes: `playing`, `loop`, `pace`.
    Signals: `moved(object)` a step to be shown, None at the live edge; `changed()` began or ended.
    """

    moved = Signal(object)
    changed = Signal()

    def __init__(self, axis: TimeAxis, clock: Callable[[], float] = time.perf_counter) -> None:
        super().__init__()
        self.loop = False
        self.pace = USUAL_PACE
        self._axis = axis
        self._clock = clock
        self._moments: NDArray[np.int64] = np.empty(0, np.int64)
        self._steps = self._seconds = np.empty(0)
        self._times: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        self._at = 0.0  # the step, with a fraction
        self._shown: int | None = None
        self._then = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)

    @property
    def playing(self) -> bool:
        """Whether the film runs."""
        return self._timer.isActive()

    def set_run(
        self,
        moments: NDArray[np.int64],
        steps: NDArray[np.float64],
        seconds: NDArray[np.float64],
    ) -> None:
        """The moments there are (S,), and when each mini-batch was trained (N,)."""
        self._moments, self._steps, self._seconds = moments, steps, seconds
        self._times = None
        if not len(moments):
            self.stop()

    def set_moment(self, step: int | None) -> None:
        """This is shown. When a person chose it the film goes on from there."""
        if step != self._shown:
            self._shown = step
            self._at = self._axis.last if step is None else float(step)
            if step is None:
                self.stop()

    def toggle(self) -> None:
        """Play or pause; from the live edge it begins at the beginning."""
        if self.playing:
            self.stop()
        elif len(self._moments) > 1:
            if self._shown is None:
                self._rewind()
            self._then = self._clock()
            self._timer.start()
            self.changed.emit()

    def stop(self) -> None:
        """Pause."""
        if self.playing:
            self._timer.stop()
            self.changed.emit()

    def _rewind(self) -> None:
        self._at = float(self._moments[0])
        self._show(int(self._moments[0]))

    @Slot()
    def tick(self) -> None:
        """Time has passed."""
        now = self._clock()
        passed, self._then = min(now - self._then, _LONGEST), now
        self._at = self._later(passed)
        if self._at >= self._axis.last - 1e-6:
            if self.loop:
                self._rewind()
            else:
                self.stop()
                self._show(None)
            return
        due = int(np.searchsorted(self._moments, self._at + 1e-9, side="right")) - 1
        self._show(int(self._moments[max(due, 0)]))

    def _later(self, passed: float) -> float:
        """The step so many seconds after the one that is shown."""
        if self.pace.seconds:
            share = self._axis.share_of(self._at) + passed / self.pace.seconds
            return self._axis.step_of(share) if share < 1 else self._axis.last
        steps, times = self._when()
        if len(steps) < 3:
            return self._axis.last
        there = float(np.interp(self._at, steps, times)) + passed * self.pace.speed
        return float(np.interp(there, times, steps, right=self._axis.last))

    def _when(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Steps, and the seconds of training until each; where the record's clock began anew, as
        in a fork, that counts as no time. The first mini-batch took as long as the second.
        """
        if self._times is None:
            known = np.isfinite(self._seconds)
            steps, seconds = self._steps[known], self._seconds[known]
            took = np.maximum(np.diff(seconds), 0)
            durations = np.concatenate([[0.0], took[:1], took])
            begun = np.concatenate([steps[:1] - 1, steps])
            self._times = begun[: len(durations)], np.cumsum(durations)
        return self._times

    def _show(self, step: int | None) -> None:
        if step != self._shown:
            self._shown = step
            self.moved.emit(step)
