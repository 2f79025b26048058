"""Bin of deleted runs: kept until they are restored or 30 days old."""

import contextlib
import os
import time
from pathlib import Path

from core.errors import RecordError
from core.record.schema import SUFFIX
from core.record.use_lock import in_use
from core.translation import tr

KEPT_DAYS = 30
"""So long a deleted run can be restored, unless newer ones need its room."""

_FOLDER = "deleted"
COMPANIONS = ("-wal", "-shm")
"""What may lie beside a record, by what is appended to its name."""


def trash_folder(folder: Path) -> Path:
    """Where the deleted runs of a folder lie; it need not exist."""
    return folder / _FOLDER


def deleted_runs(folder: Path) -> list[Path]:
    """The deleted runs of a folder, the one that was deleted last first."""
    found = ((path, age(path)) for path in trash_folder(folder).glob(f"*{SUFFIX}"))
    return [path for path, _ in sorted(found, key=lambda pair: pair[1])]


def delete_run(path: Path) -> Path:
    """Put the record of a run aside; where it lies now, for `restore_run`.

    Raises RecordError where it cannot be moved, and for one that is recorded or open anywhere.
    """
    if path.name in in_use(path.parent):
        raise RecordError(
            tr(
                "{name} is being recorded, or it or a fork of it is open in a window. Close "
                "it there first."
            ).format(name=path.name)
        )
    moved = _move(path, trash_folder(path.parent))
    with contextlib.suppress(OSError):
        os.utime(moved)  # since when it is deleted
    return moved


def restore_run(path: Path) -> Path:
    """Bring a deleted run back; where it lies now. Raises RecordError where it cannot be moved."""
    return _move(path, path.parent.parent)


def empty_trash(folder: Path, older_than: float = KEPT_DAYS * 86400.0) -> list[Path]:
    """Delete for good what was deleted that many seconds ago or before; which runs those were."""
    return [path for path in deleted_runs(folder) if age(path) >= older_than and erase_run(path)]


def erase_run(path: Path) -> bool:
    """Delete a record for good, with what belongs to it; False where that is refused."""
    try:
        path.unlink()
        for end in COMPANIONS:
            Path(f"{path}{end}").unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _move(path: Path, folder: Path) -> Path:
    target = folder / path.name
    try:
        folder.mkdir(exist_ok=True)
        if target.exists():
            raise FileExistsError(
                0, tr("there is a run of this name in {name} already").format(name=folder.name)
            )
        moved: list[tuple[Path, Path]] = []
        try:
            for end in (*COMPANIONS, ""):
                source, goal = Path(f"{path}{end}"), Path(f"{target}{end}")
                if not end or source.exists():
                    os.replace(source, goal)
                    moved.append((source, goal))
        except OSError:
            for source, goal in reversed(moved):
                os.replace(goal, source)
            raise
    except OSError as error:
        raise RecordError(
            tr(
                "{name} cannot be moved to {folder}: {strerror}. Close what uses it, or look "
                "whether the folder may be written to."
            ).format(name=path.name, folder=folder, strerror=error.strerror or error)
        ) from error
    return target


def age(path: Path) -> float:
    """Seconds since a record was last written or deleted; 0 where it is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:  # gone meanwhile
        return 0.0
