"""Records never fill the disk; what somebody wants, or uses, stays; what goes is said."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.record import retention, trash
from core.record.library import Annotation, Catalog, tag_run
from core.record.models import Parent, RunInfo
from core.record.reader import RecordSummary, summarise_record
from core.record.retention import (
    RetentionReport,
    disk_usage,
    load_keep_last,
    make_room,
    save_keep_last,
)
from core.record.schema import SUFFIX, run_folder
from core.record.use_lock import UseLock, in_use
from tests.core.record.runs import Recorded


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
    assert make_room(tmp_path, most=3000) == RetentionReport()
    cleared = make_room(tmp_path, most=2500)
    assert cleared.erased == (old,)
    assert "1 run was deleted for good: “old”" in cleared.sentence
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {middle.name, new.name, "letter.txt"}


def test_young_ones_are_bounded_too(tmp_path: Path) -> None:
    young = [_record(tmp_path, f"young {number}", 60 - number) for number in range(5)]
    assert make_room(tmp_path, most=2000).erased == tuple(young[:3])


def test_what_is_used_stays_whatever_it_takes_and_however_old(tmp_path: Path) -> None:
    paused, other = _record(tmp_path, "paused", 9e6, size=10**6), _record(tmp_path, "other", 1)
    using = UseLock([paused])
    assert in_use(tmp_path) == {paused.name}
    assert make_room(tmp_path, most=10).erased == (other,)
    using.release()
    assert make_room(tmp_path, most=10).erased == (paused,)


_HOLDER = """
import sys
from pathlib import Path
from core.record.use_lock import UseLock
using = UseLock([Path(sys.argv[1])])
print("held", flush=True)
sys.stdin.readline()
"""


def test_another_process_sees_what_is_used_until_it_dies(tmp_path: Path) -> None:
    path = _record(tmp_path, "theirs", 9e6)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    assert make_room(tmp_path, most=10) == RetentionReport() and path.exists()
    holder.kill()
    holder.communicate()
    assert in_use(tmp_path) == set()
    assert make_room(tmp_path, most=10).erased == (path,)


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Three small runs, the oldest first."""
    paths = []
    for age in (3000, 2000, 1000):
        film = Recorded(tmp_path)
        film.train(2)
        film.recorder.close()
        os.utime(film.path, (time.time() - age,) * 2)
        paths.append(film.path)
    return paths


def _run_id(path: Path) -> str:
    about = summarise_record(path).about
    assert about is not None
    return about.run_id


def test_what_somebody_tagged_or_noted_is_never_deleted(runs: list[Path], tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "runs.json")
    catalog.put(_run_id(runs[0]), Annotation(("talk",)))
    catalog.put(_run_id(runs[1]), Annotation(note="look at this one"))
    assert make_room(tmp_path, most=0, catalog=catalog).erased == (runs[2],)
    assert make_room(tmp_path, most=0, last=1, catalog=catalog) == RetentionReport(kept=1)


def test_a_tag_that_a_study_gave_by_itself_keeps_no_run(runs: list[Path], tmp_path: Path) -> None:
    tag_run(runs[0], "study")
    assert Catalog()[_run_id(runs[0])].tags == ("study",)
    assert make_room(tmp_path, most=0).erased == tuple(runs)


def test_the_run_that_a_tagged_one_branched_off_from_stays(
    runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = summarise_record(runs[2]).about
    assert about is not None
    monkeypatch.setattr(
        retention, "summarise_record", lambda path: _with_parent(path, runs[2], runs[0], about)
    )
    catalog = Catalog(tmp_path / "runs.json")
    catalog.put(about.run_id, Annotation(("talk",)))
    assert make_room(tmp_path, most=0, catalog=catalog).erased == (runs[1],)


def _with_parent(path: Path, child: Path, parent: Path, about: RunInfo) -> RecordSummary:
    if path != child:
        return summarise_record(path)
    return RecordSummary(path, replace(about, parent=Parent("feed", parent.name, 1)))


def test_only_the_last_are_kept_when_somebody_says_so(runs: list[Path], tmp_path: Path) -> None:
    cleared = make_room(tmp_path, last=2)
    assert cleared.put_aside == tuple(runs[:2]) and "moved to the bin" in cleared.sentence
    assert len(trash.deleted_runs(tmp_path)) == 2 and runs[2].exists(), (
        "a place for the one to come"
    )


def test_how_many_to_keep_is_remembered_and_damage_means_all() -> None:
    assert load_keep_last() is None
    save_keep_last(20)
    assert load_keep_last() == 20
    for wrong in (b"", b"[", b"[1]", b'{"last": -3}', b'{"last": true}', b'{"last": 1e99}'):
        (run_folder().parent / "keeping.json").write_bytes(wrong)
        assert load_keep_last() is None
    save_keep_last(None)
    assert load_keep_last() is None


def test_what_everything_takes_is_known(tmp_path: Path) -> None:
    old = _record(tmp_path, "old", 9, size=500)
    (tmp_path / f"{old.name}-wal").write_bytes(bytes(20))
    trash.delete_run(_record(tmp_path, "gone", 9, size=70))
    assert disk_usage(tmp_path) == retention.DiskUsage(1, 520, 1, 70)


def test_what_went_is_said_when_a_run_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = _record(tmp_path, "old", 9e5)
    monkeypatch.setattr("core.record.recorder.make_room", lambda *a, **k: make_room(*a, most=10))
    film = Recorded(tmp_path)
    film.train(2)
    film.recorder.close()
    assert not old.exists() and "deleted for good: “old”" in film.said[0]


def test_what_a_killed_process_left_unfinished_is_removed(tmp_path: Path) -> None:
    left, written = (tmp_path / f".{name}{SUFFIX}.part" for name in "ab")
    left.write_bytes(b"1"), written.write_bytes(b"1")
    using = UseLock([written])
    make_room(tmp_path)
    assert not left.exists() and written.exists()
    using.release()
