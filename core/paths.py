"""Where the lab keeps its files. `HELLODL_HOME` moves everything into one folder."""

import os
from pathlib import Path

import platformdirs

_RESOURCES = Path(__file__).resolve().parent.parent / "resources"
_APP = "hellodl-lab"


def resource(name: str) -> Path:
    """Path of a file shipped with the lab, for example ``resource("data/train-images.gz")``."""
    return _RESOURCES / name


def cache_dir() -> Path:
    """Folder for what can be made again (decoded data, compiled kernels); created when missing."""
    return _made(_home("cache") or Path(platformdirs.user_cache_dir(_APP, appauthor=False)))


def config_dir() -> Path:
    """Folder for settings and window layout; created when missing."""
    return _made(_home("config") or Path(platformdirs.user_config_dir(_APP, appauthor=False)))


def data_dir() -> Path:
    """Folder for what a person made or waited for (downloads); created when missing."""
    return _made(_home("data") or Path(platformdirs.user_data_dir(_APP, appauthor=False)))


def _home(part: str) -> Path | None:
    home = os.environ.get("HELLODL_HOME")
    return Path(home) / part if home else None


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
