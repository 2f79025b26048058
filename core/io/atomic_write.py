"""Atomic file writes: write a temporary file, fsync, rename."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

PRIVATE = 0o600
"""Permissions of personal data that the lab saves on its own."""
_USUAL = 0o666  # less what the person's umask takes away


def write_atomic(path: Path, data: bytes, private: bool = False) -> None:
    """Replace `path` by `data`. Raises OSError and leaves the old file untouched when it cannot.

    The new file has the permissions of the old one; a file that did not exist gets the default
    ones, or with `private` those that let only its owner read it.
    """
    descriptor, beside = create_beside(path, private)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def create_beside(path: Path, private: bool = False) -> tuple[int, Path]:
    """An empty file that is to take the place of `path`, open to be written, and its path.

    It has the permissions that `path` is to have. Raises OSError.
    """
    beside = path.with_name(f".{path.stem[:40]}.{secrets.token_hex(6)}.part")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(
        beside, flags | getattr(os, "O_CLOEXEC", 0), PRIVATE if private else _USUAL
    )
    if not private and hasattr(os, "fchmod"):
        with contextlib.suppress(OSError):
            os.fchmod(descriptor, stat.S_IMODE(path.stat().st_mode))
    return descriptor, beside
