"""Nearest neighbours of an image in the training set, searched by the worker piece by piece."""

import time

import numpy as np
from numpy.typing import NDArray

from core.inspect.features.nearest_neighbors import Metric, NearestNeighbors
from hellodl_gui.state.models import Status
from hellodl_gui.ui.panel import Panel
from hellodl_gui.ui.probe_schedule import ProbeSchedule

_COUNT = 13  # twelve, and the picture itself where it is one of the training set
_IDLE, _BUSY = 0.2, 0.02  # seconds of the training process a piece
_REST, _FRESH = 0.1, 10.0  # seconds between pieces, and between readings, while it trains


class NeighborFinder:
    """Attributes: `found`, what is known by now, None before the first answer.

    The training set is read again whenever other weights are shown; while training goes on, only
    now and then.
    """

    def __init__(self, panel: Panel) -> None:
        self.found: NearestNeighbors | None = None
        self._state = state = panel.state
        self._question: dict[str, object] | None = None
        self._schedule = ProbeSchedule(panel, "nearest_neighbors", _REST)
        self._renewed = -np.inf
        state.timeline.weights_changed.connect(self._schedule.ask_again)
        state.training.status_changed.connect(self._schedule.ask_again)
        state.training.restarted.connect(self._forget)

    def look_at(self, picture: NDArray[np.uint8], metric: Metric) -> None:
        """The neighbours of another picture (28, 28), or by another measure, are wanted."""
        self._forget()
        self._question = {"picture": picture, "count": _COUNT, "metric": metric}

    def _forget(self) -> None:
        self.found = self._question = None
        self._schedule.renew()

    def go_on(self) -> None:
        """Ask for what is missing, if anything is and it is time."""
        found, playing = self.found, self._state.training.status is Status.PLAYING
        whole = found is not None and found.done >= found.total
        fresh = time.perf_counter() - self._renewed < _FRESH
        if self._question is None or self._state.timeline.weights is None:
            return
        if whole and playing and fresh:
            return
        renew = whole or not playing

        def take(answer: NearestNeighbors) -> None:
            self.found = answer
            if renew:
                self._renewed = time.perf_counter()
            self._schedule.due |= answer.done < answer.total or not answer.current

        seconds = _BUSY if playing else _IDLE
        self._schedule.poll({**self._question, "seconds": seconds, "renew": renew}, take)
