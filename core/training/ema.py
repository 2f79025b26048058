"""Exponential moving average (EMA) of the weights, used for evaluation."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightsError
from core.kernels.aligned import aligned_zeros
from core.kernels.engine import kernel
from core.nn.arena import Arena
from core.translation import tr


class ExponentialMovingAverage:
    """The exponential moving average of an arena's weights over about the last `over` steps.

    It starts at zero and is bias-corrected (Kingma & Ba 2015), so that it is a true mean from the
    first step on. Buffers, such as the statistics of batch norm, are not averaged.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._mean = aligned_zeros(arena.params.size, arena.params.dtype)
        self._filled = 0.0

    @property
    def empty(self) -> bool:
        """Whether no weights have been added."""
        return self._filled == 0

    def update(self, over: float) -> None:
        """Add the current weights; older ones decay by 1 − 1/`over`. `over` = 1 turns it off."""
        if over > 1:
            keep = 1 - 1 / over
            kernel("ema_update")(self._mean, self._arena.params, keep)
            self._filled = keep * self._filled + (1 - keep)
        elif not self.empty:
            self.reset()

    def weights(self) -> NDArray[Any]:
        """The averaged weights (P,); those of the arena while it is empty. A copy."""
        if self.empty:
            return self._arena.params.copy()
        return self._mean / self._mean.dtype.type(self._filled)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Use the averaged weights in the network inside a `with` block."""
        if self.empty:
            yield
            return
        learnt = self._arena.params
        before = learnt.copy()
        learnt[:] = self.weights()
        try:
            yield
        finally:
            learnt[:] = before

    def reset(self) -> None:
        """Forget all weights."""
        self._mean.fill(0)
        self._filled = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to resume exactly here: the mean (P,), a copy, and its weight."""
        return {"mean": self._mean.copy(), "filled": self._filled}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Resume from a `state_dict()`. Raises WeightsError for another network's."""
        mean = np.asarray(state["mean"])
        if mean.shape != self._mean.shape:
            raise WeightsError(
                tr(
                    "The averaged weights are {size:,} numbers, the network has {mean_size:,}."
                ).format(size=mean.size, mean_size=self._mean.size)
            )
        self._mean[:] = mean
        self._filled = float(state["filled"])
