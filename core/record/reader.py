"""The record of a run, read while it is being written or long after."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import RecordError
from core.record.codec import unpack_array, unpack_state, unpack_weights
from core.record.columns import COLUMNS, MOST_ROWS
from core.record.file_checks import as_record_error, connect, read_about
from core.record.layer_stats import stack_layer_rows
from core.record.metric_columns import MetricColumns
from core.record.models import (
    KnobChange,
    LayerStats,
    PageReading,
    RecordedPage,
    RunEvent,
    RunInfo,
    Snapshot,
    WeightTraces,
)
from core.record.report_codec import unpack_report
from core.record.rows import Rows
from core.record.schema import (
    EVALUATION_COLUMNS,
    EVENT_KINDS,
    STEP_COLUMNS,
    SUFFIX,
    run_folder,
)
from core.training.metrics import Evaluation, Metric
from core.training.reports import Report
from core.translation import tr

_MOST_GLYPHS = 65_536
_GLYPH = 28, 28
_TRIES = 4
_LOOK = "id", "step", "epoch", "loss"


class RunFile(AbstractContextManager["RunFile"]):
    """A run's file, opened read-only; it belongs to the thread that opened it.

    Raises RecordError, at once or at any later look, when the file is damaged or none of ours.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = connect(path)
        self._known = -1
        try:
            with as_record_error(path.name):
                self.version = int(self._file.pragma("user_version"))
                self.about: RunInfo = read_about(self._file)
            keys = tuple(metric.key for metric in self.about.metrics)
            self._steps = MetricColumns("steps", "train", STEP_COLUMNS, self.about.batch_metrics)
            self._looks = MetricColumns("evaluations", "test", ("id", *EVALUATION_COLUMNS), keys)
            self.moments: NDArray[np.int64] = np.empty(0, np.int64)
            self.checkpoints: NDArray[np.int64] = np.empty(0, np.int64)
            self._changes: list[KnobChange] = []
            self._events: list[RunEvent] = []
            self._seen = {"events": -1, "knob_changes": -1}
            self.refresh()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def refresh(self) -> bool:
        """Take in what was written since; True if anything was."""
        with as_record_error(self.path.name):
            version = int(self._file.pragma("data_version"))
            if version == self._known:
                return False
            self._file.measure()
            self._steps.extend(self._file)
            self._looks.extend(self._file)
            self.moments = self._file.column("snapshots")
            self.checkpoints = self._file.column("checkpoints")
            self._changes += [
                self._change(*row) for row in self._newer("knob_changes", "step", "key", "value")
            ]
            self._events += [
                RunEvent(*row)
                for row in self._newer("events", "step", "kind", "text")
                if row[1] in EVENT_KINDS
            ]
        self._known = version
        return True

    def _change(self, step: int, key: str, value: float) -> KnobChange:
        knob = self.about.knobs.get(key)
        if knob is None:
            raise RecordError(
                tr("it turns a setting, “{key}”, that it has not.").format(key=key[:40])
            )
        return KnobChange(step, key, knob.coerce(value))

    def _newer(self, table: str, *columns: str) -> Iterator[tuple[Any, ...]]:
        """The rows that came since the last look."""
        for number, *row in self._file.all(
            table, ("id", *columns), "WHERE id > ?", self._seen[table]
        ):
            self._seen[table] = number
            yield tuple(row)

    @property
    def last_step(self) -> int:
        """The newest mini-batch in the file."""
        steps = self._steps.column("step")
        return int(steps[-1]) if len(steps) else self.about.first_step

    @property
    def version_notice(self) -> str:
        """What a file of the first version has not: a sentence for a person, else empty."""
        if self.version > 1:
            return ""
        return (
            f"{self.path.name} was recorded by an older version of the lab, without the norms and "
            "histograms of its layers and without pages. Train it again to see them."
        )

    def curves(self) -> dict[str, NDArray[np.float64]]:
        """Every mini-batch: `STEP_COLUMNS` and `about.batch_metrics`, each (N,), NaN where unknown.

        Views, valid until a refresh. `seconds` are those of training.
        """
        return self._steps.columns()

    def evaluations(self) -> dict[str, NDArray[np.float64]]:
        """Every look at the test set: `EVALUATION_COLUMNS` and `about.metrics` by key, each (E,).

        Views, valid until a refresh. A step that was looked at more than once has as many rows.
        """
        columns = self._looks.columns()
        del columns["id"]
        return columns

    def seek(self, step: int) -> Snapshot:
        """The snapshot nearest to a step."""
        moments = self.moments
        if not len(moments):
            raise RecordError(tr("{name} has no snapshots of weights.").format(name=self.path.name))
        near = int(moments[np.abs(moments - int(step)).argmin()])
        with as_record_error(self.path.name):
            for _ in range(_TRIES):
                found = self._file.first("snapshots", ("theta",), "WHERE step = ?", near)
                if found is not None:
                    return Snapshot(near, unpack_weights(found[0], self.about.layout.size))
                self.moments = self._file.column("snapshots")  # the writer thinned them meanwhile
                near = int(self.moments[np.abs(self.moments - int(step)).argmin()])
        raise RecordError(
            tr("{name} lists weights that it does not hold. It is damaged.").format(
                name=self.path.name
            )
        )

    def evaluation(self, step: int) -> Evaluation | None:
        """The last look at the test set at or before a step; None before the first.

        Predictions are those of `about.sample`, confidence is in 255 steps. Of a very long run some
        looks have no reports any more.
        """
        with as_record_error(self.path.name):
            found = self._file.first(
                "evaluations", _LOOK, "WHERE step <= ? ORDER BY step DESC, id DESC", int(step)
            )
        if found is None:
            return None
        number, at, epoch, loss = found
        with as_record_error(self.path.name):
            return Evaluation(
                at, epoch, _number(loss), self._metrics(number), tuple(self._reports(number))
            )

    def _metrics(self, look: int) -> dict[str, float]:
        """What a look at the test set measured, by key, in the order of `about.metrics`."""
        rows = self._file.take(
            "metrics",
            ("name", "value"),
            "WHERE split = 'test' AND look = ? LIMIT ?",
            look,
            MOST_ROWS["metric_names"],
        )
        values = dict(rows)
        known = [metric.key for metric in self.about.metrics if metric.key in values]
        return {key: _number(values[key]) for key in known}

    def _reports(self, look: int) -> Iterator[Report]:
        classes, sample = len(self.about.classes), self.about.sample
        for kind, blob in self._file.all("reports", ("kind", "blob"), "WHERE look = ?", look):
            report = unpack_report(kind, blob, classes, sample)
            if report is not None:
                yield report

    def events(self) -> list[RunEvent]:
        """What happened, in order; kinds that this version does not know are left out."""
        return list(self._events)

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

    def traces(self, parameter: str) -> WeightTraces:
        """Those numbers of a parameter, by torch's name, that were followed, with gradients."""
        with as_record_error(self.path.name):
            found = self._file.first("parts", ("number",), "WHERE parameter = ?", parameter)
            columns = ("step", "part", "place", "value", "gradient")
            parts = [np.empty((0, 5))]
            if found is not None:
                parts += self._file.numbers("traces", columns, "WHERE part = ?", found[0])
            table = np.concatenate(parts)
            steps, places = (np.unique(table[:, i]).astype(np.int64) for i in (0, 2))
            shape = len(steps), len(places)
            values, gradients = table[:, 3].reshape(shape), table[:, 4].reshape(shape)
            return WeightTraces(steps, places, values, gradients)

    def layers(self, after: int = -1) -> LayerStats:
        """Norms and histograms of every trained parameter, at steps later than `after`.

        None at all in a file of the first version; `version_notice` says so.
        """
        names: list[tuple[Any, ...]] = []
        with as_record_error(self.path.name):
            rows = list(self._file.all("layers", tuple(COLUMNS["layers"]), "WHERE step > ?", after))
            if rows or self.version > 1:
                names = list(self._file.all("parts", ("parameter",)))
            return stack_layer_rows(rows, tuple(name for (name,) in names))

    def pages(self) -> list[RecordedPage]:
        """Every page that was open while the run trained; none in a file of the first version."""
        columns = ("number", "step", "key", "count", "images")
        pages: list[RecordedPage] = []
        with as_record_error(self.path.name):
            for number, step, key, count, images in self._file.all("pages", columns):
                if sum(len(page.images) for page in pages) + count > _MOST_GLYPHS:
                    raise RecordError(
                        tr("its pages hold more than {most_glyphs:,} glyphs.").format(
                            most_glyphs=_MOST_GLYPHS
                        )
                    )
                pages.append(
                    RecordedPage(number, step, key, unpack_array(images, "u1", count, *_GLYPH))
                )
        return pages

    def page_reading(self, key: str, step: int) -> PageReading | None:
        """What the network made of a page at the moment nearest to a step, None without any.

        Where the page was cut anew meanwhile, `number` says which of the `pages()` it was.
        """
        with as_record_error(self.path.name):
            counts = dict(self._file.all("pages", ("number", "count"), "WHERE key = ?", key))
            numbers = ", ".join(map(str, counts)) or "NULL"
            near: list[tuple[Any, ...]] = []
            for side, order in (("<=", "DESC"), (">", "ASC")):  # either is quick, both are not
                found = self._file.first(
                    "page_readings",
                    ("step", "page", "probabilities"),
                    f"WHERE page IN ({numbers}) AND step {side} ? ORDER BY step {order}, page DESC",
                    int(step),
                )
                near += [found] if found is not None else []
            if not near:
                return None
            at, number, packed = min(near, key=lambda row: abs(row[0] - step))
            read = unpack_array(packed, "u1", counts[number], len(self.about.classes))
            return PageReading(at, number, _shares(read))

    def checkpoint(self, step: int) -> dict[str, Any]:
        """The last checkpoint at or before a step, for `Trainer.load_state_dict`."""
        with as_record_error(self.path.name):
            found = self._file.first(
                "checkpoints",
                ("numbers", "arrays"),
                "WHERE step <= ? ORDER BY step DESC",
                int(step),
            )
        if found is None:
            begins = min(self.checkpoints, default=self.about.first_step)  # a lab file's: its end
            raise RecordError(
                tr(
                    "{name} begins at step {begins:,}; step {step:,} is before that. Choose a "
                    "later one, or the run that this one branched off from."
                ).format(name=self.path.name, begins=begins, step=step)
            )
        with as_record_error(self.path.name):
            return unpack_state(*found)


@dataclass(frozen=True)
class RecordSummary:
    """A run in a list: `loss` and `value`, its first metric, are those of its last look.

    `problem` is a sentence where its file cannot be read, else empty.
    """

    path: Path
    about: RunInfo | None = None
    last_step: int = 0
    loss: float = float("nan")
    value: float = float("nan")
    bytes: int = 0
    problem: str = ""

    @property
    def metric(self) -> Metric | None:
        """What `value` is: the first metric of the run, that its goals are about."""
        return self.about.metrics[0] if self.about and self.about.metrics else None

    @property
    def age(self) -> float:
        """Seconds since it began; infinite where nobody knows."""
        return time.time() - self.about.started if self.about else float("inf")


def summarise_record(path: Path) -> RecordSummary:
    """A run in short: its newest step and its last look at the test set."""
    try:
        rows = connect(path)
        try:
            with as_record_error(path.name):
                about = read_about(rows)
                last = rows.first("steps", ("step",), "ORDER BY step DESC")
                look = rows.first("evaluations", ("id", "loss"), "ORDER BY id DESC")
                value = _value_at(rows, look[0], about) if look is not None else None
                size = path.stat().st_size
        finally:
            rows.close()
    except RecordError as error:
        return RecordSummary(path, problem=str(error))
    step = last[0] if last is not None else about.first_step
    loss = look[1] if look is not None else None
    return RecordSummary(path, about, step, _number(loss), _number(value), size)


def _value_at(rows: Rows, look: int, about: RunInfo) -> float | None:
    """The first metric of a run at a look, by its id."""
    where = "WHERE split = 'test' AND look = ? AND name = ?"
    keys = [metric.key for metric in about.metrics[:1]]
    found = rows.first("metrics", ("value",), where, look, *keys) if keys else None
    return None if found is None else found[0]


def list_runs(folder: Path | None = None) -> list[RecordSummary]:
    """All recorded runs, the newest first, those that cannot be read last."""
    runs = map(summarise_record, (folder or run_folder()).glob(f"*{SUFFIX}"))
    return sorted(runs, key=lambda summary: summary.age)


def _shares(bytes_: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.divide(bytes_, 255, dtype=np.float32)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
