"""The writer of a run's file: rows in transactions, snapshots and checkpoints in bounded stores."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.io.atomic_write import PRIVATE
from core.record.codec import pack_array, pack_state, pack_weights
from core.record.columns import COLUMNS
from core.record.layer_stats import LayerRow
from core.record.models import RunInfo
from core.record.pruning import linear_scale, log_scale, steps_to_drop
from core.record.report_codec import pack_report
from core.record.schema import APPLICATION_ID, PLAIN_COLUMNS, TABLES, VERSION, VIEWS
from core.training.metrics import Evaluation

Thinned = Callable[[], object]

COMMIT_EVERY = 0.25
"""Seconds after which rows are to be seen by readers, and safe from a kill."""
SNAPSHOT_BYTES = 208 * 2**20
CHECKPOINT_BYTES = 64 * 2**20
REPORT_BYTES = 32 * 2**20
_MOST_UNUSED = 3
_PAGE = 16384
_WAL_PAGES = 256


class Store:
    """One file, one writer. What was said is on disk at the latest at the next `commit()`.

    Any thread may use it, but only one at a time.

    `journal` “DELETE” is slower, and for drives that know no shared memory, as those of a network.

    Every method may raise sqlite3.Error or OSError, as when the disk is full.
    """

    def __init__(
        self,
        path: Path,
        snapshot_bytes: int = SNAPSHOT_BYTES,
        checkpoint_bytes: int = CHECKPOINT_BYTES,
        journal: str = "WAL",
        report_bytes: int = REPORT_BYTES,
    ) -> None:
        path.touch(PRIVATE, exist_ok=False)
        self.path = path
        self._limits = snapshot_bytes, checkpoint_bytes, report_bytes
        self._steps: list[tuple[float, ...]] = []
        self._metrics: list[tuple[str, int, int, str, float]] = []
        self._reports: dict[int, int] = {}
        self._snapshots: dict[int, int] = {}
        self._checkpoints: dict[int, int] = {}
        self._pinned: set[int] = set()
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in (
                f"page_size = {_PAGE}",
                f"journal_mode = {journal}",
                "synchronous = NORMAL",  # a kill loses nothing that was committed
                f"wal_autocheckpoint = {_WAL_PAGES}",
                f"journal_size_limit = {2 * _WAL_PAGES * _PAGE}",
                f"application_id = {APPLICATION_ID}",
                f"user_version = {VERSION}",
            ):
                self._file.execute(f"PRAGMA {pragma}")
            self._file.execute("BEGIN")
            for statement in (*TABLES.values(), *VIEWS.values()):
                self._file.execute(statement)
        except BaseException:
            self.discard()
            raise

    def add(self, table: str, **values: Any) -> int:
        """One row; a number that is none becomes NULL. Its id, where the table has one."""
        self._begin()
        marks = ", ".join("?" * len(values))
        done = self._file.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
        )
        return done.lastrowid or 0

    def add_run(self, about: RunInfo) -> None:
        """What the run is, what it is measured by, and the knobs as it begins with them."""
        parent = about.parent
        self.add(
            "run",
            id=1,
            **{name: getattr(about, name) for name in PLAIN_COLUMNS},
            versions=json.dumps(about.versions),
            layout=json.dumps(about.layout.as_json()),
            classes=json.dumps(about.classes),
            spec=json.dumps(about.spec.as_json()),
            sample=pack_array(about.sample, np.uint32),
            parent_run=parent.run_id if parent else None,
            parent_file=parent.file if parent else None,
            parent_step=parent.step if parent else None,
        )
        for number, metric in enumerate(about.metrics):
            batch = metric.key in about.batch_metrics
            self.add("metric_names", number=number, **asdict(metric), batch=batch)
        for knob in about.knobs.values():
            kept = {name: getattr(knob, name) for name in _KNOB_COLUMNS}
            self.add("knobs", **kept, choices=json.dumps(knob.choices), value=knob.default)

    def add_evaluation(self, look: Evaluation, seconds: float) -> None:
        """A look at the test set, `seconds` of training into the run.

        When the reports need more room than they may, some that lie between others go.
        """
        number = self.add(
            "evaluations", step=look.step, epoch=look.epoch, loss=float(look.loss), seconds=seconds
        )
        rows = [("test", number, look.step, key, float(it)) for key, it in look.metrics.items()]
        self._replace("metrics", rows)
        packed = {report.kind: pack_report(report) for report in look.reports}
        kept = {kind: blob for kind, blob in packed.items() if blob is not None}
        self._replace("reports", [(number, kind, look.step, kept[kind]) for kind in kept])
        self._reports[number] = sum(map(len, kept.values()))
        gone = steps_to_drop(self._reports, self._limits[2], log_scale)
        self._drop("reports", gone, self._reports, "look")

    def add_step(self, row: tuple[float, ...], metrics: Mapping[str, float]) -> None:
        """One mini-batch, columns as `STEP_COLUMNS`, and its metrics by key."""
        self._steps.append(row)
        step = int(row[0])
        self._metrics += [("train", 0, step, key, float(it)) for key, it in metrics.items()]

    def add_traces(self, rows: Iterable[tuple[int, int, int, float, float]]) -> None:
        """Step, part, place, value and gradient of single numbers of the network."""
        self._replace("traces", rows)

    def add_layers(self, rows: Iterable[LayerRow]) -> None:
        """Every parameter after one mini-batch, in the place of what was there at that step."""
        self._replace("layers", rows)

    def put_snapshot(
        self, step: int, theta: NDArray[np.float32] | bytes, thinned: Thinned | None = None
    ) -> None:
        """Weights (P,) to look at, packed or not; `thinned()` is called when others had to go."""
        if not isinstance(theta, bytes):
            theta = pack_weights(theta)
        self._replace("snapshots", [(step, theta)])
        self._snapshots[step] = len(theta)
        gone = steps_to_drop(self._snapshots, self._limits[0], log_scale)
        self._drop("snapshots", gone, self._snapshots)
        self._file.executemany("DELETE FROM page_readings WHERE step = ?", [(s,) for s in gone])
        if gone and thinned is not None:
            thinned()

    def put_page_reading(self, step: int, page: int, probabilities: NDArray[np.uint8]) -> None:
        """What was made of a page; it goes together with the snapshot of that step."""
        self._replace("page_readings", [(step, page, pack_array(probabilities, np.uint8))])

    def put_checkpoint(
        self,
        step: int,
        state: Mapping[str, Any],
        pinned: bool = False,
        thinned: Thinned | None = None,
    ) -> None:
        """A state to go on from, in the place of one at the same step.

        A `pinned` one stays: what lies behind it cannot be had by training again. `thinned()` is
        called when others had to go.
        """
        numbers, arrays = pack_state(state)
        self._replace("checkpoints", [(step, numbers, arrays)])
        self._checkpoints[step] = len(arrays) + len(numbers)
        if pinned:
            self._pinned.add(step)
        unused = self._limits[0] - sum(self._snapshots.values())  # young runs have room to spare
        limit = max(self._limits[1], min(unused, _MOST_UNUSED * self._limits[1]))
        gone = steps_to_drop(self._checkpoints, limit, linear_scale, self._pinned)
        self._drop("checkpoints", gone, self._checkpoints)
        if gone and thinned is not None:
            thinned()

    def commit(self) -> None:
        """Let readers see everything, and survive a kill."""
        self._begin()
        self._file.executemany("INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?)", self._steps)
        self._file.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)", self._metrics)
        self._steps.clear()
        self._metrics.clear()
        self._file.execute("COMMIT")

    def close(self) -> None:
        """Commit and leave a single file behind."""
        try:
            self.commit()
        finally:
            self._file.close()

    def abandon(self) -> None:
        """Leave the file as it was committed last."""
        self._file.close()

    def discard(self) -> None:
        """Leave no file behind."""
        self._file.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _begin(self) -> None:
        if not self._file.in_transaction:
            self._file.execute("BEGIN")

    def _replace(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Whole rows, in the place of those with the same key."""
        self._begin()
        marks = ", ".join("?" * len(COLUMNS[table]))
        self._file.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)

    def _drop(self, table: str, gone: list[int], sizes: dict[int, int], key: str = "step") -> None:
        if gone:
            self._file.executemany(f"DELETE FROM {table} WHERE {key} = ?", [(s,) for s in gone])
        for step in gone:
            del sizes[step]


_KNOB_COLUMNS = ("key", "label", "unit", "low", "high", "scale", "integer", "live")
