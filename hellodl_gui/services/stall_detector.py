"""Stall detector: notices when training that should run makes no progress."""

import time
from collections.abc import Callable

PATIENCE = 30.0
"""Seconds without a mini-batch or an event after which training counts as stalled."""
_LONGEST_INTERVAL = 1.0
_SLOW = 3


class StallDetector:
    """`look` is called often, `sign` whenever something came of training."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._updated = clock()
        self._quiet = 0.0
        self.stalled = False

    def reset(self) -> None:
        """There was progress."""
        self._quiet = 0.0

    def update(self, playing: bool, speed: float | None) -> bool:
        """Whether `stalled` changed with this call.

        `speed`: limit in mini-batches a second, None for full speed. Time in which `update` was
        not called, as when the computer slept, does not count.
        """
        now = self._clock()
        self._quiet += min(now - self._updated, _LONGEST_INTERVAL)
        self._updated = now
        patience = PATIENCE if speed is None else max(PATIENCE, _SLOW / speed)
        before, self.stalled = self.stalled, playing and self._quiet > patience
        if not playing:
            self._quiet = 0.0
        return self.stalled is not before
