"""Bounded gzip reading (RFC 1952): decompresses no more than asked for, whatever the file holds."""

import zlib
from typing import IO

from core.translation import tr

_CHUNK = 64 * 1024
_GZIP = 31  # zlib's way to say: with gzip's header and checksum
_HEAD = 64 * 1024


def damage_text(error: Exception) -> str:
    """zlib's error message without its error number."""
    return str(error).rpartition("data: ")[2].rstrip(".")


class BoundedGzip:
    """A decompressed view of a gzip stream, its first member.

    Unlike `gzip.GzipFile` it reads its input in chunks of bounded size, so that an endless header
    cannot block it. `read` raises zlib.error for what is damaged or cut short.
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
                raise zlib.error(tr("it ends too early"))
            self._waiting = self._inflater.unconsumed_tail
            parts.append(found)
            size -= len(found)
        return b"".join(parts)

    def _next(self) -> bytes:
        if self._allowance <= 0:
            raise zlib.error(tr("far more packed than it holds"))
        chunk = self._file.read(_CHUNK)
        self._allowance -= len(chunk)
        return chunk
