"""Nearest neighbours of an image in the training set, searched by the worker piece by piece."""

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from core.inspect.features.nearest_neighbors import Metric, NearestNeighbors
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status

_COUNT = 13  # twelve, and the picture itself where it is one of the training set
_IDLE, _BUSY = 0.2, 0.02  # seconds of the training process a piece
_REST, _FRESH = 100, 10_000  # milliseconds between pieces, and between readings, while it trains


class NeighborFinder(QObject):
    """Attributes: `found`, what is known by now, None before the first answer.

    The training set is read again whenever other weights are shown; while training goes on, only
    now and then. Signals: `changed()` there is more to see or to ask for.
    """

    changed = Signal()

    def __init__(self, state: LabState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found: NearestNeighbors | None = None
        self._state = state
        self._picture: NDArray[np.uint8] | None = None
        self._metric: Metric = "cosine"
        self._turn = 0  # answers to older questions are dropped
        self._waiting = False
        self._stale = True
        self._renewed = -np.inf
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.changed)
        state.timeline.weights_changed.connect(self._on_weights)
        state.training.status_changed.connect(self._on_weights)
        state.training.restarted.connect(self.forget)

    def look_at(self, picture: NDArray[np.uint8], metric: Metric) -> None:
        """The neighbours of another picture (28, 28), or by another measure, are wanted."""
        self.forget()
        self._picture, self._metric = picture, metric

    def forget(self, *_: object) -> None:
        """Drop the neighbours found."""
        self._turn += 1
        self._waiting, self._stale, self.found, self._picture = False, True, None, None
        self._timer.stop()
        self.changed.emit()

    def rest(self) -> None:
        """Pause while hidden."""
        self._timer.stop()

    def go_on(self) -> None:
        """Ask for what is missing, if anything is and it is time."""
        state, found = self._state, self.found
        if self._waiting and not state.probes.pending:
            self._waiting = False  # refused, or lost with the process
        if self._picture is None or not state.training.answers or state.timeline.weights is None:
            return
        if self._waiting or self._timer.isActive():
            return
        missing = found is None or found.done < found.total
        playing = state.training.status is Status.PLAYING
        renew = not playing
        if not missing and not self._stale:
            return
        if not missing and playing:
            wait = int(_FRESH - 1000 * (time.perf_counter() - self._renewed))
            if wait > 0:
                self._timer.start(wait)
                return
            renew = True
        if renew:
            self._renewed = time.perf_counter()
        self._waiting = True
        turn = self._turn

        def take(answer: NearestNeighbors) -> None:
            if turn != self._turn:
                return
            self.found, self._waiting = answer, False
            self._stale = not answer.current
            if state.training.status is Status.PLAYING:
                self._timer.start(_REST)
            self.changed.emit()

        question = {
            "picture": self._picture,
            "count": _COUNT,
            "metric": self._metric,
            "seconds": _BUSY if playing else _IDLE,
            "renew": renew,
        }
        state.probes.ask("nearest_neighbors", question, take)

    def _on_weights(self, *_: object) -> None:
        self._stale = True
        if self._state.training.status is not Status.PLAYING:
            self._timer.stop()  # what training was left its time for is over
        self.changed.emit()
