"""So that records of runs never fill the disk: the oldest make room for the newest."""

import contextlib
import time
from pathlib import Path

from core.record import trash
from core.record.schema import SUFFIX

MOST_BYTES = 2 * 2**30
"""What all records together may take before a new one begins, deleted ones included."""

_IN_USE = 3600.0  # seconds: what was written so lately may still be written


def make_room(folder: Path, most: int = MOST_BYTES) -> list[Path]:
    """Delete records for good until the rest takes at most `most` bytes; which they were.

    First go deleted ones: those whose time is over in any case, then those deleted longest ago;
    after them the oldest records. A record that was written within the last hour stays, and one
    that cannot be deleted too.
    """
    gone = trash.empty(folder)
    waiting = trash.deleted(folder)[::-1]
    sizes: dict[Path, int] = {}
    times: dict[Path, float] = {}
    for path in (*waiting, *folder.glob(f"*{SUFFIX}")):
        with contextlib.suppress(OSError):
            about = path.stat()
            sizes[path], times[path] = about.st_size, about.st_mtime
    records = sorted((path for path in sizes if path not in waiting), key=times.__getitem__)
    taken = sum(sizes.values())
    for path in (*waiting, *records):
        if taken <= most:
            break
        if path not in sizes or (path in records and time.time() - times[path] < _IN_USE):
            continue
        if trash.erase(path):
            gone.append(path)
            taken -= sizes[path]
    return gone
