"""A deleted run can be restored; what lies aside goes before anything that does not."""

import os
import time
from pathlib import Path

import pytest

from core.errors import RecordError
from core.record import trash
from core.record.reader import RunFile, list_runs
from core.record.retention import RetentionReport, make_room
from core.record.schema import SUFFIX
from core.record.use_lock import UseLock
from tests.core.record.runs import Recorded


def _record(folder: Path, name: str, age: float, size: int = 1000) -> Path:
    path = folder / f"{name}{SUFFIX}"
    path.write_bytes(bytes(size))
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_a_deleted_run_is_gone_from_the_list_and_whole_again_when_restored(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(5)
    film.recorder._release()  # as a process that is gone
    before = film.path.read_bytes(), Path(f"{film.path}-wal").read_bytes()
    moved = trash.delete_run(film.path)  # with what was not yet taken over into the file itself
    assert list_runs(tmp_path) == [] and trash.deleted_runs(tmp_path) == [moved]
    assert [path.name for path in tmp_path.iterdir()] == ["deleted"]
    back = trash.restore_run(moved)
    assert back == film.path and trash.deleted_runs(tmp_path) == []
    assert (back.read_bytes(), Path(f"{back}-wal").read_bytes()) == before
    with RunFile(back) as read:
        assert read.last_step == 5
    film.recorder.close()


def test_what_cannot_be_moved_is_a_sentence_and_stays(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="absent"):
        trash.delete_run(tmp_path / f"absent{SUFFIX}")
    moved = trash.delete_run(_record(tmp_path, "a", 0))
    again = _record(tmp_path, "a", 0)
    (tmp_path / f"{again.name}-wal").write_bytes(b"1")
    for move, path in ((trash.delete_run, again), (trash.restore_run, moved)):
        with pytest.raises(RecordError, match="of this name"):
            move(path)
    assert moved.exists() and again.exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "deleted").write_text("not a folder")
    path = _record(other, "b", 0)
    with pytest.raises(RecordError, match="cannot be moved"):
        trash.delete_run(path)
    assert path.exists()


def test_the_last_one_deleted_comes_first_and_old_ones_go(tmp_path: Path) -> None:
    first, second = (trash.delete_run(_record(tmp_path, name, 9e6)) for name in "ab")
    os.utime(first, (time.time() - 3600,) * 2)
    assert trash.deleted_runs(tmp_path) == [second, first]
    assert trash.empty_trash(tmp_path) == []
    Path(f"{first}-wal").write_bytes(b"1")
    assert trash.empty_trash(tmp_path, older_than=1800) == [first]
    assert [path.name for path in trash.trash_folder(tmp_path).iterdir()] == [second.name]


def test_deleted_runs_make_room_before_any_other_even_lately_deleted_ones(tmp_path: Path) -> None:
    old = _record(tmp_path, "old", 9e5)
    one, two = (trash.delete_run(_record(tmp_path, name, 0)) for name in "xy")
    os.utime(one, (time.time() - 60,) * 2)
    assert make_room(tmp_path, most=3000) == RetentionReport()
    assert make_room(tmp_path, most=2500).emptied == (one,)
    last = make_room(tmp_path, most=500)
    assert (last.emptied, last.erased) == ((two,), (old,))
    expired = trash.delete_run(_record(tmp_path, "z", 0))
    os.utime(expired, (time.time() - 1e7,) * 2)
    assert make_room(tmp_path).emptied == (expired,)


def test_a_run_that_is_recorded_or_open_elsewhere_is_not_deleted(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(5)
    with pytest.raises(RecordError, match="is being recorded"):
        trash.delete_run(film.path)
    assert film.path.exists()
    film.recorder.close()
    watching = UseLock([film.path])
    with pytest.raises(RecordError, match="open in a window"):
        trash.delete_run(film.path)
    watching.release()
    assert trash.delete_run(film.path).exists()
