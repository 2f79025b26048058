"""The interface of all data sources."""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from threading import Event
from typing import Protocol, Self

from core.data.dataset import Dataset
from core.io.progress import Progress
from core.io.remote_file import RemoteFile

Sets = tuple[Dataset, ...]
"""What a source loads: a training set and, if it has one, a test set."""


class Needs(Enum):
    """What a source needs before it can be loaded."""

    NOTHING = "nothing"
    DOWNLOAD = "download"
    FILE = "file"
    FOLDER = "folder"


class DataSource(Protocol):
    """Pictures with labels, and how to get them.

    `key` names it in settings, `name` in the window; `about` says what it is, `credit` who made it
    and under which licence, `how` what a person has to do to get it. `remote` is what would be
    fetched, None for sources that fetch nothing.
    """

    @property
    def key(self) -> str:
        """Unique."""

    @property
    def name(self) -> str:
        """A few words."""

    @property
    def about(self) -> str:
        """A sentence or two."""

    @property
    def credit(self) -> str:
        """Authors and licence."""

    @property
    def how(self) -> str:
        """A sentence."""

    @property
    def needs(self) -> Needs:
        """What has to be given or fetched first."""

    @property
    def remote(self) -> RemoteFile | None:
        """The file on the net."""

    @property
    def ready(self) -> bool:
        """Whether `load` can begin at once; a source that would have to fetch first is not."""

    def at(self, place: Path) -> "DataSource":
        """The same source with a file or folder that the person has.

        Raises DataError for a source that takes none.
        """

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """The pictures; fetches them first where that is the way to get them.

        Raises DataError naming file, place and remedy, and Cancelled.
        """


@dataclass(frozen=True)
class FileSource:
    """The base of sources that read a file or folder that the person chooses."""

    place: Path | None = None
    credit: str = "Source unknown"
    remote: RemoteFile | None = None

    @property
    def ready(self) -> bool:
        """Whether a file or folder was chosen."""
        return self.place is not None

    def at(self, place: Path) -> Self:
        """The same source with this file or folder."""
        return replace(self, place=place)
