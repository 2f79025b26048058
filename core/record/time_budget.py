"""So that recording costs little by itself: what may be spent grows with training."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class TimeBudget:
    """A share of training time, and `advance` seconds at once."""

    def __init__(self, share: float, advance: float) -> None:
        self._share = share
        self._advance = advance
        self.spent = 0.0

    def affords(self, trained: float) -> bool:
        """Whether something may be done after so many seconds of training."""
        return self.spent <= self._share * trained + self._advance

    @contextmanager
    def spending(self) -> Iterator[None]:
        """What happens in a `with` block is paid for."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.spent += time.perf_counter() - began
