"""How busy the machine is with other things: what disturbs a measurement must not go unseen."""

import os
import time

from tests.benchmarks.training.processes import Process

QUIET = 0.1
"""So many cores may be busy with other things."""
_LISTEN = 0.2


class Watch:
    """Counts from its creation on what is computed outside the processes that are measured."""

    def __init__(self, own: list[Process]) -> None:
        self._own = own
        self._start = self._now()

    def others(self) -> float:
        """Cores busy with other things since the beginning; 0 where no one counts them."""
        busy, own, clock = (now - then for now, then in zip(self._now(), self._start, strict=True))
        return max(0.0, (busy - own) / clock)

    def _now(self) -> tuple[float, float, float]:
        own = sum(process.ask("processor_time") for process in self._own)
        return _busy_seconds(), own, time.perf_counter()


def wait_for_quiet(own: list[Process], most: float) -> float:
    """Sleep until the machine has little else to do, for `most` seconds; returns what is left."""
    end = time.perf_counter() + most
    while time.perf_counter() < end:
        watch = Watch(own)
        time.sleep(_LISTEN)
        if watch.others() <= QUIET:
            break
    return max(0.0, end - time.perf_counter())


def _busy_seconds() -> float:
    """Seconds that all cores together were busy or lent to another machine; 0 if not told."""
    try:
        with open("/proc/stat", encoding="ascii") as lines:
            user, nice, system, _, _, irq, soft, stolen = map(int, next(lines).split()[1:9])
    except OSError:
        return 0.0
    return (user + nice + system + irq + soft + stolen) / os.sysconf("SC_CLK_TCK")
