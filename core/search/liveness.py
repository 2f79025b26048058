"""Liveness of the processes of a study, without comparing the clocks of two machines.

A process that trains counts up a number in the study now and then. Whoever looks on sees it change
on a clock of its own. On the same machine a lock says it at once: it ends with the process.
"""

import platform
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

LOST_AFTER = 60.0
"""Seconds without a change, on the clock of who looks on, after which a process counts as gone."""


class LivenessLock:
    """This process's own sign of life, beside the study at `path`. `release` when it leaves."""

    def __init__(self, path: Path) -> None:
        self.card: dict[str, Any] = {"machine": platform.node()}
        token = uuid.uuid4().hex[:16]
        self._lock = FileLock(_place(path, token))
        with suppress(OSError, NotImplementedError):
            self._lock.acquire(timeout=0)
            self.card["token"] = token

    def release(self) -> None:
        """Nobody is here any more."""
        with suppress(OSError):
            Path(self._lock.lock_file).unlink(missing_ok=True)
        with suppress(OSError):
            self._lock.release()


class LivenessMonitor:
    """Looks on how the others fare, from the moment on in which it first saw each of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: dict[int, tuple[Any, float]] = {}

    def is_lost(self, number: int, card: dict[str, Any]) -> bool:
        """Whether nobody trains run `number` any more, who wrote `card`: alive, machine, token."""
        if card.get("machine") == platform.node() and self._is_free(str(card.get("token", ""))):
            return True
        alive, now = card.get("alive"), time.monotonic()
        before, since = self._seen.get(number, (None, now))
        if number not in self._seen or before != alive:
            self._seen[number] = alive, now
            return False
        return now - since > LOST_AFTER

    def _is_free(self, token: str) -> bool:
        """Whether a process of this machine left its lock behind. A missing one says nothing."""
        place = _place(self._path, token)
        if not token.isalnum() or not place.exists():
            return False
        lock = FileLock(place)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError, NotImplementedError):
            return False
        with suppress(OSError):
            place.unlink(missing_ok=True)
        lock.release()
        return True


def _place(path: Path, token: str) -> Path:
    return path.with_name(f".{path.name}.{token}.alive")
