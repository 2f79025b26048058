"""Moment reader: finds moments of the open run in its record, also while that grows."""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.record.lineage import Lineage
from core.record.models import RunEvent
from core.record.use_lock import UseLock
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Weights
from hellodl_gui.state.timeline import Moment, PageProbe

_REFRESH_EVERY = 0.5
_MOST_EVENTS = 5000


class MomentReader:
    """Answers `Timeline.seek`; `poll` is to be called often and reads the file twice a second."""

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._lineage: Lineage | None = None
        self._using: UseLock | None = None
        self._next_look = 0.0
        self._cut: tuple[str, int] | None = None  # a page of the record,
        self._beside: PageProbe | None = None  # what it was compared with,
        self._same = False  # and whether they are alike
        state.timeline.record_opened.connect(self._open)
        state.timeline.seek_requested.connect(self.seek)
        state.training.restarted.connect(self.close)

    def close(self) -> None:
        """Close the record."""
        if self._lineage is not None:
            self._lineage.close()
            self._lineage = None
        if self._using is not None:
            self._using.release()
            self._using = None

    def _open(self, path: Path, until: int | None) -> None:
        self.close()
        try:
            self._lineage = Lineage(path, until)
            self._using = UseLock(file.path for file, _ in self._lineage.parts)
            self._look()
        except LabError as error:
            self._lose(error)

    def poll(self) -> None:
        """Take in what was recorded since the last call."""
        if self._lineage is None or (now := time.perf_counter()) < self._next_look:
            return
        self._next_look = now + _REFRESH_EVERY
        try:
            if self._lineage.refresh():
                self._look()
        except LabError as error:
            self._lose(error)

    def _look(self) -> None:
        film = self._lineage
        assert film is not None
        self._state.timeline.extend_record(film.moments, film.checkpoints, _fewer(film.events()))

    def seek(self, step: int | None) -> None:
        """Show the recorded moment nearest to a step; with None, what happens now."""
        film, state = self._lineage, self._state
        if step is None or film is None:
            state.timeline.show(None)
            return
        try:
            snapshot = film.seek(step)
            evaluation = film.evaluation(snapshot.step)
            knobs = film.knobs_at(snapshot.step)
            page = self._page(snapshot.step)
        except LabError as error:
            self._lose(error)
            return
        theta = snapshot.theta
        weights = Weights(snapshot.step, theta, np.full_like(theta, np.nan), state.training.layout)
        state.timeline.show(Moment(snapshot.step, weights, evaluation, knobs, page))

    def _page(self, step: int) -> NDArray[np.float32] | None:
        """Predictions for the open page at exactly that step, if recorded for the same glyphs."""
        watched = self._state.timeline.page_probe
        if watched is None or self._lineage is None:
            return None
        file = self._lineage.file(step)
        reading = file.page_reading(watched.key, step)
        if reading is None or reading.step != step:
            return None
        cut = str(file.path), reading.number
        if self._cut != cut or self._beside is not watched:
            page = next(page for page in file.pages() if page.number == reading.number)
            self._cut, self._beside = cut, watched
            self._same = np.array_equal(page.images, watched.images)
        return reading.probabilities if self._same else None

    def beginning(self, step: int) -> tuple[Path, dict[str, float]]:
        """The record file that covers a step, and the knobs that trained it.

        Raises LabError when nothing is recorded, or the record does not reach so far back.
        """
        if self._lineage is None:
            raise LabError("This run is not recorded, so there are no past moments to show.")
        if step < self._lineage.first_step:
            raise LabError(
                f"The record begins at step {self._lineage.first_step:,}; the run that it "
                "branched off from is gone."
            )
        return self._lineage.file(step).path, self._lineage.knobs_at(max(step, 1))

    def _lose(self, error: LabError) -> None:
        """The record cannot be read any more: notify once, and go on without."""
        self.close()
        self._state.timeline.show(None)
        self._state.timeline.clear(self._state.training.metrics)
        self._state.timeline.record_grew.emit()
        self._state.messages.notify("warning", f"The record of this run was lost: {error}")


def _fewer(events: list[RunEvent]) -> tuple[RunEvent, ...]:
    """At most `_MOST_EVENTS` events, evenly thinned."""
    apart = -(-len(events) // _MOST_EVENTS)
    return tuple(events if apart <= 1 else [*events[:-1:apart], events[-1]])
