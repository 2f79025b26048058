"""The laboratory as it stands: chapter, knobs, run, curves, weights. The one truth panels render.

Whoever changes something calls a method; whoever shows something listens to a signal. Nothing here
knows Qt, processes or files.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from core.chapters.chapter import Chapter, Experiment
from core.data.dataset import Dataset
from core.knobs import Knobs
from core.nn.arena import ArenaLayout
from core.runtime.board import RING_FIELDS
from core.runtime.compute import ComputeSettings, default_compute_settings
from core.training.metrics import Evaluation
from core.training.series import ColumnStore
from core.training.task import Split
from hellodl_gui.state.models import (
    ComputeChange,
    KnobMark,
    Message,
    Preparation,
    SamplePrediction,
    Weights,
)
from hellodl_gui.state.run_requests import RunRequests
from hellodl_gui.state.sample_query import SampleQuery
from hellodl_gui.state.selection import InputImage, Unit, test_sample
from hellodl_gui.state.timeline import BEFORE, ComparisonCurve, Film, Moment, PageProbe

VALIDATION_FIELDS = ("step", "epoch", "loss", "accuracy", "top2")
"""The columns of `LabState.validations`."""


class LabState(RunRequests):
    """Everything the window shows of training.

    Attributes: `chapter`, `knobs` (as turned), `status`, `steps` (a ColumnStore of `RING_FIELDS`),
    `validations` (a ColumnStore), `marks`, `film` (the record, and which moment of it is shown),
    `live_weights` and `live_evaluation` (the newest), `ghosts` (curves of other runs by name),
    `data` (the chapter's split), `selected` (a sample of the test set), `looked_at` (the picture
    that is looked into: that sample, a drawing, or a box of the page), `speed` (mini-batches a
    second, None for full speed), `computing` (the engine and cores wanted), `shifts` (the engines
    of this run), `run_id`; and those of RunRequests and Transport.

    `weights` and `evaluation` are those of the moment that is shown.
    """

    chapter_changed = Signal(object)
    knob_turned = Signal(str, float)
    knobs_replaced = Signal(object)
    restarted = Signal()
    prepared = Signal(object)
    steps_added = Signal(int)
    weights_changed = Signal()
    evaluated = Signal(object)
    knob_marked = Signal(object)
    selected_changed = Signal(int)
    looked_at_changed = Signal()
    picked = Signal(object)
    sample_read = Signal(object)
    speed_changed = Signal(object)
    computing_changed = Signal(object)
    shifted = Signal(object)
    said = Signal(object)
    unsaid = Signal(str)
    ghosts_changed = Signal()

    restart_wanted = Signal(object, object)
    back_wanted = Signal()
    fork_wanted = Signal(int)
    run_wanted = Signal(object)
    watch_wanted = Signal(object)
    panel_wanted = Signal(str)
    unit_wanted = Signal(object)

    def __init__(self, chapter: Chapter, data: Split, layout: ArenaLayout) -> None:
        super().__init__()
        self.run_id = 0
        self.preparation: Preparation | None = None
        self.speed: float | None = None
        self.computing = default_compute_settings()
        self.film = Film()
        self.ghosts: dict[str, ComparisonCurve] = {}
        self.watched: PageProbe | None = None
        self._set_chapter(chapter, data, layout)

    def _set_chapter(self, chapter: Chapter, data: Split, layout: ArenaLayout) -> None:
        self.chapter = chapter
        self.data = data
        self.layout = layout
        self.knobs = chapter.defaults()
        self.selected = 0
        self.looked_at = test_sample(data.test, 0)
        self.reading: SamplePrediction | None = None
        self._clear()

    def _clear(self) -> None:
        self.steps = ColumnStore(*RING_FIELDS)
        self.validations = ColumnStore(*VALIDATION_FIELDS)
        self.live_evaluation: Evaluation | None = None
        self.marks: list[KnobMark] = []
        self.shifts: list[ComputeChange] = []
        self.live_weights: Weights | None = None
        self._moment = None
        self.film.clear()

    @property
    def test(self) -> Dataset:
        """The samples the network is tested on."""
        return self.data.test

    @property
    def weights(self) -> Weights | None:
        """The weights of the moment that is shown; None before there are any."""
        return self._moment.weights if self._moment is not None else self.live_weights

    @property
    def evaluation(self) -> Evaluation | None:
        """The last look at the test set before the moment that is shown."""
        return self._moment.evaluation if self._moment is not None else self.live_evaluation

    @property
    def page_then(self) -> NDArray[np.float32] | None:
        """What the network made of the watched glyphs at the moment shown, where recorded."""
        return self._moment.page if self._moment is not None else None

    @property
    def knobs_then(self) -> Mapping[str, float]:
        """The knobs that trained the moment that is shown; those of today at the live edge."""
        return self._moment.knobs if self._moment is not None else self.knobs

    @property
    def step(self) -> int:
        """Mini-batches trained so far."""
        return int(self.steps.column("step")[-1]) if len(self.steps) else 0

    # -- intents of the person ----------------------------------------------------------------

    def turn(self, key: str, value: float) -> None:
        """Turn one knob. Raises KnobError; the old value then stays."""
        knobs = self.knobs.with_values(**{key: value})
        if knobs[key] != self.knobs[key]:
            self.knobs = knobs
            self.knob_turned.emit(key, knobs[key])

    def set_knobs(self, values: Mapping[str, float]) -> None:
        """Turn many knobs at once."""
        self.knobs = self.knobs.with_values(**values)
        self.knobs_replaced.emit(self.knobs)

    def restart(self, theta: NDArray[np.float32] | None = None, knobs: Knobs | None = None) -> None:
        """Back to the same start, or to one with given weights of the open chapter, or knobs."""
        if theta is None or self.may_act():
            self.queue(None)
            self.when_open(lambda: self.restart_wanted.emit(theta, knobs))

    def come_back(self) -> None:
        """The run before the last reset, experiment or loading of weights, again."""
        if self.may_act():
            self.back_wanted.emit()

    def may_act(self) -> bool:
        """Whether the open run can be acted on; says why not while another is being opened."""
        if self.opening is not None:
            title = self.wanted_chapter.title
            self.say("info", f"“{title}” is still opening: wait or cancel.")
        return self.opening is None

    def apply(self, experiment: Experiment) -> None:
        """Set the knobs of an experiment and train with them from the start.

        Where a chapter applies them at once, as the place of a line, the trained run stays.
        """
        self.when_open(lambda: self._apply(experiment))

    def _apply(self, experiment: Experiment) -> None:
        values = self.chapter.settings(experiment)
        changed = [key for key in values if values[key] != self.knobs[key]]
        at_once = self.chapter.adjust is not None and self.step > 0
        if at_once and all(values.knobs[key].live for key in changed):
            self.set_knobs(values)
        else:
            self.restart(knobs=values)
            self.play()

    def play(self) -> None:
        """Train on from the live edge, and show it: what trains is not to be hidden by the past."""
        self._leave_past()
        super().play()

    def advance(self, by: Literal["batch", "epoch"]) -> None:
        """Train one mini-batch or one epoch, and show it."""
        self._leave_past()
        super().advance(by)

    def _leave_past(self) -> None:
        if self.film.moment is not None:
            self.seek(None)

    def set_speed(self, steps_per_second: float | None) -> None:
        """Hold training back, or let it run."""
        if steps_per_second != self.speed:
            self.speed = steps_per_second
            self.speed_changed.emit(steps_per_second)

    def compute_with(self, computing: ComputeSettings) -> None:
        """Use another engine or number of cores from the next mini-batch on."""
        if computing != self.computing:
            self.computing = computing
            self.computing_changed.emit(computing)

    def select(self, sample: int) -> None:
        """Look at one sample of the test set."""
        if not 0 <= sample < len(self.test):
            return
        self.selected = sample
        self.selected_changed.emit(sample)
        self.look_at(test_sample(self.test, sample))
        self._read_selected()

    def look_at(self, picture: InputImage) -> None:
        """Look into a picture, wherever it is from."""
        if not picture.same(self.looked_at):
            self.looked_at = picture
            self.looked_at_changed.emit()

    def look_into(self, unit: Unit) -> None:
        """Ask what a unit likes, and where its weights are."""
        self.unit_wanted.emit(unit)

    def _read_selected(self) -> None:
        sample = self.selected
        images = self.test.images[sample : sample + 1]
        self.ask(
            "probabilities",
            {"images": images},
            lambda found: self.set_reading(SamplePrediction(sample, found[0])),
        )

    def _read_again(self) -> None:
        """What was said of the selected sample is old."""
        if self.reading is not None and self.answers:
            self._read_selected()

    def pick(self, pick: SampleQuery) -> None:
        """Look at some samples of the test set."""
        self.picked.emit(pick)

    def seek(self, step: int | None) -> None:
        """Show the recorded moment nearest to a step, or with None what happens now."""
        self.film.wanted.emit(step)

    def fork(self, step: int) -> None:
        """Go on from after mini-batch `step`, with the knobs as they were then, as a new run."""
        if self.may_act():
            self.fork_wanted.emit(step)

    def open_run(self, path: Path) -> None:
        """Put a recorded run on the table; Play goes on where it ended."""
        self.run_wanted.emit(path)

    def watch_page(self, watched: PageProbe) -> None:
        """Have these glyphs read and recorded with every snapshot from here on."""
        self.watched = watched
        self.watch_wanted.emit(watched)

    def show_panel(self, key: str) -> None:
        """Bring a panel to the front."""
        self.panel_wanted.emit(key)

    def set_ghosts(self, ghosts: Mapping[str, ComparisonCurve]) -> None:
        """Draw the curves of these other runs too."""
        self.ghosts = dict(ghosts)
        self.ghosts_changed.emit()

    def say(
        self, level: Literal["info", "progress", "warning", "error"], text: str, topic: str = ""
    ) -> None:
        """Tell the person something, in place of what was said last on the same topic."""
        self.said.emit(Message(level, text, topic))

    def unsay(self, what: str) -> None:
        """This sentence, or what was said on this topic, is true no longer."""
        self.unsaid.emit(what)

    # -- reports of the services --------------------------------------------------------------

    def open_chapter(self, chapter: Chapter, data: Split, layout: ArenaLayout) -> None:
        """Another chapter is on the table."""
        self._set_chapter(chapter, data, layout)
        self.chapter_changed.emit(chapter)
        self.set_ghosts({})

    def begin_run(self, run_id: int, data: Split, layout: ArenaLayout) -> None:
        """A new run: curves and marks start empty."""
        self.refuse_all()
        self.run_id = run_id
        self.data = data
        self.layout = layout
        if self.looked_at.origin == "sample" and self.selected < len(data.test):
            self.looked_at = test_sample(data.test, self.selected)
        self._clear()
        self.restarted.emit()
        if BEFORE in self.ghosts:
            self.set_ghosts({name: g for name, g in self.ghosts.items() if name != BEFORE})

    def branch(
        self, run_id: int, step: int, steps: NDArray[np.float64], validations: NDArray[np.float64],
        marks: Sequence[KnobMark],
    ) -> None:  # fmt: skip
        """A run that begins after mini-batch `step` of another, whose curves it keeps until there.

        `steps` are rows of `RING_FIELDS`, `validations` rows of their table, of any length.
        """
        self.refuse_all()
        self.run_id = run_id
        self._clear()
        self.steps.append(steps[steps[:, 0] <= step])
        self.validations.append(validations[validations[:, 0] <= step])
        self.marks = [mark for mark in marks if mark.step <= step]
        self.restarted.emit()

    def show_moment(self, moment: Moment | None) -> None:
        """Everything that follows time now shows this moment; with None, what happens now."""
        was, self._moment = self._moment, moment
        if moment is None and was is None:
            return
        self.film.moment = moment.step if moment is not None else None
        self.film.moment_changed.emit()
        self.weights_changed.emit()
        if self.evaluation is not None:
            self.evaluated.emit(self.evaluation)
        self._read_again()

    def set_preparation(self, preparation: Preparation) -> None:
        """A kernel was made ready."""
        self.preparation = preparation
        self.prepared.emit(preparation)

    def add_steps(self, rows: NDArray[np.float64]) -> None:
        """Mini-batches were trained; rows as in `RING_FIELDS`."""
        if len(rows):
            self.steps.append(rows)
            self.steps_added.emit(len(rows))

    def set_weights(self, weights: Weights) -> None:
        """Newer weights are here."""
        self.live_weights = weights
        if self._moment is None:
            self.weights_changed.emit()

    def add_evaluation(self, evaluation: Evaluation) -> None:
        """The test set was looked at."""
        self.live_evaluation = seen = evaluation
        row = [[seen.step, seen.epoch, seen.loss, seen.accuracy, seen.top2]]
        self.validations.append(np.array(row))
        if self._moment is None:
            self.evaluated.emit(evaluation)
            self._read_again()

    def set_reading(self, reading: SamplePrediction) -> None:
        """The selected sample was read."""
        self.reading = reading
        self.sample_read.emit(reading)

    def add_shift(self, shift: ComputeChange) -> None:
        """Another engine took over."""
        self.shifts.append(shift)
        self.shifted.emit(shift)

    def add_mark(self, mark: KnobMark) -> None:
        """A knob took effect."""
        self.marks.append(mark)
        self.knob_marked.emit(mark)
