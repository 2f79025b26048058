"""Recent folders: where files of each kind were last opened or saved."""

import json
from pathlib import Path

_last: dict[str, str] = {}
_MOST = 32


def last_folder(kind: str) -> Path:
    """The folder of files of this kind, the person's own one where none is known or left."""
    folder = Path(_last.get(kind, ""))
    return folder if _last.get(kind) and folder.is_dir() else _home()


def used_folder(kind: str, folder: Path) -> None:
    """Files of this kind are here."""
    _last[kind] = str(folder.absolute())


def folders_text() -> str:
    """All of them in one line, to be remembered."""
    return json.dumps(_last)


def restore_folders(text: str) -> None:
    """As remembered; whatever is no folder's name is left out."""
    _last.clear()
    try:
        known: object = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return
    if isinstance(known, dict):
        pairs = list(known.items())[:_MOST]
        _last.update({k: v for k, v in pairs if isinstance(k, str) and isinstance(v, str)})


def _home() -> Path:
    try:
        home = Path.home()
    except RuntimeError:  # a user whose home nobody knows
        return Path.cwd()
    return home if home.is_dir() else Path.cwd()
