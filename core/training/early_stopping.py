"""Early stopping: stop when the validation loss no longer falls, and restore the best weights."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightsError
from core.nn.arena import Arena
from core.translation import tr


class EarlyStopping:
    """Keeps the weights with the lowest validation loss, buffers included.

    Stops once, after `patience` validations in a row without a lower loss. If training continues
    anyway, it does not stop again until the patience changes.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._best: NDArray[Any] | None = None
        self._patience = 0
        self._armed = True
        self.best_loss = math.inf
        self.best_step = 0
        self.waited = 0

    def update(self, loss: float, step: int, patience: int) -> bool:
        """Record one validation loss. True when training should stop; patience 0 never stops."""
        if patience != self._patience:
            self._patience, self._armed, self.waited = patience, True, 0
        if not (patience and self._armed):
            return False
        if loss < self.best_loss:
            self.best_loss, self.best_step, self.waited = loss, step, 0
            self._best = self._arena.theta.copy()
            return False
        self.waited += 1
        self._armed = self.waited < patience
        return not self._armed

    def restore(self) -> None:
        """Restore the best weights, if there are any."""
        if self._best is not None:
            self._arena.theta[:] = self._best

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to resume exactly here; copies."""
        return {
            "best": None if self._best is None else self._best.copy(),
            "best_loss": self.best_loss,
            "best_step": self.best_step,
            "waited": self.waited,
            "patience": self._patience,
            "armed": self._armed,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Resume from a `state_dict()`. Raises WeightsError for another network's."""
        best = None if state["best"] is None else np.array(state["best"])
        if best is not None and best.shape != self._arena.theta.shape:
            raise WeightsError(
                tr("The best weights are {size:,} numbers, the network has {theta_size:,}.").format(
                    size=best.size, theta_size=self._arena.theta.size
                )
            )
        self._best = best
        self.best_loss = float(state["best_loss"])
        self.best_step = int(state["best_step"])
        self.waited = int(state["waited"])
        self._patience = int(state["patience"])
        self._armed = bool(state["armed"])
