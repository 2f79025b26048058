"""Records never fill the disk, and what may still be written is never deleted."""

import os
import time
from pathlib import Path

from core.record.keeping import make_room
from core.record.schema import SUFFIX


def _record(folder: Path, name: str, age: float, size: int = 1000) -> Path:
    path = folder / f"{name}{SUFFIX}"
    path.write_bytes(bytes(size))
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def test_the_oldest_make_room_with_what_belongs_to_them(tmp_path: Path) -> None:
    old = _record(tmp_path, "old", 9e5)
    (tmp_path / f"{old.name}-wal").write_bytes(b"")
    middle, new = _record(tmp_path, "middle", 8e5), _record(tmp_path, "new", 7e5)
    (tmp_path / "letter.txt").write_text("not a record")
    assert make_room(tmp_path, most=3000) == []
    assert make_room(tmp_path, most=2500) == [old]
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {middle.name, new.name, "letter.txt"}


def test_what_was_written_lately_stays_whatever_it_takes(tmp_path: Path) -> None:
    old, now = _record(tmp_path, "old", 9e5), _record(tmp_path, "now", 60, size=10**6)
    assert make_room(tmp_path, most=10) == [old]
    assert now.exists()
