"""Data sources: the one face of all, and the bases of those that read a file or a download."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from threading import Event
from typing import ClassVar, Self

from core.data.dataset import Dataset
from core.errors import DataError
from core.io.progress import Progress
from core.io.remote_file import RemoteFile
from core.paths import data_dir
from core.translation import tr

Sets = tuple[Dataset, ...]
"""What a source loads: a training set and, if it has one, a test set."""


class Needs(Enum):
    """What a source needs before it can be loaded."""

    NOTHING = "nothing"
    DOWNLOAD = "download"
    FILE = "file"
    FOLDER = "folder"


class DataSource(ABC):
    """Pictures with labels, and how to get them.

    `key` names it in settings, `name` in the window; `about` says what it is, `credit` who made it
    and under which licence, `way` what a person has to do to get it. `remote` is what would be
    fetched, None for sources that fetch nothing. `refusal` is said where it is given a file that it
    does not take, or none that it needs.
    """

    key: str
    name: str
    about: str
    credit: str = "Source unknown"
    way: ClassVar[str]
    refusal: ClassVar[str] = ""
    needs: Needs = Needs.NOTHING
    remote: RemoteFile | None = None

    @property
    def how(self) -> str:
        """How to get it, a sentence."""
        return tr(self.way)

    @property
    def ready(self) -> bool:
        """Whether `load` can begin at once; a source that would have to fetch first is not."""
        return True

    def at(self, place: Path) -> "DataSource":
        """The same source with a file or folder that the person has.

        Raises DataError for a source that takes none.
        """
        raise DataError(tr(self.refusal).format(name=place.name))

    @abstractmethod
    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """The pictures; fetches them first where that is the way to get them.

        Raises DataError naming file, place and remedy, and Cancelled.
        """


@dataclass(frozen=True)
class FileSource(DataSource):
    """A source that reads the file or folder that the person chose: `place`."""

    place: Path | None = field(default=None, kw_only=True)
    needs = Needs.FILE

    @property
    def ready(self) -> bool:
        """Whether a file or folder was chosen."""
        return self.place is not None

    def at(self, place: Path) -> Self:
        """The same source with this file or folder."""
        return replace(self, place=place)

    def chosen(self) -> Path:
        """The file or folder. Raises DataError where none was chosen."""
        if self.place is None:
            raise DataError(tr(self.refusal))
        return self.place


@dataclass(frozen=True)
class DownloadedSource(FileSource):
    """A source in an archive on the net: the person's copy of it, or the one that is fetched."""

    remote: RemoteFile = field(kw_only=True)
    needs = Needs.DOWNLOAD

    @property
    def how(self) -> str:
        """How to get it, with the archive's size and host."""
        return tr(self.way).format(size=self.remote.size / 2**20, host=self.remote.host)

    @property
    def ready(self) -> bool:
        """Whether nothing has to be fetched."""
        return self.place is not None or self.remote.here(downloads_dir()) is not None

    def archive(self, progress: Progress, cancel: Event | None = None) -> Path:
        """The archive's path, fetched where it is missing. Raises DataError and Cancelled."""
        if self.place is None:
            from core.io.download import download  # loads the whole of urllib: only when wanted

            return download(self.remote, downloads_dir(), progress, cancel)
        try:
            if self.place.is_file():
                return self.place
        except OSError:  # a name too long for any file
            pass
        raise DataError(
            tr("{place} is no file. Choose {name}, as it lies on the net.").format(
                place=self.place, name=self.remote.name
            )
        )


def downloads_dir() -> Path:
    """Where fetched archives are kept."""
    return data_dir() / "downloads"
