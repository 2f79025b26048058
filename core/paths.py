"""Where the lab keeps its files. `HELLODL_HOME` moves everything into one folder."""

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

from core.errors import ResourceError
from core.io.temporary_folder import temporary_folder
from core.translation import tr

_RESOURCES = Path(__file__).resolve().parent.parent / "resources"
_APP = "hellodl-lab"
_TEMPORARY = "HELLODL_TEMPORARY"
_LOG = logging.getLogger(__name__)


def resource(name: str) -> Path:
    """Path of a file shipped with the lab, for example ``resource("data/train-images.gz")``."""
    return _RESOURCES / name


def cache_dir(part: str = "") -> Path:
    """Folder for what can be made again (decoded data, compiled kernels); created when missing.

    `part`: a folder inside it. This and the next two: a folder that is there is returned, though
    it may be read-only; where it is missing and cannot be made, a temporary one takes its place
    until the program ends, which is logged once. Raises ResourceError where that fails as well.
    """
    return _usable("cache", platformdirs.user_cache_dir, part)


def config_dir() -> Path:
    """Folder for settings and window layout; created when missing."""
    return _usable("config", platformdirs.user_config_dir, "")


def data_dir(part: str = "") -> Path:
    """Folder for what a person made or waited for (downloads); created when missing.

    `part`: a folder inside it.
    """
    return _usable("data", platformdirs.user_data_dir, part)


def temporary_home_notice() -> str:
    """That folders cannot be made and a temporary one takes their place: a sentence, or nothing."""
    folder = os.environ.get(_TEMPORARY, "")
    return folder and (
        tr(
            "The lab cannot keep its files where they belong, so they lie in {folder} and are "
            "removed when it ends. To keep them, set HELLODL_HOME to a folder that can be "
            "written to."
        ).format(folder=folder)
    )


def _usable(kind: str, usual: Callable[..., str], part: str) -> Path:
    folder = Path(kind)
    try:
        folder = _folder(kind, usual)
        (folder / part).mkdir(parents=True, exist_ok=True)
        if not os.access(folder / part, os.R_OK | os.X_OK):
            raise PermissionError(errno.EACCES, tr("Permission denied"))
        return folder / part
    except OSError as error:
        return _temporary(folder, error, Path(kind) / part)


def _folder(kind: str, usual: Callable[..., str]) -> Path:
    if home := os.environ.get("HELLODL_HOME"):
        return Path(home) / kind
    try:
        folder = Path(usual(_APP, appauthor=False))
    except RuntimeError:  # a user whose home nobody knows
        folder = Path()
    if not folder.is_absolute():
        raise FileNotFoundError(errno.ENOENT, tr("no home folder is known"))
    return folder


def _temporary(wanted: Path, why: OSError, part: Path) -> Path:
    """A folder inside the temporary one of this process and of those that it starts."""
    try:
        if not os.environ.get(_TEMPORARY):
            os.environ[_TEMPORARY] = str(temporary_folder())
            _LOG.warning(
                "The folder %s cannot be used (%s). %s",
                wanted,
                why.strerror,
                temporary_home_notice(),
            )
        instead = Path(os.environ[_TEMPORARY]) / part
        instead.mkdir(parents=True, exist_ok=True)
        return instead
    except OSError as error:
        raise ResourceError(
            error.errno or 0,
            tr(
                "The folder {wanted} cannot be used ({strerror}), and neither can a temporary "
                "one ({error_strerror}). Set HELLODL_HOME to a folder that can be written to."
            ).format(wanted=wanted, strerror=why.strerror, error_strerror=error.strerror or error),
        ) from error
