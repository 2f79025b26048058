"""An image file in memory that rejects files which decode from too many tiny chunks."""

import io
import re
from pathlib import Path

from core.io.safe_open import read_regular
from core.translation import tr

_LIMIT = 256 * 2**20
_PIECES = "it consists of too many pieces"
_READS = 16_000
_BYTES_A_READ = 512
_SCANS = 100  # a progressive JPEG comes in about ten
_JPEG, _SCAN, _END = b"\xff\xd8", 0xDA, 0xD9
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # none of those inside a scan's own data


class BoundedImageFile(io.BytesIO):
    """The content of an image file, copied, so that it cannot change while it is decoded.

    Pillow parses a file in Python, chunk by chunk; millions of empty chunks would take minutes, and
    so would thousands of JPEG scans, each of which refines the whole image. A JPEG with too many
    scans raises OSError, and so does `read` after more calls than a normal file needs.
    """

    def __init__(self, content: bytes) -> None:
        if content.startswith(_JPEG) and content.count(b"\xff\xda") > _SCANS < _scans(content):
            raise OSError(tr(_PIECES))
        super().__init__(content)
        self._left = _READS + len(content) // _BYTES_A_READ

    @classmethod
    def of(cls, path: Path) -> "BoundedImageFile":
        """The file at `path`, up to 256 MB. Raises OSError as `open_regular` does."""
        return cls(read_regular(path, _LIMIT))

    def read(self, size: int | None = -1, /) -> bytes:
        """Like any file's. Raises OSError after too many calls."""
        self._left -= 1
        if self._left < 0:
            raise OSError(tr(_PIECES))
        return super().read(size)


def _scans(jpeg: bytes) -> int:
    """The number of scans in a JPEG, counted only just past the limit."""
    scans, at = 0, len(_JPEG)
    while scans <= _SCANS and (found := _MARKER.search(jpeg, at)):
        code, at = jpeg[found.start() + 1], found.end()
        if code == _END:
            break
        scans += code == _SCAN
        at += int.from_bytes(jpeg[at : at + 2], "big")
    return scans
