"""Resuming a recorded run at any step: a checkpoint, then replayed mini-batches, bit for bit."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from core.errors import RecordError
from core.kernels.engine import Engine
from core.knobs import Knobs
from core.record.file_checks import as_record_error
from core.record.reader import RunFile
from core.training.loop import KnobSource
from core.training.metrics import LOSS, Evaluation, StepMetrics
from core.training.task import Task
from core.training.trainer import Trainer
from core.translation import tr

Looks = dict[int, tuple[float, dict[str, float]]]
"""Loss, and metrics by key, by step."""

Compute = Callable[[Engine, int], object]
"""Switches to an engine and a number of cores."""


class RecordedCompute(NamedTuple):
    """Engine and number of cores of recorded mini-batches."""

    engine: Engine
    threads: int


class ResumableRun:
    """A recorded run whose state at any step can be restored.

    `knobs` are those of its chapter. Raises RecordError when the record has others, as one of
    another version may.
    """

    def __init__(self, film: RunFile, knobs: Knobs) -> None:
        self._film = film
        self._knobs = knobs
        if set(film.about.knobs) != set(knobs):
            unlike = sorted(set(film.about.knobs) ^ set(knobs))
            raise RecordError(
                tr(
                    "{name} cannot be continued: its chapter has different settings now ({unlike})."
                ).format(name=film.path.name, unlike=", ".join(unlike))
            )

    def knobs(self, step: int) -> Knobs:
        """The knobs with which mini-batch `step` was trained. Raises KnobError."""
        return self._knobs.with_values(**self._film.knobs_at(step))

    def demand_same_beginning(self, knobs: Knobs, step: int) -> None:
        """Raises RecordError when a knob differs that only acts when a run begins."""
        before = self.knobs(step)
        for key, knob in knobs.knobs.items():
            if not knob.live and knobs[key] != before[key]:
                raise RecordError(
                    tr(
                        "{label} was {before} in {name} and cannot be another in the middle "
                        "of it. Turn it back, or begin a new run."
                    ).format(
                        label=tr(knob.label),
                        before=knob.text(before[key]),
                        name=self._film.path.name,
                    )
                )

    def relive(
        self, task: Task, steps: Callable[[Trainer, KnobSource], Iterator[StepMetrics]], until: int,
        compute: Compute, on_idle: Callable[[], object], progress: Callable[[int, int], object],
    ) -> Trainer:  # fmt: skip
        """The run after mini-batch `until`, bit for bit on the same kind of machine.

        The last checkpoint at or before it is restored; from there on it is trained again, with
        knobs and engines as they were, without looking at the test set again where the record
        knows what was found; `progress(step, until)` hears how far. Raises LabError.
        """
        if until > self._film.last_step:
            raise RecordError(
                tr(
                    "{name} ends at step {last_step:,}; there is no step {until:,} to go on from."
                ).format(name=self._film.path.name, last_step=self._film.last_step, until=until)
            )
        run = ReplayTrainer(task, self.knobs(until), self._looks())
        run.on_idle = on_idle
        run.load_state_dict(self._film.checkpoint(until))
        with as_record_error(self._film.path.name):
            computing = [
                (event.step, RecordedCompute(**json.loads(event.text)))
                for event in self._film.events()
                if event.kind == "computing"
            ]
        values: dict[str, float] = {}
        known = self._knobs

        def knobs() -> Knobs:
            nonlocal values, known
            if (now := self._film.knobs_at(run.step + 1)) != values:
                values, known = now, self._knobs.with_values(**now)
            return known

        again = steps(run, knobs)
        used = None
        while run.step < until:
            machine = next((m for step, m in reversed(computing) if step <= run.step), None)
            if machine is not None and machine != used:
                used = machine
                compute(machine.engine, machine.threads)
            with np.errstate(all="ignore"):  # what leaves the numbers is found by the loop
                next(again)
            progress(run.step, until)
            on_idle()
        run.looks.clear()
        return run

    def _looks(self) -> Looks:
        """Loss and metrics at each step where training looked at the test set.

        Where somebody looked again after the same step, training itself was first.
        """
        columns = self._film.evaluations()
        keys = [metric.key for metric in self._film.about.metrics]
        steps = columns["step"].astype(np.int64).tolist()
        rows = zip(*(columns[key].tolist() for key in ("loss", *keys)), strict=True)
        first: Looks = {}
        for step, (loss, *values) in zip(steps, rows, strict=True):
            first.setdefault(step, (loss, dict(zip(keys, values, strict=True))))
        return first


class ReplayTrainer(Trainer):
    """A Trainer that takes evaluations from `looks`, loss and metrics by step, where it has them.

    Such an evaluation has no reports. Training goes on from a look by no more than its numbers,
    but where early stopping puts back weights: there it looks again, as where the metric that its
    goal is about was not recorded.
    """

    def __init__(
        self, task: Task, knobs: Knobs, looks: Mapping[int, tuple[float, dict[str, float]]]
    ) -> None:
        super().__init__(task, knobs)
        self.looks = dict(looks)

    def evaluate(self, knobs: Knobs) -> Evaluation:
        """What it found then, or what it finds now."""
        if self.step not in self.looks or knobs.get("patience", 0):
            return super().evaluate(knobs)
        loss, metrics = self.looks[self.step]
        goal = self.task.measured_by(self.data.test).goal
        if goal != LOSS and goal.key not in metrics:
            return super().evaluate(knobs)
        return Evaluation(self.step, self.epoch, loss, metrics)
