"""Optuna's journal in a file; a last line that was cut off is dropped before more is written."""

import json
import os
from typing import Any

from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.storages.journal._file import get_lock_file

from core.translation import tr

_LOCK_LOST_AFTER = 10  # seconds; a line is written in milliseconds
_SHOWN = 40
_BLOCK = 2**16


class JournalBackend(JournalFileBackend):
    """Only appended to, but for what a crash or a full disk left unfinished at its end.

    Attributes: `dropped`, a sentence for each line that was cut off.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, lock_obj=JournalFileOpenLock(name, grace_period=_LOCK_LOST_AFTER))
        self.dropped: list[str] = []
        with get_lock_file(self._lock):
            self._mend()

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write these lines, whole and after whole ones."""
        text = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with get_lock_file(self._lock):
            self._mend()
            with open(self._file_path, "ab") as file:
                file.write(text.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())

    def _mend(self) -> None:
        """Nobody else writes now, so a line without an end will never have one."""
        with open(self._file_path, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            torn = _last_line(file, size)
            if not torn:
                return
            try:
                whole = isinstance(json.loads(torn), dict)  # only its end is missing
            except (ValueError, RecursionError):
                whole = False
            if whole:
                file.seek(size)
                file.write(b"\n")
            else:
                file.truncate(size - len(torn))
                shown = torn[:_SHOWN].decode("utf-8", "replace")
                self.dropped.append(
                    tr(
                        "The last line of the study {file_path} was cut off, as by a crash or "
                        "a full disk, and is left out: “{shown}…”, {n:,} bytes. The run that "
                        "it tells of may be trained again."
                    ).format(file_path=os.path.basename(self._file_path), shown=shown, n=len(torn))
                )
            file.flush()
            os.fsync(file.fileno())


def _last_line(file: Any, size: int) -> bytes:
    """What stands behind the last line's end; nothing where there is nothing."""
    found = b""
    while size > 0:
        begin = max(0, size - _BLOCK)
        file.seek(begin)
        block = file.read(size - begin)
        end = block.rfind(b"\n")
        if end >= 0:
            return bytes(block[end + 1 :] + found)
        found, size = block + found, begin
    return found
