"""Timeline: curves, weights and record of the open run, and which of its moments is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from core.record.models import KnobChange, RunEvent
from core.runtime.protocol import ComputeChanged
from core.training.metrics import Evaluation, MetricSet
from core.training.series import ColumnStore, table_rows
from hellodl_gui.state.models import Weights

Steps = NDArray[np.int64]
Column = NDArray[np.float64]
_NONE: Steps = np.empty(0, np.int64)

BEFORE = "before the fork"
"""The name of the curves that a fork left behind; a run from the start forgets them."""


@dataclass(frozen=True)
class Moment:
    """The state of a run after mini-batch `step`, from its record.

    `weights` went through half precision, and their gradient was not kept: it is NaN. `evaluation`
    is the last validation until then, `knobs` are the values that trained the step. `page` (N, C)
    are the predictions for the glyphs of `Timeline.page_probe`, None where not recorded.
    """

    step: int
    weights: Weights
    evaluation: Evaluation | None
    knobs: Mapping[str, float]
    page: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class PageProbe:
    """The glyphs (N, 28, 28) of the open page, which `key` names: read with every snapshot."""

    images: NDArray[np.uint8]
    key: str


@dataclass(frozen=True)
class ComparisonCurve:
    """Another run's curves, drawn next to this run's in the theme's curve colour `colour`.

    `trained` has a value (N,) of every mini-batch of `steps` (N,), by “loss” and the keys of
    metrics; `validated` those (E,) of every look at the test set after the mini-batches `tested`.
    """

    name: str
    colour: int
    steps: Column
    trained: Mapping[str, Column]
    tested: Column
    validated: Mapping[str, Column]


class Timeline:
    """What happened in the open run, and the moment that is shown.

    Attributes of the run: `metrics`, what it is measured by; `steps` and `validations`, tables with
    the columns that go with these; `marks` of knobs, `compute_changes`, `live_weights` and
    `live_evaluation` (the newest), `page_probe`, `comparison_curves` (of other runs, by name).
    Attributes of its record: `path`, its newest file, None if nothing is recorded, and `until`,
    where a fork ends that has no step of its own yet; `moments` (N,), the steps whose weights were
    kept; `checkpoints`, those from which a fork begins at once; `events`; `replay_progress`, (step,
    goal) while a fork is trained again up to its beginning, else None; `visiting`, whether an ended
    run is shown that goes on with Play. `moment` is the step that is shown, None at the live edge,
    and `shown` the Moment itself; `weights` and `evaluation` are those of the moment that is shown.

    Signals: `record_opened(Path, int | None)`, the record and, for a fork that has not trained a
    step of its own yet, where it ends; `seek_requested(int | None)`.
    """

    steps_added = Signal(int)
    weights_changed = Signal()
    evaluated = Signal(object)
    predictions_outdated = Signal()
    knob_marked = Signal(object)
    compute_changed = Signal(object)
    comparison_curves_changed = Signal()
    page_probe_changed = Signal(object)
    record_opened = Signal(object, object)
    record_grew = Signal()
    moment_changed = Signal()
    replay_progressed = Signal()
    seek_requested = Signal(object)

    def __init__(self, metrics: MetricSet) -> None:
        self.comparison_curves: dict[str, ComparisonCurve] = {}
        self.page_probe: PageProbe | None = None
        self.clear(metrics)

    def clear(self, metrics: MetricSet) -> None:
        """Another run, measured by these, with nothing trained or recorded yet."""
        self.metrics = metrics
        self.steps = ColumnStore(*metrics.step_columns)
        self.validations = ColumnStore(*metrics.validation_columns)
        self.live_evaluation: Evaluation | None = None
        self.live_weights: Weights | None = None
        self.marks: list[KnobChange] = []
        self.compute_changes: list[ComputeChanged] = []
        self.shown: Moment | None = None
        self.clear_record()

    def clear_record(self) -> None:
        """Nothing is recorded, or it cannot be read any more."""
        self.path: Path | None = None
        self.until: int | None = None
        self.moment: int | None = None
        self.moments = self.checkpoints = _NONE
        self.events: tuple[RunEvent, ...] = ()
        self.replay_progress: tuple[int, int] | None = None
        self.visiting = False

    @property
    def weights(self) -> Weights | None:
        """The weights of the moment that is shown; None before there are any."""
        return self.shown.weights if self.shown is not None else self.live_weights

    @property
    def evaluation(self) -> Evaluation | None:
        """The last validation before the moment that is shown."""
        return self.shown.evaluation if self.shown is not None else self.live_evaluation

    @property
    def page_at_moment(self) -> NDArray[np.float32] | None:
        """Predictions (N, C) for the probed page at the moment shown, where recorded."""
        return self.shown.page if self.shown is not None else None

    @property
    def step(self) -> int:
        """Mini-batches trained so far."""
        return int(self.steps.column("step")[-1]) if len(self.steps) else 0

    # -- the moment that is shown -------------------------------------------------------------

    def seek(self, step: int | None) -> None:
        """Show the recorded moment nearest to a step, or with None the live edge."""
        self.seek_requested.emit(step)

    def show(self, moment: Moment | None) -> None:
        """Everything that follows time now shows this moment; with None, the live edge."""
        was, self.shown = self.shown, moment
        if moment is None and was is None:
            return
        self.moment = moment.step if moment is not None else None
        self.moment_changed.emit()
        self.weights_changed.emit()
        if self.evaluation is not None:
            self.evaluated.emit(self.evaluation)
        self.predictions_outdated.emit()

    # -- the run ------------------------------------------------------------------------------

    def add_steps(self, rows: NDArray[np.float64]) -> None:
        """Mini-batches were trained; rows with the columns of `steps`."""
        if len(rows):
            self.steps.append(rows)
            self.steps_added.emit(len(rows))

    def set_weights(self, weights: Weights) -> None:
        """Newer weights are here."""
        self.live_weights = weights
        if self.shown is None:
            self.weights_changed.emit()

    def add_evaluation(self, evaluation: Evaluation) -> None:
        """The run was validated."""
        self.live_evaluation = seen = evaluation
        found = (seen.metrics.get(metric.key, np.nan) for metric in self.metrics.tested)
        self.validations.append(np.array([[seen.step, seen.epoch, seen.loss, *found]]))
        if self.shown is None:
            self.evaluated.emit(evaluation)
            self.predictions_outdated.emit()

    def add_compute_change(self, change: ComputeChanged) -> None:
        """Another engine or number of cores took over."""
        self.compute_changes.append(change)
        self.compute_changed.emit(change)

    def add_mark(self, mark: KnobChange) -> None:
        """A knob took effect."""
        self.marks.append(mark)
        self.knob_marked.emit(mark)

    def keep_until(
        self, step: int, metrics: MetricSet, steps: Mapping[str, Column],
        validations: Mapping[str, Column], marks: Sequence[KnobChange],
    ) -> None:  # fmt: skip
        """Begin with the curves of another run up to mini-batch `step`, columns by name.

        What this run is measured by and the other was not, is NaN.
        """
        self.clear(metrics)
        for table, known in ((self.steps, steps), (self.validations, validations)):
            rows = table_rows(table.columns, known)
            table.append(rows[rows[:, 0] <= step])
        self.marks = [mark for mark in marks if mark.step <= step]

    def set_comparison_curves(self, curves: Mapping[str, ComparisonCurve]) -> None:
        """Draw the curves of these other runs too."""
        self.comparison_curves = dict(curves)
        self.comparison_curves_changed.emit()

    def probe_page(self, probe: PageProbe) -> None:
        """Have these glyphs read and recorded with every snapshot from here on."""
        self.page_probe = probe
        self.page_probe_changed.emit(probe)

    # -- its record ---------------------------------------------------------------------------

    def open_record(self, path: Path, until: int | None = None) -> None:
        """The run is recorded there; `until`: a fork that has not trained a step of its own yet."""
        self.path, self.until = path, until
        self.record_opened.emit(path, until)

    def extend_record(
        self, moments: Steps, checkpoints: Steps, events: tuple[RunEvent, ...]
    ) -> None:
        """This is what the record holds by now."""
        self.moments, self.checkpoints, self.events = moments, checkpoints, events
        self.record_grew.emit()

    def set_replay_progress(self, step: int, until: int) -> None:
        """A fork is at `step` on its way back to `until`; there once they are equal."""
        self.replay_progress = (step, until) if step < until else None
        self.replay_progressed.emit()
