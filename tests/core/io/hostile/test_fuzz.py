"""Small valid files changed at random: each is opened or refused, and nothing else ever happens."""

import gzip
import io
import struct
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import LabError
from tests.core.io.hostile.kit import encoded
from tests.core.io.hostile.labs import whole_lab
from tests.core.io.hostile.loaders import LOADERS
from tests.core.io.hostile.networks import whole_project, whole_state, whole_weights
from tests.core.io.hostile.tables import LINE

EDITS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.sampled_from(("set", "cut", "put", "end")),
        st.one_of(
            st.binary(min_size=1, max_size=8),
            st.sampled_from((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"nan", b"-1", b"1e9")),
        ),
    ),
    min_size=1,
    max_size=6,
)


def _idx() -> bytes:
    return struct.pack(">BBBB3I", 0, 0, 8, 3, 5, 4, 4) + bytes(80)


def _npz() -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=np.zeros((2, 4, 4), np.uint8), labels=np.zeros(2, np.uint8))
    return buffer.getvalue()


@cache
def _whole(kind: str) -> bytes:
    """A valid file of this kind; pictures are named after their format."""
    with tempfile.TemporaryDirectory() as folder:
        match kind:
            case "csv":
                return b"\n".join([LINE] * 3)
            case "idx":
                return _idx()
            case "idx.gz":
                return gzip.compress(_idx(), mtime=0)
            case "arrays":
                return _npz()
            case "weights":
                return whole_weights(Path(folder)).read_bytes()
            case "state":
                return whole_state(Path(folder)).read_bytes()
            case "project":
                return whole_project()
            case "lab":
                return whole_lab()
    return encoded(kind)


def _edited(content: bytes, edits: list[tuple[float, str, bytes]]) -> bytes:
    bad = bytearray(content)
    for share, how, data in edits:
        at = int(share * len(bad))
        match how:
            case "set":
                bad[at : at + len(data)] = data
            case "cut":
                del bad[at : at + len(data)]
            case "put":
                bad[at:at] = data
            case _:
                del bad[at:]
    return bytes(bad)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "loader"),
    [
        *((kind, "photo") for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP")),
        *((kind, "folder") for kind in ("PNG", "GIF", "TIFF")),
        *((kind, kind) for kind in ("csv", "idx", "arrays", "weights", "state", "project", "lab")),
        ("idx.gz", "idx"),
    ],
)
def test_whatever_was_changed(tmp_path: Path, kind: str, loader: str) -> None:
    place = tmp_path / "pictures" / "a"
    place.mkdir(parents=True)
    path = place / "changed"

    @settings(max_examples=300, deadline=10_000)
    @given(EDITS)
    def opened_or_refused(edits: list[tuple[float, str, bytes]]) -> None:
        path.write_bytes(_edited(_whole(kind), edits))
        try:
            LOADERS[loader](path)
        except LabError as error:
            assert "changed" in str(error) or "photo" in str(error)

    opened_or_refused()
