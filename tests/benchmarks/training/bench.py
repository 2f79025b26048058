"""What is asked of a contender in its process."""

import gc
import time
import tracemalloc

from tests.benchmarks.training.contenders import Weights, make
from tests.benchmarks.training.memory import peak_memory
from tests.benchmarks.training.setups import Setup

_TELLING = 100
"""The rate is so many times larger while the first steps are compared: they must go somewhere."""


class Bench:
    """Answers questions about one contender."""

    def __init__(self, side: str, setup: Setup) -> None:
        self._contender = make(side, setup)
        self._batches = self._contender.batches_at_once

    def weights(self) -> Weights:
        """All parameters by name."""
        return self._contender.weights()

    def first_steps(self, weights: Weights, steps: int) -> tuple[list[float], Weights]:
        """Begin at these parameters: the losses of so many steps, and where they lead."""
        contender = self._contender
        contender.load(weights)
        contender.lr *= _TELLING
        losses = contender.losses(steps)
        contender.lr /= _TELLING
        return losses, contender.weights()

    def processor_time(self) -> float:
        """Seconds that this process computed so far, on all cores together."""
        return time.process_time()

    def turn(self, seconds: float) -> list[float]:
        """Seconds for single batches, for about so long; the two first steps are not told."""
        step = self._contender.step
        clock = time.perf_counter
        times: list[float] = []
        end = clock() + seconds
        while len(times) < 5 or clock() < end:
            began = clock()
            step()
            times.append(clock() - began)
        return [one / self._batches for one in times[2:]]

    def memory(self, steps: int) -> tuple[int, int] | None:
        """Largest size of the process after so many steps and right after its imports, in bytes."""
        self._take(steps)
        peak, imports = peak_memory(), self._contender.memory_of_imports
        return None if peak is None or imports is None else (peak, imports)

    def growth(self, steps: int) -> tuple[float, float]:
        """Bytes a step leaves behind in Python and numpy, and by which the process grows."""
        self._take(steps // 4)
        size = peak_memory() or 0
        self._take(steps)
        grown = (peak_memory() or 0) - size
        tracemalloc.start()
        self._take(steps // 4)
        before = tracemalloc.get_traced_memory()[0]
        self._take(steps)
        kept = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        return kept / steps, grown / steps

    def _take(self, steps: int) -> None:
        for _ in range(steps):
            self._contender.step()
        gc.collect()
