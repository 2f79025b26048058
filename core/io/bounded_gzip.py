"""Unzipping (gzip, RFC 1952) no further than was asked for, however much a file would unpack to."""

import zlib
from typing import IO

_CHUNK = 64 * 1024
_GZIP = 31  # zlib's way to say: with gzip's header and checksum
_HEAD = 64 * 1024


def damage_text(error: Exception) -> str:
    """What is wrong with something packed: zlib's own words without its numbers."""
    return str(error).rpartition("data: ")[2].rstrip(".")


class BoundedGzip:
    """A stream of what a gzipped stream holds, its first member.

    Unlike `gzip.GzipFile` it works through its input in pieces of bounded size, so that a header
    without end cannot keep it busy. `read` raises zlib.error for what is damaged or cut short.
    """

    def __init__(self, file: IO[bytes], begun: bytes = b"") -> None:
        self._file = file
        self._inflater = zlib.decompressobj(_GZIP)
        self._waiting = begun
        self._allowance = _HEAD

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, fewer only at the end."""
        self._allowance += size + size // 64 + _HEAD  # more than deflate ever needs for them
        parts = []
        while size > 0 and not self._inflater.eof:
            packed = self._waiting or self._next()
            found = self._inflater.decompress(packed, min(size, 64 * _CHUNK))
            if not packed and not found:
                raise zlib.error("it ends too early")
            self._waiting = self._inflater.unconsumed_tail
            parts.append(found)
            size -= len(found)
        return b"".join(parts)

    def _next(self) -> bytes:
        if self._allowance <= 0:
            raise zlib.error("far more packed than it holds")
        chunk = self._file.read(_CHUNK)
        self._allowance -= len(chunk)
        return chunk
