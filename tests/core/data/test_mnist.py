"""MNIST on board: complete, and decoded again whenever its copy in the cache is no good."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.data import mnist as module
from core.data.mnist import mnist

_NAME = "t10k-labels-idx1-ubyte"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELLODL_HOME", str(tmp_path))
    return tmp_path / "cache"


def _copy(cache: Path) -> Path:
    (copy,) = cache.glob(f"{_NAME}*.npy")
    return copy


def test_mnist_is_whole() -> None:
    train, test = mnist()
    assert train.images.shape == (60_000, 28, 28)
    assert test.images.shape == (10_000, 28, 28)
    assert train.classes == tuple("0123456789")
    assert np.bincount(train.labels).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert int(test.labels[0]) == 7


def test_the_first_start_decodes_and_the_second_maps(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = module._array(_NAME)
    assert not first.flags.writeable

    def never(*_: object) -> None:
        raise AssertionError("decoded twice")

    monkeypatch.setattr(module, "read_idx", never)
    second = module._array(_NAME)
    assert isinstance(second, np.memmap)
    assert np.array_equal(first, second)


def _empty(copy: Path) -> None:
    copy.write_bytes(b"")


def _cut(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:5_000])


def _text(copy: Path) -> None:
    copy.write_text("not an array")


def _other_shape(copy: Path) -> None:
    np.save(copy, np.zeros(7, np.uint8))


def _other_type(copy: Path) -> None:
    np.save(copy, np.zeros(10_000, np.float32))


def _folder(copy: Path) -> None:
    copy.unlink()
    copy.mkdir()


def _one_label(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[-5_000] ^= 1
    copy.write_bytes(content)


def _pipe(copy: Path) -> None:
    copy.unlink()
    os.mkfifo(copy)


@pytest.mark.parametrize(
    "damage", [_empty, _cut, _text, _other_shape, _other_type, _one_label, _folder, _pipe]
)
def test_a_damaged_copy_is_replaced_and_said_in_one_line(
    cache: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    whole = hashlib.md5(module._array(_NAME)).hexdigest()
    damage(_copy(cache))
    for _ in range(2):
        again = module._array(_NAME)
        assert isinstance(again, np.memmap)
        assert hashlib.md5(again).hexdigest() == whole
    assert len(caplog.records) == 1


def test_a_full_disk_leaves_the_digits_in_memory(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_atomic", full)
    assert module._array(_NAME).shape == (10_000,)
    assert not list(cache.glob("*.npy"))


def test_a_cache_that_cannot_be_made_leaves_the_digits_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HELLODL_HOME", str(tmp_path / "file"))
    assert module._array(_NAME).shape == (10_000,)
