"""Run library: lists recorded runs in the background, with tags and notes; deletes, restores."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import LabError
from core.knobs import Knob
from core.record import trash
from core.record.library import Annotation, Catalog
from core.record.lineage import Lineage
from core.record.reader import RecordSummary, summarise_record
from core.record.retention import DiskUsage, disk_usage
from core.record.schema import SUFFIX, run_folder
from core.translation import tr
from hellodl_gui.services.background_task import BackgroundTask
from hellodl_gui.services.recorded_run import comparison_curve
from hellodl_gui.state.timeline import ComparisonCurve

_LIST_EVERY, _LAST_WAIT = 2.0, 20.0  # seconds
_Stamp = tuple[int, int]
_Listed = dict[Path, tuple[_Stamp, RecordSummary]]
_Drawn = dict[Path, tuple[_Stamp, ComparisonCurve]]


@dataclass(frozen=True)
class RunListItem:
    """A run in the list: its file in short, and the remark on it."""

    summary: RecordSummary
    remark: Annotation

    @property
    def path(self) -> Path:
        """Its file."""
        return self.summary.path

    @property
    def problem(self) -> str:
        """A sentence where the file cannot be read."""
        return self.summary.problem

    @property
    def run_id(self) -> str:
        """What the remark is filed under; empty for a file that cannot be read."""
        return self.summary.about.run_id if self.summary.about is not None else ""

    @property
    def knobs(self) -> Mapping[str, Knob]:
        """With the values that it began with."""
        return self.summary.about.knobs if self.summary.about is not None else {}


class RunLibrary:
    """Looks at the folder off the window's thread; `poll` takes in what was found.

    Attributes: `runs`, the newest first; `room`, what all take; `problem`, a sentence where the
    folder or the remarks cannot be read.
    """

    def __init__(self) -> None:
        self.runs: tuple[RunListItem, ...] = ()
        self.room = DiskUsage(0, 0, 0, 0)
        self.problem = ""
        self._catalog = Catalog()
        self._known: _Listed = {}
        self._listing: BackgroundTask[tuple[_Listed, DiskUsage]] | None = None
        self._next_look = 0.0
        self._drawn: _Drawn = {}
        self._drawing: BackgroundTask[_Drawn] | None = None

    def close(self) -> None:
        """Wait for background work; called on exit."""
        for later in (self._listing, self._drawing):
            if later is not None:
                later.wait(_LAST_WAIT)

    def look_again(self) -> None:
        """List the folder with the next poll."""
        self._next_look = 0.0

    def poll(self) -> bool:
        """Begin or end a look at the folder; True when the list is another one."""
        now = time.perf_counter()
        if self._listing is None:
            if now >= self._next_look:
                known = dict(self._known)
                self._listing = BackgroundTask(lambda _: (_listed(known), disk_usage(run_folder())))
            return False
        if not self._listing.done:
            return False
        listing, self._listing = self._listing, None
        self._next_look = now + _LIST_EVERY
        try:
            found, room = listing.result()
        except OSError as error:
            words = tr("The recorded runs cannot be listed: {why}.")
            self.problem = words.format(why=error.strerror or error)
            return True
        self._catalog.refresh()
        news, self.room = room != self.room, room
        return self._take(found) or news

    def _take(self, found: _Listed) -> bool:
        before = self._state()
        self._known = found
        summaries = sorted((summary for _, summary in found.values()), key=lambda s: s.age)
        self.runs = tuple(
            RunListItem(s, self._catalog[s.about.run_id] if s.about is not None else Annotation())
            for s in summaries
        )
        self.problem = self._catalog.problem
        return self._state() != before

    def _state(self) -> tuple[dict[Path, _Stamp], list[Annotation], str]:
        """What the list is drawn from."""
        stamps = {path: stamp for path, (stamp, _) in self._known.items()}
        return stamps, [run.remark for run in self.runs], self.problem

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags in use."""
        return self._catalog.tags

    def remark(self, remarks: Mapping[str, Annotation]) -> None:
        """Say something of runs, by their id. Raises RecordError when it cannot be written."""
        self._catalog.put_all(remarks)
        self._take(self._known)

    def delete(self, paths: Iterable[Path]) -> list[Path]:
        """Put runs aside; where they lie, for `restore`. Raises RecordError.

        Those before one that cannot be moved are brought back.
        """
        moved: list[Path] = []
        try:
            for path in paths:
                moved.append(trash.delete_run(path))
        except LabError:
            self.restore(moved)
            raise
        gone = {path.name for path in moved}
        self._take({path: known for path, known in self._known.items() if path.name not in gone})
        self.look_again()
        return moved

    def restore(self, moved: Iterable[Path]) -> None:
        """Bring deleted runs back. Raises RecordError where one cannot be moved."""
        for path in moved:
            trash.restore_run(path)
        self.look_again()

    def empty_bin(self) -> int:
        """Delete for good what was deleted; how many runs that were."""
        self.look_again()
        return len(trash.empty_trash(run_folder(), older_than=float("-inf")))

    # -- curves -------------------------------------------------------------------------------

    def draw(self, colours: Mapping[Path, int], name: Callable[[Path], str]) -> None:
        """Read the curves of these runs, in these colours, where they are not known yet."""
        if self._drawing is not None:
            return
        stamps = {path: self._known[path][0] for path in colours if path in self._known}
        known = {path: drawn for path, drawn in self._drawn.items() if path in stamps}
        wanted = {
            path: (stamp, colours[path], name(path))
            for path, stamp in stamps.items()
            if path not in known
            or known[path][0] != stamp
            or (known[path][1].colour, known[path][1].name) != (colours[path], name(path))
        }
        if wanted:
            self._drawing = BackgroundTask(lambda _: known | _drawn(wanted))
        else:
            self._drawn = known

    def drawn(self) -> dict[Path, ComparisonCurve] | None:
        """The curves of the runs that are shown; None while they are being read."""
        if self._drawing is not None:
            if not self._drawing.done:
                return None
            drawing, self._drawing = self._drawing, None
            self._drawn = drawing.result()
        return {path: ghost for path, (_, ghost) in self._drawn.items()}


def _listed(known: _Listed) -> _Listed:
    """Every run of the folder; only those that changed are opened again."""
    found = {}
    for path in run_folder().glob(f"*{SUFFIX}"):
        try:
            stamp = _stamp(path)
        except OSError:  # gone meanwhile
            continue
        before = known.get(path)
        same = before is not None and before[0] == stamp
        found[path] = before if before is not None and same else (stamp, summarise_record(path))
    return found


def _stamp(path: Path) -> _Stamp:
    """Changes whenever something is written, be it beside the file."""
    seen = path.stat()
    beside = Path(f"{path}-wal")
    later = beside.stat().st_mtime_ns if beside.exists() else 0
    return max(seen.st_mtime_ns, later), seen.st_size


def _drawn(wanted: Mapping[Path, tuple[_Stamp, int, str]]) -> _Drawn:
    """The curves of runs; one that cannot be read has none."""
    found = {}
    for path, (stamp, colour, name) in wanted.items():
        try:
            with Lineage(path) as lineage:
                curves, evaluations = lineage.curves(), lineage.evaluations()
                found[path] = stamp, comparison_curve(name, colour, curves, evaluations)
        except LabError:
            continue
    return found
