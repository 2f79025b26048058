"""A picture file in memory that may be read only so often: what is made of crumbs is refused."""

import io
from pathlib import Path

from core.regular import read_regular

_LIMIT = 256 * 2**20
_READS = 16_000
_BYTES_A_READ = 512


class Rationed(io.BytesIO):
    """The content of a picture file, a copy, so that nothing can change it while it is decoded.

    Pillow takes a file apart in Python, piece by piece; millions of empty pieces would keep it busy
    for minutes. `read` raises OSError once a file was read more often than honest ones need.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._left = _READS + len(content) // _BYTES_A_READ

    @classmethod
    def of(cls, path: Path) -> "Rationed":
        """The file at `path`, up to 256 MB. Raises OSError as `open_regular` does."""
        return cls(read_regular(path, _LIMIT))

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file."""
        self._left -= 1
        if self._left < 0:
            raise OSError("it consists of too many pieces")
        return super().read(size)
