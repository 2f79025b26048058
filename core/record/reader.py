"""The record of a run, read while it is being written or long after."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import RecordError
from core.record.closing import Closing
from core.record.facts import (
    About,
    Event,
    KnobChange,
    Layers,
    Look,
    Page,
    PageReading,
    Snapshot,
    Trace,
)
from core.record.measuring import layers_of
from core.record.opening import connect, read_about, understandable
from core.record.packing import unpack_array, unpack_state, unpack_weights
from core.record.schema import (
    EVALUATION_COLUMNS,
    EVENT_KINDS,
    SINCE,
    STEP_COLUMNS,
    SUFFIX,
    VERSION,
    run_folder,
)
from core.train.history import Table

_MOST_ROWS = 10_000_000
_AT_ONCE = 65_536
_A_MOMENT = 512  # rows that become numbers without another thread having its turn
_MOST_GLYPHS = 65_536
_GLYPH = 28, 28


class RunFile(Closing):
    """A run's file, opened read-only; it belongs to the thread that opened it.

    Raises RecordError, at once or at any later look, when the file is damaged or none of ours.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = connect(path)
        self._known = -1
        try:
            ((self.version,),) = self._rows("PRAGMA user_version")
            with understandable(path.name):
                self.about: About = read_about(self._file)
            self._steps = Table(*STEP_COLUMNS)
            self._looks = Table("id", *EVALUATION_COLUMNS)
            self.moments: NDArray[np.int64] = np.empty(0, np.int64)
            self.checkpoints: NDArray[np.int64] = np.empty(0, np.int64)
            self._changes: list[KnobChange] = []
            self.refresh()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def refresh(self) -> bool:
        """Take in what was written since; True if anything was."""
        ((version,),) = self._rows("PRAGMA data_version")
        if version == self._known:
            return False
        columns = ", ".join(STEP_COLUMNS)
        self._append(
            self._steps, f"SELECT {columns} FROM steps WHERE step > ? ORDER BY step", self.last_step
        )
        newest = self._looks.column("id")[-1:].tolist()
        columns = ", ".join(EVALUATION_COLUMNS)
        self._append(
            self._looks,
            f"SELECT id, {columns} FROM evaluations WHERE id > ? ORDER BY id",
            int(newest[0]) if newest else -1,
        )
        self.moments = self._column("SELECT step FROM snapshots ORDER BY step")
        self.checkpoints = self._column("SELECT step FROM checkpoints ORDER BY step")
        changes = self._rows("SELECT step, key, value FROM knob_changes ORDER BY id")
        self._changes = [KnobChange(*row) for row in changes]
        self._known = version
        return True

    @property
    def last_step(self) -> int:
        """The newest mini-batch in the file."""
        steps = self._steps.column("step")
        return int(steps[-1]) if len(steps) else self.about.first_step

    @property
    def lacks(self) -> str:
        """What an old file has not: a sentence for a person, else empty."""
        if self.version >= VERSION:
            return ""
        return (
            f"{self.path.name} was recorded by an older version of the lab, without the norms and "
            "histograms of its layers and without pages. Train it again to see them."
        )

    def curves(self) -> dict[str, NDArray[np.float64]]:
        """Every mini-batch, columns as `STEP_COLUMNS`, each (N,); views, valid until a refresh.

        `seconds` are those of training.
        """
        return {name: self._steps.column(name) for name in STEP_COLUMNS}

    def evaluations(self) -> dict[str, NDArray[np.float64]]:
        """Every look at the test set, columns as `EVALUATION_COLUMNS`, each (E,); views."""
        return {name: self._looks.column(name) for name in EVALUATION_COLUMNS}

    def seek(self, step: int) -> Snapshot:
        """The snapshot nearest to a step."""
        found = self._rows(
            "SELECT * FROM (SELECT step FROM snapshots WHERE step <= ?1 ORDER BY step DESC LIMIT 1)"
            " UNION ALL"
            " SELECT * FROM (SELECT step FROM snapshots WHERE step > ?1 ORDER BY step LIMIT 1)",
            int(step),
        )
        if not found:
            raise RecordError(f"{self.path.name} has no snapshots of weights.")
        nearest = min((row[0] for row in found), key=lambda s: abs(s - step))
        blobs = self._rows("SELECT theta FROM snapshots WHERE step = ?", nearest)
        if not blobs:  # the writer thinned them between the two looks
            return self.seek(step)
        with understandable(self.path.name):
            return Snapshot(nearest, unpack_weights(blobs[0][0], self.about.layout.size))

    def evaluation(self, step: int) -> Look | None:
        """The last look at the test set at or before a step; None before the first."""
        rows = self._rows(
            "SELECT step, epoch, loss, accuracy, confusion, guesses, confidence, margin, bias"
            " FROM evaluations WHERE step <= ? ORDER BY step DESC, id DESC LIMIT 1",
            int(step),
        )
        if not rows:
            return None
        at, epoch, loss, accuracy, confusion, guesses, confidence, margin, bias = rows[0]
        classes, samples = len(self.about.classes), len(self.about.sample)
        with understandable(self.path.name):
            margins = unpack_array(margin, "f4", samples) if margin is not None else np.empty(0)
            return Look(
                step=at,
                epoch=epoch,
                loss=_number(loss),
                accuracy=_number(accuracy),
                confusion=unpack_array(confusion, "u4", classes, classes).astype(np.int64),
                guesses=unpack_array(guesses, "u1", samples),
                confidence=_shares(unpack_array(confidence, "u1", samples)),
                margin=margins.astype(np.float32),
                bias=bias or 0.0,
            )

    def events(self) -> list[Event]:
        """What happened, in order; kinds that this version does not know are left out."""
        rows = self._rows("SELECT step, kind, text FROM events ORDER BY id")
        return [Event(*row) for row in rows if row[1] in EVENT_KINDS]

    def knob_changes(self) -> list[KnobChange]:
        """Every knob that was turned, in order."""
        return list(self._changes)

    def knobs_at(self, step: int) -> dict[str, float]:
        """The knobs with which mini-batch `step` was trained."""
        values = {key: knob.default for key, knob in self.about.knobs.items()}
        for change in self._changes:
            if change.step <= step:
                values[change.key] = change.value
        return values

    def traces(self, parameter: str) -> Trace:
        """Those numbers of a parameter, by torch's name, that were followed, with gradients."""
        with understandable(self.path.name):
            cursor = self._file.execute(
                "SELECT step, place, value, gradient FROM traces JOIN parts ON part = number"
                " WHERE parameter = ? ORDER BY step, place LIMIT ?",
                (parameter, _MOST_ROWS),
            )
            parts = [np.empty((0, 4))]
            while rows := cursor.fetchmany(_A_MOMENT):
                parts.append(np.array(rows, np.float64))
            table = np.concatenate(parts)
            steps, places = (np.unique(table[:, i]).astype(np.int64) for i in (0, 1))
            shape = len(steps), len(places)
            values, gradients = table[:, 2].reshape(shape), table[:, 3].reshape(shape)
            return Trace(steps, places, values, gradients)

    def layers(self, after: int = -1) -> Layers:
        """Norms and histograms of every trained parameter, at steps later than `after`.

        None at all in a file of the first version; `lacks` says so.
        """
        names: list[tuple[Any, ...]] = []
        rows: list[tuple[Any, ...]] = []
        if self.version >= SINCE["layers"]:
            names = self._rows("SELECT parameter FROM parts ORDER BY number")
            rows = self._rows("SELECT * FROM layers WHERE step > ? ORDER BY step, part", after)
        with understandable(self.path.name):
            return layers_of(rows, tuple(str(name) for (name,) in names))

    def pages(self) -> list[Page]:
        """Every page that was open while the run trained; none in a file of the first version."""
        if self.version < SINCE["pages"]:
            return []
        rows = self._rows("SELECT number, step, key, count, images FROM pages ORDER BY number")
        with understandable(self.path.name):
            return [
                Page(number, step, key, unpack_array(images, "u1", _glyphs(count), *_GLYPH))
                for number, step, key, count, images in rows
            ]

    def page_reading(self, key: str, step: int) -> PageReading | None:
        """What the network made of a page at the moment nearest to a step, None without any.

        Where the page was cut anew meanwhile, `number` says which of the `pages()` it was.
        """
        if self.version < SINCE["page_readings"]:
            return None
        near: list[tuple[Any, ...]] = []
        for side, order in (("<=", "DESC"), (">", "ASC")):  # either is quick, one for both is not
            near += self._rows(
                "SELECT r.step, number, count, probabilities FROM page_readings AS r"
                f" JOIN pages ON page = number WHERE key = ? AND r.step {side} ?"
                f" ORDER BY r.step {order}, number DESC LIMIT 1",
                key,
                int(step),
            )
        rows = sorted(near, key=lambda row: abs(row[0] - step))
        if not rows:
            return None
        at, number, count, packed = rows[0]
        with understandable(self.path.name):
            found = unpack_array(packed, "u1", _glyphs(count), len(self.about.classes))
            return PageReading(at, number, _shares(found))

    def checkpoint(self, step: int) -> dict[str, Any]:
        """The state of the run at the last checkpoint at or before a step, for `Run.restore`."""
        rows = self._rows(
            "SELECT numbers, arrays FROM checkpoints WHERE step <= ? ORDER BY step DESC LIMIT 1",
            int(step),
        )
        if not rows:
            begins = min(self.checkpoints, default=self.about.first_step)  # a lab file's: its end
            raise RecordError(
                f"{self.path.name} begins at step {begins:,}; step {step:,} is "
                "before that. Choose a later one, or the run that this one branched off from."
            )
        with understandable(self.path.name):
            return unpack_state(*rows[0])

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with understandable(self.path.name):
            rows = self._file.execute(query, values).fetchmany(_MOST_ROWS)
        return rows

    def _column(self, query: str) -> NDArray[np.int64]:
        rows = self._rows(query)
        with understandable(self.path.name):
            return np.array(rows, np.int64).reshape(-1)

    def _append(self, table: Table, query: str, after: int) -> None:
        with understandable(self.path.name):
            cursor = self._file.execute(query, (after,))
            while rows := cursor.fetchmany(_AT_ONCE):
                if len(table) > _MOST_ROWS:
                    raise RecordError(f"it has more than {_MOST_ROWS:,} rows, too many to show.")
                table.append(np.array(rows, np.float64))  # NULL becomes NaN


@dataclass(frozen=True)
class Summary:
    """A run in a list. `problem` is a sentence where its file cannot be read, else empty."""

    path: Path
    about: About | None = None
    last_step: int = 0
    loss: float = float("nan")
    accuracy: float = float("nan")
    bytes: int = 0
    problem: str = ""

    @property
    def age(self) -> float:
        """Seconds since it began; infinite where nobody knows."""
        return time.time() - self.about.started if self.about else float("inf")


def summarise(path: Path) -> Summary:
    """A run in short: its newest step and its last look at the test set."""
    try:
        connection = connect(path)
        try:
            with understandable(path.name):
                about = read_about(connection)
                ((last,),) = connection.execute("SELECT max(step) FROM steps")
                newest = "SELECT loss, accuracy FROM evaluations ORDER BY id DESC LIMIT 1"
                loss, accuracy = connection.execute(newest).fetchone() or (None, None)
                size = path.stat().st_size
        finally:
            connection.close()
    except RecordError as error:
        return Summary(path, problem=str(error))
    last = about.first_step if last is None else last
    return Summary(path, about, last, _number(loss), _number(accuracy), size)


def list_runs(folder: Path | None = None) -> list[Summary]:
    """All recorded runs, the newest first, those that cannot be read last."""
    return sorted(_summaries(folder or run_folder()), key=lambda summary: summary.age)


def _summaries(folder: Path) -> Iterator[Summary]:
    return (summarise(path) for path in folder.glob(f"*{SUFFIX}"))


def _glyphs(count: int) -> int:
    if not 0 < count <= _MOST_GLYPHS:
        raise RecordError(f"a page of {count:,} glyphs is none.")
    return count


def _shares(bytes_: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.divide(bytes_, 255, dtype=np.float32)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
