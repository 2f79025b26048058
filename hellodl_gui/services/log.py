"""lab.log: warnings and errors, in a private file of bounded size; repeats are only counted."""

import logging
import logging.handlers
import os
import stat
import traceback
from io import TextIOWrapper

from core.paths import config_dir

_MOST_BYTES = 2**19
_KNOWN = 200
_SAID_AGAIN = {10**power for power in range(1, 9)}


def log_path() -> str:
    """Path of the log. Raises ResourceError."""
    return str(config_dir() / "lab.log")


def start_log() -> None:
    """Write warnings and errors to a file; where that is not possible, to stderr."""
    try:
        handler: logging.Handler = LabLog(log_path())
    except OSError:
        handler = logging.StreamHandler()
    logging.captureWarnings(True)
    logging.basicConfig(
        handlers=[handler], level=logging.WARNING, format="%(asctime)s %(message)s", force=True
    )


class LabLog(logging.handlers.RotatingFileHandler):
    """A file of at most half a megabyte, and the one before. Raises OSError.

    A repeat is written only at the 10th, 100th, 1000th … time, as one line. What a full disk
    refuses is lost.
    """

    def __init__(self, path: str, most: int = _MOST_BYTES) -> None:
        self._times: dict[str, int] = {}
        super().__init__(path, maxBytes=most, backupCount=1, encoding="utf-8", errors="replace")

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, unless it is a repeat."""
        what = _what(record)
        times = self._times.pop(what, 0) + 1
        self._times[what] = times  # the newest last
        if len(self._times) > _KNOWN:
            del self._times[next(iter(self._times))]
        if times == 1:
            super().emit(record)
        elif times in _SAID_AGAIN:
            super().emit(_again(record, times))

    def handleError(self, record: logging.LogRecord) -> None:
        """Ignore errors of the log itself."""

    def _open(self) -> TextIOWrapper:
        file = super()._open()
        if hasattr(os, "fchmod") and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            os.fchmod(file.fileno(), 0o600)  # it names files of the person's
        return file


def _what(record: logging.LogRecord) -> str:
    """Key of a repeat: the message, or an error's type and place."""
    if not record.exc_info or record.exc_info[0] is None:
        return record.getMessage()
    kind, _, trace = record.exc_info
    places = [f"{place.filename}:{place.lineno}" for place in traceback.extract_tb(trace)]
    return "\n".join([record.msg if isinstance(record.msg, str) else "", kind.__name__, *places])


def _again(record: logging.LogRecord, times: int) -> logging.LogRecord:
    line = record.getMessage().partition("\n")[0]
    if record.exc_info and record.exc_info[0] is not None:
        line += f" ({record.exc_info[0].__name__}: {record.exc_info[1]})".partition("\n")[0]
    short = logging.makeLogRecord(record.__dict__)
    short.msg, short.args = f"{line} [{times:,} times by now]", ()
    short.exc_info = short.exc_text = short.stack_info = None
    return short
