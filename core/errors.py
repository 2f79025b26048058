"""Errors that a person reads: each message says what was wrong, where, and what to do."""

import re
from collections.abc import Mapping
from typing import Any

# What ends a line, steers a terminal, turns text around, is not seen, or cannot be encoded: names
# of files have it sometimes.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def one_line(text: str) -> str:
    """A text as it may stand in a line of a terminal, a table or a message."""
    return _UNFIT.sub("\ufffd", text)


class LabError(Exception):
    """Base of every error whose message is fit to be shown as it is, on one line."""

    def __str__(self) -> str:
        return one_line(super().__str__())


class DataError(LabError):
    """A data set or file does not hold what it claims to hold."""


class KnobError(LabError):
    """A hyperparameter got a value it cannot take."""


class PageError(LabError):
    """A photo or page cannot be read."""


class ShapeError(LabError, ValueError):
    """Operands of an operation do not fit together."""


class ArgumentError(LabError, ValueError):
    """An argument is of the wrong kind or outside its bounds."""


class OutOfBoundsError(ShapeError, IndexError):
    """An index is out of bounds. Also an IndexError, because Python ends iteration with it."""


class AnomalyError(LabError):
    """A computation produced NaN or infinity; the message says where first, and `place` too, where
    that is known: `what` made what (`made`) at mini-batch `step`.
    """

    def __init__(self, sentence: str, place: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.place = dict(place or {})


class WeightsError(LabError):
    """A file of weights does not fit the network it is loaded into."""


class RecordError(LabError):
    """The record of a run cannot be read, or not be continued."""


class ResourceError(LabError, OSError):
    """The system does not give what is needed (a folder, memory): ResourceError(errno, sentence).

    Also an OSError, for those who can do without.
    """

    def __str__(self) -> str:
        return one_line(self.strerror or "")


class LabWarning(UserWarning):
    """Something that runs but is probably not meant; the message says what, where and the fix."""
