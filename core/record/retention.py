"""Retention of records: the oldest are deleted when all of them take too much room."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import RecordError
from core.io.atomic_write import write_atomic
from core.io.safe_open import as_lab_error, read_regular
from core.paths import data_dir
from core.record import trash
from core.record.library import Catalog
from core.record.reader import summarise_record
from core.record.schema import SUFFIX
from core.record.use_lock import in_use
from core.translation import tr, tr_count

MOST_BYTES = 2 * 2**30
"""What all records together may take, deleted ones included."""

_BEGINS = 256 * 2**20  # bytes left free for the record that is about to begin

PART_SUFFIX = ".part"
"""The end of the name of a record that is still being written for somebody else."""

_CHOICE = "keeping.json"
_MOST_CHOSEN = 100_000
_NAMED = 3  # in a sentence


@dataclass(frozen=True)
class RetentionReport:
    """What went to make room: records deleted for good, deleted ones that were in the bin, and
    records that were put into the bin because only the last `kept` are wanted.
    """

    erased: tuple[Path, ...] = ()
    emptied: tuple[Path, ...] = ()
    put_aside: tuple[Path, ...] = ()
    kept: int | None = None

    @property
    def sentence(self) -> str:
        """A sentence for a person; empty where nothing was deleted."""
        said = []
        if self.erased:
            said.append(
                tr(
                    "To make room, {erased} deleted for good: {names}. Give a run a tag or a "
                    "note to keep it."
                ).format(erased=_counted(self.erased), names=_names(self.erased))
            )
        if self.put_aside:
            said.append(
                tr(
                    "As only the last {kept:,} are kept, {put_aside} moved to the bin: {names}."
                ).format(
                    kept=self.kept, put_aside=_counted(self.put_aside), names=_names(self.put_aside)
                )
            )
        if self.emptied:
            said.append(
                tr("From the bin, {emptied} deleted for good.").format(
                    emptied=_counted(self.emptied)
                )
            )
        return " ".join(said)


@dataclass(frozen=True)
class DiskUsage:
    """What records and deleted ones take: how many there are, and their bytes."""

    records: int
    bytes: int
    deleted: int
    deleted_bytes: int


def disk_usage(folder: Path) -> DiskUsage:
    """How much room the records of a folder take."""
    records, aside = _sizes(folder.glob(f"*{SUFFIX}")), _sizes(trash.deleted_runs(folder))
    return DiskUsage(len(records), sum(records.values()), len(aside), sum(aside.values()))


def load_keep_last() -> int | None:
    """How many of the last runs a person wants to be kept; None: as many as there is room for."""
    try:
        last = json.loads(read_regular(data_dir() / _CHOICE, 4096))["last"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return last if type(last) is int and 1 <= last <= _MOST_CHOSEN else None


def save_keep_last(last: int | None) -> None:
    """Keep only so many of the last runs from the next one on. Raises RecordError."""
    path = data_dir() / _CHOICE
    unwritten = (
        "How many runs to keep was not written to {path}: {strerror}. Make room on the disk, or "
        "look whether the folder may be written to."
    )
    with as_lab_error(path, unwritten, RecordError):
        write_atomic(path, json.dumps({"last": last}).encode())


def make_room(
    folder: Path,
    most: int = MOST_BYTES - _BEGINS,
    last: int | None = None,
    catalog: Catalog | None = None,
) -> RetentionReport:
    """Delete records until the rest takes at most `most` bytes and is at most the `last` ones.

    First go deleted ones: those whose time is over in any case, then those deleted longest ago;
    after them the oldest records. What somebody gave a tag or a note stays, with the runs that it
    branched off from, and what is being written or is open in a window, wherever. `catalog` is by
    default that of all runs. Those beyond the `last` are put into the bin.
    """
    _remove_unfinished(folder)
    emptied = trash.empty_trash(folder)
    sizes, waiting = _sizes(folder.glob(f"*{SUFFIX}")), _sizes(trash.deleted_runs(folder)[::-1])
    excess = sum(sizes.values()) + sum(waiting.values()) - most
    for path, size in waiting.items():
        if excess <= 0:
            break
        if trash.erase_run(path):
            emptied.append(path)
            excess -= size
    if excess <= 0 and (last is None or len(sizes) < last):
        return RetentionReport(emptied=tuple(emptied))
    spared = _protected(sizes, in_use(folder), catalog or Catalog())
    free = sorted((path for path in sizes if path.name not in spared), key=trash.age, reverse=True)
    erased, put_aside = [], []
    for path in free:
        if excess > 0:
            if trash.erase_run(path):
                erased.append(path)
                excess -= sizes.pop(path)
        elif last is not None and len(sizes) >= last:
            with suppress(RecordError):
                trash.delete_run(path)
                put_aside.append(path)
                sizes.pop(path)
    return RetentionReport(tuple(erased), tuple(emptied), tuple(put_aside), last)


def _remove_unfinished(folder: Path) -> None:
    """Remove unfinished records of killed processes."""
    if left := list(folder.glob(f".*{SUFFIX}{PART_SUFFIX}")):
        used = in_use(folder)
        for path in left:
            if path.name not in used:
                trash.erase_run(path)


def _protected(paths: Iterable[Path], used: set[str], catalog: Catalog) -> set[str]:
    """The names of records that must not be deleted: in use, annotated, or parents of those."""
    known = {path.name: summarise_record(path) for path in paths}
    spared = set(used)
    spared |= {
        name
        for name, run in known.items()
        if run.about is not None and catalog[run.about.run_id].is_by_person
    }
    wanted = list(spared)
    while wanted:
        run = known.get(wanted.pop())
        if run is not None and run.about is not None and run.about.parent is not None:
            parent = run.about.parent.file
            if parent not in spared:
                spared.add(parent)
                wanted.append(parent)
    return spared


def _sizes(paths: Iterable[Path]) -> dict[Path, int]:
    """Bytes of records with what lies beside them, without those that are gone meanwhile."""
    sizes = {}
    for path in paths:
        parts = (Path(f"{path}{end}") for end in trash.COMPANIONS)
        with suppress(OSError):
            sizes[path] = path.stat().st_size + sum(
                part.stat().st_size for part in parts if part.exists()
            )
    return sizes


def _counted(paths: tuple[Path, ...]) -> str:
    return tr_count("1 run was", "{n:,} runs were", len(paths))


def _names(paths: tuple[Path, ...]) -> str:
    names = ", ".join(f"“{path.stem}”" for path in paths[:_NAMED])
    more = len(paths) - _NAMED
    return tr("{names} and {more:,} more").format(names=names, more=more) if more > 0 else names
