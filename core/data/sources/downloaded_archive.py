"""Archives from the net: the one that the person chose, or the one that is fetched."""

from pathlib import Path
from threading import Event

from core.errors import DataError
from core.io.progress import Progress
from core.io.remote_file import RemoteFile
from core.paths import data_dir
from core.translation import tr


def downloads_dir() -> Path:
    """Where fetched archives are kept."""
    return data_dir() / "downloads"


def is_available(remote: RemoteFile, place: Path | None) -> bool:
    """Whether nothing has to be fetched."""
    return place is not None or remote.here(downloads_dir()) is not None


def fetch_archive(
    remote: RemoteFile, place: Path | None, progress: Progress, cancel: Event | None = None
) -> Path:
    """The archive's path, fetched where it is missing. Raises DataError and Cancelled."""
    if place is not None:
        if not _is_file(place):
            raise DataError(
                tr("{place} is no file. Choose {name}, as it lies on the net.").format(
                    place=place, name=remote.name
                )
            )
        return place
    from core.io.download import download  # loads the whole of urllib: only when wanted

    return download(remote, downloads_dir(), progress, cancel)


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except OSError:  # a name too long for any file
        return False
