"""Initial weights of the open run, read from its record."""

import numpy as np
from numpy.typing import NDArray

from core.inspect.weights.parameter_history import ParameterHistory
from core.record.models import Snapshot
from hellodl_gui.services.run_reader import RunReader, open_record
from hellodl_gui.state.lab import LabState


def _first(history: ParameterHistory) -> Snapshot | None:
    """The oldest snapshot of a run and what it branched off from; None before there is one."""
    moments = history.lineage.moments
    return history.lineage.seek(int(moments[0])) if len(moments) else None


class InitialWeights:
    """Found in the record, off the window's thread, so that it is known after a seek and for a run
    that was opened, too. Without a record it is the first weights that were seen.
    """

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._reader: RunReader[Snapshot | None] = RunReader()
        self._seen: tuple[int, NDArray[np.float32]] | None = None
        state.timeline.record_grew.connect(self._on_grown)
        state.training.restarted.connect(self._on_restart)
        state.timeline.weights_changed.connect(self._on_weights)

    def _on_grown(self) -> None:
        if self._reader.answer is None:
            self._reader.invalidate()

    def _on_restart(self) -> None:
        self._seen = None

    def _on_weights(self) -> None:
        live = self._state.timeline.live_weights
        if self._seen is None and live is not None:
            self._seen = live.step, live.theta.copy()

    def poll(self) -> bool:
        """Ask the record if that was not done; whether there is something else than before."""
        self._reader.ask(open_record(self._state.timeline), _first)
        return self._reader.poll()

    @property
    def pending(self) -> bool:
        """Whether `poll` has something to do before long."""
        return self._reader.pending

    @property
    def weights(self) -> tuple[int, NDArray[np.float32]] | None:
        """The step and θ (P,); None before anything is known.

        The record has its weights in half precision: what was seen live at the start goes first,
        as long as it is compared to live weights.
        """
        found, seen = self._reader.answer, self._seen
        exact = seen is not None and self._state.timeline.moment is None
        if found is None or (exact and seen is not None and seen[0] <= found.step):
            return seen
        return found.step, found.theta

    def close(self) -> None:
        """End the reader's thread."""
        self._reader.close()
