"""Notices that training which should go on does not."""

import time
from collections.abc import Callable

PATIENCE = 30.0
"""Seconds without a mini-batch or a word after which somebody should hear of it."""
_LONGEST_LOOK = 1.0
_SLOW = 3


class StallWatch:
    """`look` is called often, `sign` whenever something came of training."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked = clock()
        self._quiet = 0.0
        self.stalled = False

    def sign(self) -> None:
        """It lives."""
        self._quiet = 0.0

    def look(self, playing: bool, speed: float | None) -> bool:
        """Whether it stalls, or no longer does, since this very look; `stalled` says which.

        `speed`: mini-batches a second it is held back to. The time in which nobody looked, as when
        the computer slept, does not count.
        """
        now = self._clock()
        self._quiet += min(now - self._looked, _LONGEST_LOOK)
        self._looked = now
        patience = PATIENCE if speed is None else max(PATIENCE, _SLOW / speed)
        before, self.stalled = self.stalled, playing and self._quiet > patience
        if not playing:
            self._quiet = 0.0
        return self.stalled is not before
