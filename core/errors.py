"""Errors that a person reads: each message says what was wrong, where, and what to do."""

import re

# What ends a line, steers a terminal, turns text around, or cannot be encoded: names of files have
# it sometimes.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class LabError(Exception):
    """Base of every error whose message is fit to be shown as it is, on one line."""

    def __str__(self) -> str:
        return _UNFIT.sub("\ufffd", super().__str__())


class DataError(LabError):
    """A data set or file does not hold what it claims to hold."""


class KnobError(LabError):
    """A hyperparameter got a value it cannot take."""


class PageError(LabError):
    """A photo or page cannot be read."""


class ShapeError(LabError, ValueError):
    """Operands of an operation do not fit together."""


class PlaceError(ShapeError, IndexError):
    """An index points outside. Also an IndexError, because that is how Python ends a loop."""


class AnomalyError(LabError):
    """A computation left the finite numbers; the message says where first."""


class WeightsError(LabError):
    """A file of weights does not fit the network it is loaded into."""


class RecordError(LabError):
    """The record of a run cannot be read, or not be continued."""


class FolderError(LabError, OSError):
    """There is no folder for what is to be kept: FolderError(errno, sentence).

    Also an OSError, for those who can do without.
    """

    def __str__(self) -> str:
        return self.strerror or ""


class LabWarning(UserWarning):
    """Something that runs but is probably not meant; the message says what, where and the fix."""
