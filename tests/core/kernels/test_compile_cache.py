"""Compiled kernels are kept; whatever is damaged among them is compiled again, never believed."""

import logging
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numba import config, njit
from numba.core import caching

from core.kernels import compile_cache
from core.kernels.numba import unfold


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    _keep_in(tmp_path, monkeypatch)
    monkeypatch.setattr(compile_cache, "_said", set())
    return tmp_path


def _keep_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))
    monkeypatch.setattr(config, "CACHE_DIR", str(folder))  # numba may have looked already


def _start() -> int:
    """A kernel as a new process has it; the number of times it had to be compiled."""
    kernel = njit(cache=True)(unfold._take.py_func)
    row, into = np.arange(6, dtype=np.float32), np.zeros(2, np.float32)
    kernel(row, 1, 2, into, 0, 2)
    assert into.tolist() == [1, 3]
    misses: int = sum(kernel.stats.cache_misses.values())
    return misses


def _files(folder: Path, kind: str) -> list[Path]:
    return list(folder.glob(f"*/*.{kind}"))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _random(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 8)


def _garbage_inside(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 16] = b"\xff" * 16
    path.write_bytes(content)


def _another_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps("0.1") + pickle.dumps((("stamp"), {})))


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


_DAMAGES = [_empty, _half, _random, _garbage_inside, _another_pickle, _folder]


def test_a_kernel_is_compiled_once(folder: Path) -> None:
    assert _start() == 1
    assert _start() == 0


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_damaged_file_is_compiled_again_and_said_once(
    folder: Path, kind: str, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    _start()
    for path in _files(folder, kind):
        damage(path)
    with caplog.at_level(logging.WARNING):
        assert _start() == 1
        assert _start() == 0
    assert len(caplog.records) == 1


def test_machine_code_under_another_name_is_not_believed(folder: Path) -> None:
    _start()
    (code,) = _files(folder, "nbc")
    moved = code.with_name(code.name.replace(".1.", ".2."))
    shutil.copy(code, moved)
    assert compile_cache.SealedFiles(str(code.parent), "", "")._load_data(moved.name) is None
    assert not moved.exists()


def test_a_folder_that_cannot_be_written_to_is_said_once_and_hinders_nothing(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").touch()
    _keep_in(folder / "file" / "inside", monkeypatch)
    with caplog.at_level(logging.WARNING):
        assert _start() == 1
        assert _start() == 1
    assert [record.message for record in caplog.records if "cannot be kept" in record.message] == [
        caplog.records[-1].message
    ]


def test_kernels_can_be_forgotten(folder: Path) -> None:
    _start()
    compile_cache.forget_kernels()
    assert not _files(folder, "nb[ic]")


def test_functions_of_others_are_kept_as_numba_keeps_them() -> None:
    assert (
        type(caching.IndexDataCacheFile("elsewhere", "f", None))
        is compile_cache.SealedFiles.__base__
    )


def test_a_kernel_gives_the_same_bits_just_compiled_and_from_the_cache(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.core.kernels.cold_and_warm"]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    cold, warm = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert len(cold) > 40 and cold == warm
