"""Safe printing to a terminal, file or pipe: escapes control characters and unsupported ones.

What is printed may hold names of files and texts from strangers. Nothing in it steers a terminal or
breaks a table, nothing fails because a console knows few signs, and JSON is pure ASCII.
"""

import codecs
import json
import math
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

from core.errors import LabError, one_line
from core.translation import tr

_PLAINER = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "…": "...",
     "×": "x", "·": "*", "±": "+-", "→": "->", "←": "<-", "└": "+", "≥": ">=", "≤": "<="}
)  # fmt: skip
_HANDLER = "hellodl-plainer"


class OutputError(LabError):
    """A command's result could not be written."""


class OutputClosed(OutputError):
    """The reader of the pipe, such as `head`, closed it."""


def say(text: object = "", aside: bool = False) -> None:
    """Print lines on stdout, or with `aside` on stderr, where failure is of no account.

    Raises OutputError when stdout takes no more, as a full disk or a pipe that was closed.
    """
    stream = sys.stderr if aside else sys.stdout
    if stream is None:  # a program without a console
        return
    _prepare(stream)
    clean = "\n".join(one_line(line.replace("\t", "    ")) for line in str(text).split("\n"))
    try:
        stream.write(f"{clean}\n")
        stream.flush()
    except (OSError, ValueError) as error:
        _mute(stream)
        if aside:
            return
        if isinstance(error, BrokenPipeError | ValueError):
            raise OutputClosed(tr("The result was not read to its end.")) from error
        raise OutputError(
            tr(
                "The result could not be written: {strerror}. Make room on the disk, or send "
                "it elsewhere."
            ).format(strerror=error.strerror or error)
        ) from error


def say_json(found: object) -> None:
    """Print a value as one line of JSON, in ASCII: null for what is no number."""
    say(json.dumps(_plain(found), allow_nan=False))


def prepare() -> None:
    """Make everything printed, argparse's help and errors too, replace unsupported characters."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            _prepare(stream)


def _prepare(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None and getattr(stream, "errors", None) != _HANDLER:
        with suppress(OSError, ValueError):
            reconfigure(errors=_HANDLER)


def _mute(stream: TextIO) -> None:
    """What is left in it, and what Python writes at its end, goes nowhere."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """A sign that an encoding lacks, in signs that it has."""
    assert isinstance(error, UnicodeEncodeError)
    lacking = error.object[error.start : error.end].translate(_PLAINER)
    return "".join(sign if sign.isascii() else "?" for sign in lacking), error.end


codecs.register_error(_HANDLER, _plainer)


def _plain(found: Any) -> Any:
    """The same with nothing in it that JSON or UTF-8 does not know."""
    match found:
        case float():
            return found if math.isfinite(found) else None
        case str():
            return found.encode("utf-8", "replace").decode()
        case dict():
            return {_plain(str(key)): _plain(value) for key, value in found.items()}
        case list() | tuple():
            return [_plain(value) for value in found]
    return found
