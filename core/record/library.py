"""Tags, notes and colours of recorded runs."""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import RecordError
from core.io.atomic_write import write_atomic
from core.io.file_lock import locked
from core.io.safe_open import as_lab_error, read_regular
from core.paths import data_dir
from core.record.reader import summarise_record
from core.translation import tr

_FORMAT = "hellodl runs"
_MOST_BYTES = 16 * 2**20
_MOST_RUNS = 20_000
_MOST_TAGS, _LONGEST_TAG, _LONGEST_NOTE, _LONGEST_ID = 32, 60, 20_000, 64
_MOST_COLOUR = 2**16


@dataclass(frozen=True)
class Annotation:
    """Tags, note and colour of a run. `colour`: an index into a theme's colours; None: not chosen.
    `shown`: whether its curves are drawn beside those of other runs.

    Tags are unique and in the order they were given; a study, not a person, gave those in
    `automatic`.
    """

    tags: tuple[str, ...] = ()
    note: str = ""
    colour: int | None = None
    shown: bool = False
    automatic: tuple[str, ...] = ()

    @property
    def is_by_person(self) -> bool:
        """Whether a person gave it a tag or a note."""
        return bool(self.note.strip() or set(self.tags) - set(self.automatic))

    def with_tag(self, tag: str) -> "Annotation":
        """With one more tag."""
        return replace(self, tags=_tags([*self.tags, tag]))


class Catalog:
    """The remarks on all runs, by their `run_id`, in one file.

    A missing file is an empty catalogue. Of a damaged one `problem` is a sentence, else it is
    empty; what can be read of it is there, and the first change keeps the damaged file beside
    the new one. Several processes may change the same file, one after the other: of each remark,
    what this one did not change stays as the others left it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path if path is not None else data_dir() / "runs.json"
        self.problem = ""
        self._remarks: dict[str, Annotation] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read what is in the file by now."""
        self._remarks, self.problem = {}, ""
        try:
            self._remarks, lost = _read(read_regular(self.path, _MOST_BYTES))
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, RecursionError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self.problem = tr(
                "Tags and notes of runs cannot be read from {name}: {why}. The runs "
                "themselves are unharmed; the file is kept when you write new ones."
            ).format(name=self.path.name, why=why[:200])
            return
        if lost:
            self.problem = tr(
                "{lost:,} of the tags and notes in {name} are damaged and left out; the "
                "file is kept when you write new ones."
            ).format(lost=lost, name=self.path.name)

    def __getitem__(self, run_id: str) -> Annotation:
        """What was said of a run; of one that nobody mentioned, an empty remark."""
        return self._remarks.get(run_id, Annotation())

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags in use, by alphabet."""
        return tuple(sorted({tag for remark in self._remarks.values() for tag in remark.tags}))

    def put(self, run_id: str, remark: Annotation) -> None:
        """Say this of a run. Raises RecordError when it cannot be written."""
        self.put_all({run_id: remark})

    def put_all(self, remarks: Mapping[str, Annotation]) -> None:
        """Say something of several runs at once; all of it is written, or nothing is.

        Too long notes are cut. Raises RecordError when it cannot be written.
        """
        known = self._remarks
        unwritten = (
            "The tag or note was not written to {name}: {strerror}. Make room on the disk, or look "
            "whether the folder may be written to."
        )
        with as_lab_error(self.path, unwritten, RecordError), locked(self.path):
            self.refresh()
            said = {
                run_id: _merged(known.get(run_id, Annotation()), self[run_id], _tidy(remark))
                for run_id, remark in remarks.items()
            }
            self._write({k: v for k, v in (self._remarks | said).items() if v != Annotation()})

    def _write(self, kept: dict[str, Annotation]) -> None:
        if len(kept) > _MOST_RUNS or any(len(run_id) > _LONGEST_ID for run_id in kept):
            raise RecordError(
                tr(
                    "Tags and notes of more than {most_runs:,} runs are not kept. Clear those "
                    "of old runs."
                ).format(most_runs=_MOST_RUNS)
            )
        content = {"format": _FORMAT, "version": 1, "runs": {k: asdict(v) for k, v in kept.items()}}
        if self.problem:
            with suppress(FileNotFoundError):
                os.replace(self.path, self.path.with_suffix(".damaged.json"))
        write_atomic(
            self.path, json.dumps(content, ensure_ascii=False, indent=1).encode(), private=True
        )
        self._remarks, self.problem = kept, ""


def tag_run(record: Path, tag: str) -> None:
    """Give the run in this file a tag that no person gave. Raises RecordError."""
    summary = summarise_record(record)
    if summary.about is None:
        raise RecordError(summary.problem)
    catalog, run_id = Catalog(), summary.about.run_id
    annotation = catalog[run_id].with_tag(tag)
    catalog.put(run_id, replace(annotation, automatic=(*annotation.automatic, tag)))


def _merged(known: Annotation, theirs: Annotation, ours: Annotation) -> Annotation:
    """`theirs` with what `ours` changed since both were `known`."""
    tags = [tag for tag in theirs.tags if tag in ours.tags or tag not in known.tags]
    tags += [tag for tag in ours.tags if tag not in known.tags]
    if set(known.tags) == set(theirs.tags):  # nobody else changed them: in the order given
        tags = list(ours.tags)
    changed = {
        name: getattr(ours, name)
        for name in ("note", "colour", "shown", "automatic")
        if getattr(ours, name) != getattr(known, name)
    }
    return replace(theirs, tags=_tags(tags), **changed)


def _read(raw: bytes) -> tuple[dict[str, Annotation], int]:
    """The remarks, and how many had to be left out. Raises ValueError for anything else."""
    content = json.loads(raw)
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise ValueError(tr("it holds something else"))
    if content.get("version") != 1:
        raise ValueError(tr("it was written by a newer version of the lab"))
    runs = content.get("runs")
    if not isinstance(runs, dict):
        raise ValueError(tr("it lists no runs"))
    remarks: dict[str, Annotation] = {}
    for run_id, said in list(runs.items())[:_MOST_RUNS]:
        with suppress(ValueError):
            remarks[run_id] = _remark(run_id, said)
    return remarks, len(runs) - len(remarks)


def _remark(run_id: str, said: Any) -> Annotation:
    if not isinstance(said, dict) or len(run_id) > _LONGEST_ID:
        raise ValueError
    tags, automatic = said.get("tags", []), said.get("automatic", [])
    note, shown, colour = said.get("note", ""), said.get("shown", False), said.get("colour")
    lists = all(
        isinstance(found, list) and all(isinstance(tag, str) for tag in found)
        for found in (tags, automatic)
    )
    chosen = type(colour) is int and 0 <= colour < _MOST_COLOUR
    if not (lists and isinstance(note, str) and isinstance(shown, bool)):
        raise ValueError
    if not (chosen or colour is None):
        raise ValueError
    return _tidy(Annotation(tuple(tags), note, colour, shown, tuple(automatic)))


def _tidy(remark: Annotation) -> Annotation:
    tags = _tags(remark.tags)
    automatic = tuple(tag for tag in _tags(remark.automatic) if tag in tags)
    note = _writable(remark.note)[:_LONGEST_NOTE]
    return replace(remark, tags=tags, note=note, automatic=automatic)


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    tidy = (" ".join(_writable(tag).split())[:_LONGEST_TAG] for tag in tags)
    return tuple(dict.fromkeys(tag for tag in tidy if tag))[:_MOST_TAGS]


def _writable(text: str) -> str:
    """Without half characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode()
