"""The idx reader: what it reads, and a sentence for every kind of damaged file."""

import gzip
import hashlib
import re
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from core.data.idx import read_idx
from core.errors import DataError

_LABELS = bytes([3, 1, 4, 1, 5])


def _header(*lengths: int, kind: int = 8) -> bytes:
    return bytes([0, 0, kind, len(lengths)]) + struct.pack(f">{len(lengths)}I", *lengths)


def _write(folder: Path, content: bytes, name: str = "digits.gz") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@given(
    array=arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=6)),
    zipped=st.booleans(),
)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, array: NDArray[np.uint8], zipped: bool
) -> None:
    content = _header(*array.shape) + array.tobytes()
    path = tmp_path_factory.getbasetemp() / "round.idx"
    path.write_bytes(gzip.compress(content) if zipped else content)
    found = read_idx(path, hashlib.md5(content).hexdigest())
    assert found.shape == array.shape
    assert np.array_equal(found, array)
    assert not found.flags.writeable


@given(cut=st.integers(min_value=0, max_value=28))
def test_a_file_cut_anywhere_is_refused(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    whole = gzip.compress(_header(5) + _LABELS, mtime=0)
    path = tmp_path_factory.getbasetemp() / "cut.gz"
    path.write_bytes(whole[: min(cut, len(whole) - 1)])
    with pytest.raises(DataError, match=r"cut\.gz"):
        read_idx(path)


@given(content=st.binary(max_size=64))
def test_any_bytes_give_an_array_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.idx"
    path.write_bytes(content)
    try:
        read_idx(path)
    except DataError as error:
        assert "any.idx" in str(error)


_FAULTS = {
    "empty": (b"", "no idx file"),
    "text": (b"3,1,4,1,5\n", "no idx file"),
    "zipped text": (gzip.compress(b"a letter"), "no idx file"),
    "no axes": (b"\0\0\x08\0", "no idx file"),
    "four axes": (_header(1, 1, 1, 1) + b"\0", "no idx file"),
    "floats": (_header(1, kind=0x0D) + bytes(4), "0xd"),
    "half a header": (_header(2, 2)[:9], "ends inside its header"),
    "too few": (_header(6) + _LABELS, "promises 6 bytes (6,) and holds only 5"),
    "too many": (_header(4) + _LABELS, "holds more"),
    "too large": (_header(60_000, 60_000) + _LABELS, "up to 256 MB"),
    "nothing, too long": (_header(0, 2**32 - 1, 2**32 - 1), "up to 256 MB"),
    "bad deflate": (gzip.compress(_header(5) + _LABELS)[:10] + b"\xff" * 20, "damaged"),
    "zip, not gzip": (b"PK\x03\x04" + bytes(40), "no idx file"),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_each_fault_is_named(tmp_path: Path, fault: str) -> None:
    content, words = _FAULTS[fault]
    with pytest.raises(DataError, match=re.escape(words)) as caught:
        read_idx(_write(tmp_path, content))
    assert str(caught.value).startswith("digits.gz")
    assert re.search(r"(Fetch|Choose|Convert) [^.]+\.[\w.]*$", str(caught.value))


def test_a_wrong_checksum_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, gzip.compress(_header(5) + _LABELS))
    with pytest.raises(DataError, match="checksum"):
        read_idx(path, hashlib.md5(b"another file").hexdigest())


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.gz is missing"):
        read_idx(tmp_path / "gone.gz")
    with pytest.raises(DataError, match="cannot be read"):
        read_idx(tmp_path)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = _write(tmp_path, gzip.compress(_header(5) + bytes(32 * 2**20)))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="holds more"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_gzip_header_without_end_is_not_followed(tmp_path: Path) -> None:
    named = b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * (8 * 2**20)  # a file name that never ends
    with pytest.raises(DataError, match="far more packed"):
        read_idx(_write(tmp_path, named))


def test_a_stream_that_packs_nothing_is_not_followed(tmp_path: Path) -> None:
    empty_blocks = gzip.compress(b"")[:10] + bytes.fromhex("000000ffff") * (2 * 2**20)
    with pytest.raises(DataError, match="far more packed"):
        read_idx(_write(tmp_path, empty_blocks))
