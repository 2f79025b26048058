"""What a hostile input is, and the tools that spoil small valid files."""

import io
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
from PIL import Image

REFUSED, OPENED, EITHER = "refused", "opened", "either"

Make = Callable[[Path], Path]
Around = Callable[[Path], AbstractContextManager[object]]


@dataclass(frozen=True)
class Case:
    """One input: `make` writes it into an empty folder and returns what is to be opened.

    `kind` names the loader; `ends`: refused with a sentence, opened, or either of them; `says`:
    words of the sentence; `around`: what happens to the file while it is being opened.
    """

    name: str
    kind: str
    make: Make
    ends: str = REFUSED
    says: str = ""
    around: Around = nullcontext


def written(name: str, content: bytes | Callable[[], bytes]) -> Make:
    """A file with this content."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content() if callable(content) else content)
        return path

    return make


def spoilt(content: bytes, seed: int, changes: int = 12) -> bytes:
    """Some bytes changed, taken away or put in, by chance."""
    rng = np.random.default_rng(seed)
    bad = bytearray(content)
    for _ in range(changes):
        at = int(rng.integers(len(bad)))
        match int(rng.integers(4)):
            case 0:
                bad[at] = int(rng.integers(256))
            case 1:
                bad[at : at + 4] = [b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"][rng.integers(3)]
            case 2:
                del bad[at : at + int(rng.integers(1, 40))]
            case _:
                bad[at:at] = rng.bytes(int(rng.integers(1, 40)))
        bad = bad or bytearray(b"\0")
    return bytes(bad)


def drawn(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """A page with three dark strokes."""
    page = np.full((size[1], size[0]), 230, np.uint8)
    for column in (10, 28, 46):
        page[12:36, column : column + 4] = 20
    return Image.fromarray(page).convert(mode)


def encoded(kind: str, picture: Image.Image | None = None, **options: object) -> bytes:
    """A picture as a file of this kind."""
    buffer = io.BytesIO()
    (picture or drawn()).save(buffer, kind, **options)
    return buffer.getvalue()


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks, checksums right."""
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, data in chunks:
        sum_ = zlib.crc32(name + data)
        parts += [struct.pack(">I", len(data)), name, data, struct.pack(">I", sum_)]
    return b"".join(parts)


def ihdr(wide: int, high: int, depth: int = 8, colour: int = 0) -> tuple[bytes, bytes]:
    """PNG's header chunk."""
    return b"IHDR", struct.pack(">IIBBBBB", wide, high, depth, colour, 0, 0, 0)


def zeros(size: int, gzip: bool = False) -> bytes:
    """So many zeros, deflated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31 if gzip else 15)
    block = bytes(2**20)
    parts = [packer.compress(block[: min(2**20, size - at)]) for at in range(0, size, 2**20)]
    return b"".join(parts) + packer.flush()


@contextmanager
def shrinking(path: Path) -> Iterator[None]:
    """Another program cuts the file in half just after it was opened and measured."""
    true = os.fstat

    def cut(handle: int) -> os.stat_result:
        info = true(handle)
        os.truncate(path, info.st_size // 2)
        return info

    with patch("core.io.safe_open.os.fstat", cut):
        yield


@contextmanager
def forbidden(path: Path) -> Iterator[None]:
    """Nobody may read the file, the superuser neither."""
    true = os.open

    def refused(name: str, *more: int) -> int:
        if str(name) == str(path):
            raise PermissionError(13, "Permission denied", str(name))
        return true(name, *more)

    with patch("core.io.safe_open.os.open", refused):
        yield
