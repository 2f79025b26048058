"""Recorder: decides what of a run is written, within a share of the training time."""

import json
import math
import platform
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import AnomalyError, LabError
from core.knobs import Knobs
from core.record.columns import MOST_ROWS
from core.record.layer_stats import LayerMeter
from core.record.location import create_record, error_advice, error_reason
from core.record.models import Parent, RunInfo, sample_indices, with_defaults_at
from core.record.page_probe import PageRecorder
from core.record.pruning import KEPT_SHARE
from core.record.report_codec import sampled_report
from core.record.retention import load_keep_last, make_room
from core.record.run_description import describe_run
from core.record.schema import RESUMED, run_folder
from core.record.store import Store
from core.record.use_lock import UseLock
from core.record.weight_traces import WeightTracer
from core.record.writer import Writer
from core.training.metrics import Evaluation, StepMetrics
from core.training.trainer import Trainer
from core.translation import tr

_RATIO = 1 / 144  # from a snapshot to the next, as a share of the step
_CHECKPOINT_EVERY = 0.15  # seconds of training, at first
# Shares of training time: θ, pages, states.
_SNAPSHOT_SHARE, _PAGE_SHARE, _CHECKPOINT_SHARE = 0.015, 0.005, 0.012
_ADVANCE = 0.05  # seconds that each of them may take at once
_MIN_REPLAY = 8  # mini-batches that a fork from a pause would have to train again
_WRITER_SHARE, _WRITER_ADVANCE = 0.1, 1.0  # the same of the thread that packs and writes
_MAX_EVENTS = MOST_ROWS["events"] * 9 // 10  # events; of those that come by themselves no more


class TimeBudget:
    """A share of training time that may be spent, and `advance` seconds ahead of it."""

    def __init__(self, share: float, advance: float) -> None:
        self._share = share
        self._advance = advance
        self.spent = 0.0

    def affords(self, trained: float) -> bool:
        """Whether more may be spent after so many seconds of training."""
        return self.spent <= self._share * trained + self._advance

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time of a `with` block as spent."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.spent += time.perf_counter() - began


class Recorder:
    """The record of one run. The file begins with the first mini-batch, so that a look costs none.

    When the disk is full or refuses, `warn` is called once with a sentence and nothing is recorded
    from there on; training never notices. `announce` hears where the file is.
    """

    def __init__(
        self,
        run: Trainer,
        chapter: str,
        warn: Callable[[str], object],
        announce: Callable[[Path], object],
        parent: Parent | None = None,
        folder: Path | None = None,
        resumes: bool = False,
    ) -> None:
        self._run = run
        self._begin = RESUMED if resumes else ""
        self._chapter = chapter
        self._warn = warn
        self._announce = announce
        self._parent = parent
        self._folder = folder
        self._store: Writer | None = None
        self._using: UseLock | None = None
        self._started = False
        self._early: Evaluation | None = None
        self._computing = "{}"
        self._tracer = WeightTracer(run.arena)
        self._meter = LayerMeter(run.arena)
        self._pages = PageRecorder(run)
        self._sample = sample_indices(len(run.data.test))
        self._ratio = _RATIO
        self._every = _CHECKPOINT_EVERY
        self._next_snapshot = 0
        self._next_checkpoint = 0.0
        self._kept = run.step
        self._trained = 0.0
        self._snapshot_budget = TimeBudget(_SNAPSHOT_SHARE, _ADVANCE)
        self._page_budget = TimeBudget(_PAGE_SHARE, _ADVANCE)
        self._checkpoint_budget = TimeBudget(_CHECKPOINT_SHARE, _ADVANCE)
        self._best = math.inf
        self._epoch = 0
        self._last_measured = -1
        self._events = 0
        self._before = self._last = run.step

    def begin(self, knobs: Knobs) -> None:
        """Open the file and keep the state before the next mini-batch. Only the first call acts."""
        if self._started:
            return
        self._started = True
        self._epoch = int(self._run.epoch)
        self._before = self._last = self._run.step
        with self._guarded():
            folder = self._folder or run_folder()
            cleared = make_room(folder, last=load_keep_last() if self._folder is None else None)
            run_id = uuid.uuid4().hex
            placed = create_record(
                folder,
                self._chapter,
                run_id,
                lambda writer: self._write_start(writer, run_id, knobs),
            )
            self._store, self._using = placed.writer, placed.using
            self._meter.note(self._run.step)
            self._announce(placed.writer.path)
            for sentence in filter(None, (cleared.sentence, placed.said)):
                self._warn(sentence)
        if self._early is not None:
            self.on_evaluation(self._early)

    def on_step(self, step: StepMetrics, seconds: float) -> None:
        """A mini-batch was trained."""
        store = self._store
        if store is None:
            return
        row = step.number, step.epoch, step.samples, step.loss, step.lr, step.gradient, seconds
        store.add_step(row, step.metrics)
        self._trained = seconds
        self._before, self._last = self._last, step.number
        if step.epoch >= self._epoch + 1:
            self._epoch = int(step.epoch)
            self._event("epoch", str(self._epoch))
            self._next_snapshot = step.number  # the marks of a film are moments of it
        number = step.number
        if self._tracer.due(number) or self._snapshot_due(number) or self._checkpoint_due:
            self._save_due(store, number)
        elif store.due:
            self.on_idle()
        if self._tracer.due(2 * number - self._before):  # where the next one ends
            self._meter.note(number)

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """The test set was looked at."""
        if self._store is None:
            self._early = evaluation
            return
        reports = tuple(sampled_report(report, self._sample) for report in evaluation.reports)
        with self._guarded() as store:
            look = replace(evaluation, reports=reports)
            store.write(Store.add_evaluation, look, self._trained)
        if evaluation.loss < self._best:
            self._best = evaluation.loss
            self._event("best", f"{evaluation.loss:.6g}")
        with self._guarded() as store:
            store.commit()  # it may be the look of a pause, after which nothing else is written

    def on_knob(self, step: int, key: str, value: float) -> None:
        """Mini-batch `step` is the first with this value."""
        with self._guarded() as store:
            store.write(Store.add, "knob_changes", step=step, key=key, value=value)

    def watch(self, images: NDArray[np.uint8], key: str) -> None:
        """Keep with each snapshot what the network makes of these glyphs (N, 28, 28).

        They are those of the open page, which `key` names; with N = 0 none is open. Others in the
        place of those before.
        """
        self._pages.watch(images, key)

    def lift_time_budget(self) -> None:
        """Record without a time budget: for a run that is only trained for a film."""
        self._snapshot_budget = self._page_budget = TimeBudget(0.0, math.inf)

    def on_computing(self, card: Mapping[str, str | int]) -> None:
        """From the next mini-batch on it is computed with this engine, on so many cores."""
        self._computing = json.dumps(dict(card))
        self._event("computing", self._computing)

    def on_lesson(self, unlearnt: bool = False) -> None:
        """The weights were changed by fine-tuning: keep a pinned checkpoint to go on from."""
        self._event("unlearnt" if unlearnt else "lesson", "")
        self._meter.note(self._run.step)
        with self._guarded() as store:
            self._snapshot(store)
            self._pages.read(store)
            self._checkpoint(store, pinned=True)
            store.flush()

    def on_paused(self, finished: bool) -> None:
        """Training paused: write everything, and a checkpoint where one is worth it."""
        self._event("finished" if finished else "pause", "")
        with self._guarded() as store:
            self._layers(store)
            self._snapshot(store)
            self._pages.read(store)
            if self._run.step - self._kept >= _MIN_REPLAY:
                self._checkpoint(store)  # training stands still, so that it costs nothing
            store.flush()

    def keep(self) -> None:
        """Write a checkpoint of this very step."""
        with self._guarded() as store:
            self._snapshot(store)
            self._checkpoint(store)
            store.flush()

    def on_failure(self, error: LabError) -> None:
        """The run failed, as when the loss became NaN."""
        if isinstance(error, AnomalyError):
            self._event("anomaly", json.dumps(error.place, ensure_ascii=False))
        self._event("failed", str(error))

    def on_idle(self) -> None:
        """Commit when due; called during long work."""
        if self._store is not None and self._store.due:
            with self._guarded() as store:
                store.commit()

    def close(self) -> None:
        """Finish the file."""
        with self._guarded() as store:
            store.close()
        self._store = None
        self._release()

    @property
    def path(self) -> Path | None:
        """The file; None before the first mini-batch and when nothing is recorded."""
        return self._store.path if self._store is not None else None

    @property
    def _checkpoint_due(self) -> bool:
        return (
            self._trained >= self._next_checkpoint
            and self._checkpoint_budget.affords(self._trained)
            and self._writer_affords
        )

    def _snapshot_due(self, step: int) -> bool:
        return (
            step >= self._next_snapshot
            and self._snapshot_budget.affords(self._trained)
            and self._writer_affords
        )

    @property
    def _writer_affords(self) -> bool:
        store = self._store
        enough = _WRITER_SHARE * self._trained + _WRITER_ADVANCE
        return store is not None and store.keeps_up and store.spent <= enough

    def _save_due(self, store: Writer, step: int) -> None:
        with self._guarded():
            if self._tracer.due(step):  # ever fewer, so that nobody need count what they cost
                store.write(Store.add_traces, self._tracer.take(step))
                self._layers(store)
            if self._snapshot_due(step):
                with self._snapshot_budget.spending():
                    self._snapshot(store)
                if self._page_budget.affords(self._trained):
                    with self._page_budget.spending():
                        self._pages.read(store)
            if self._checkpoint_due:
                with self._checkpoint_budget.spending():
                    self._checkpoint(store)
            if store.due:
                store.commit()

    def _layers(self, store: Writer) -> None:
        step = self._run.step
        if step != self._last_measured:
            store.write(Store.add_layers, self._meter.take(step, self._before))
            self._last_measured = step

    def _snapshot(self, store: Writer) -> None:
        step = self._run.step
        theta = self._run.arena.theta.copy()
        store.write(Store.put_snapshot, step, theta, self._snapshot_less_often)
        self._next_snapshot = step + max(1, int(step * self._ratio))

    def _snapshot_less_often(self) -> None:
        self._ratio /= KEPT_SHARE

    def _checkpoint(self, store: Writer, pinned: bool = False) -> None:
        state = self._run.state_dict()
        store.write(
            Store.put_checkpoint, self._run.step, state, pinned, self._checkpoint_less_often
        )
        self._kept = self._run.step
        self._next_checkpoint = self._trained + self._every

    def _checkpoint_less_often(self) -> None:
        self._every /= KEPT_SHARE

    def _write_start(self, store: Writer, run_id: str, knobs: Knobs) -> None:
        run = self._run
        store.write(
            Store.add_run,
            RunInfo(
                run_id=run_id,
                chapter=self._chapter,
                seed=int(knobs.get("seed", 1)),
                started=time.time(),
                versions={
                    "python": platform.python_version(),
                    "numpy": np.__version__,
                    "sqlite": sqlite3.sqlite_version,
                    "data": run.data.train.name,
                },
                layout=run.arena.layout,
                classes=run.data.test.classes,
                sample=self._sample,
                first_step=run.step,
                first_samples=run.samples,
                knobs=with_defaults_at(knobs),
                parent=self._parent,
                **describe_run(run)._asdict(),
            ),
        )
        for part in self._tracer.parts:
            store.write(Store.add, "parts", **asdict(part))
        store.write(Store.add, "events", step=run.step, kind="begin", text=self._begin)
        store.write(Store.add, "events", step=run.step, kind="computing", text=self._computing)
        store.write(Store.add_layers, self._meter.take(run.step))
        self._last_measured = run.step
        self._snapshot(store)
        self._pages.read(store)
        self._checkpoint(store, pinned=True)

    def _event(self, kind: str, text: str) -> None:
        self._events += 1
        if self._events > _MAX_EVENTS and kind in ("epoch", "best"):
            return
        with self._guarded() as store:
            store.write(Store.add, "events", step=self._run.step, kind=kind, text=text)

    @contextmanager
    def _guarded(self) -> Iterator[Any]:
        """The writer, or a null writer; the first disk error ends the recording with a warning."""
        try:
            yield self._store if self._store is not None else _NullWriter()
        except (OSError, sqlite3.Error) as error:
            if self._store is not None:
                self._store.abandon()
                self._store = None
            self._release()
            self._warn(
                tr(
                    "This run is not recorded any more: {error}. Training goes on without. "
                    "{error_advice}"
                ).format(error=error_reason(error), error_advice=error_advice(error))
            )

    def _release(self) -> None:
        if self._using is not None:
            self._using.release()
            self._using = None


class _NullWriter:
    """Accepts every call and writes nothing."""

    def __getattr__(self, name: str) -> Callable[..., bool]:
        return lambda *_, **__: False
