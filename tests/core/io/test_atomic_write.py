"""Files are replaced whole, with the permissions they should have."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.data.handwriting import HandwritingFile
from core.io import atomic_write
from core.io.atomic_write import write_atomic
from core.record.library import Annotation, Catalog
from core.record.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such permissions")


@pytest.fixture(params=[0o022, 0o002, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_file_has_the_permissions_that_the_person_wants_of_files(
    tmp_path: Path, umask: int
) -> None:
    write_atomic(tmp_path / "page.hdlpage", b"page")
    assert _mode(tmp_path / "page.hdlpage") == 0o666 & ~umask


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "page.hdlpage"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomic(path, b"new")
    assert (path.read_bytes(), _mode(path)) == (b"new", 0o640)


def test_what_is_kept_of_a_person_is_for_nobody_else(tmp_path: Path, umask: int) -> None:
    hand = HandwritingFile(tmp_path / "handwriting.npz")
    hand.add(np.zeros((28, 28), np.uint8), "a", "drawn")
    Catalog(tmp_path / "runs.json").put("run", Annotation(note="mine"))
    store = Store(tmp_path / "run.sqlite3")
    store.add_step((1.0,) * 7, {"accuracy": 0.5})
    store.commit()
    files = [path for path in tmp_path.iterdir() if path.stat().st_size]  # no locks
    assert len(files) >= 3
    assert {_mode(path) for path in files} == {0o600}
    store.close()


def test_a_name_as_long_as_names_may_be_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250 + ".csv")
    write_atomic(path, b"1,2")
    assert path.read_bytes() == b"1,2"


def test_a_failed_write_leaves_the_old_file_and_nothing_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.hdlpage"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_write.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"new")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]
