"""So that records of runs never fill the disk: the oldest make room for the newest."""

import contextlib
import time
from pathlib import Path

from core.record.schema import SUFFIX

MOST_BYTES = 2 * 2**30
"""What all records together may take before a new one begins."""

_IN_USE = 3600.0  # seconds: what was written so lately may still be written


def make_room(folder: Path, most: int = MOST_BYTES) -> list[Path]:
    """Delete the oldest records until the rest takes at most `most` bytes; which were deleted.

    One that was written within the last hour stays, and one that cannot be deleted too.
    """
    records = {path: path.stat() for path in folder.glob(f"*{SUFFIX}")}
    taken = sum(about.st_size for about in records.values())
    deleted = []
    for path, about in sorted(records.items(), key=lambda pair: pair[1].st_mtime):
        if taken <= most or time.time() - about.st_mtime < _IN_USE:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            deleted.append(path)
            taken -= about.st_size
            for companion in (f"{path}-wal", f"{path}-shm"):
                Path(companion).unlink(missing_ok=True)
    return deleted
