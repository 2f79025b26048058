"""The laboratory as it stands: chapter, knobs, run, curves, weights. The one truth panels render.

Whoever changes something calls a method; whoever shows something listens to a signal. Nothing here
knows Qt, processes or files.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from core.chapters.chapter import Chapter, Experiment
from core.data.dataset import Dataset
from core.kernels.arena import Layout
from core.runtime.board import RING_FIELDS
from core.runtime.computing import Computing, usual_computing
from core.train.history import Table
from core.train.step import Evaluation
from core.train.task import Split
from core.train.teaching import Lesson


class Status(Enum):
    """What the training process is doing."""

    PREPARING = "preparing"
    STARTING = "starting"
    IDLE = "idle"
    PLAYING = "playing"
    FINISHED = "finished"
    LOST = "lost"
    FAILED = "failed"


@dataclass(frozen=True)
class KnobMark:
    """A knob was turned: the first mini-batch with the new value."""

    step: int
    key: str
    value: float


@dataclass(frozen=True)
class Shift:
    """The engine or the number of cores changed: the first mini-batch computed so."""

    step: int
    computing: Computing


@dataclass(frozen=True)
class Weights:
    """θ and gradient (P,) after mini-batch `step`, with the layout that names their parts."""

    step: int
    theta: NDArray[np.float32]
    grad: NDArray[np.float32]
    layout: Layout


@dataclass(frozen=True)
class Preparation:
    """How far the training process is with its kernels."""

    done: int
    total: int
    name: str


@dataclass(frozen=True)
class Message:
    """A sentence for the person at the window."""

    level: Literal["info", "warning", "error"]
    text: str


@dataclass(frozen=True)
class SampleReading:
    """What the network makes of one sample of the test set: a probability for each class (C,)."""

    sample: int
    probabilities: NDArray[np.float32]


@dataclass(frozen=True)
class Pick:
    """A choice of test samples: a cell of the confusion matrix, a range of scores, or mistakes.

    Scores are counted before the bias, as the score view shows them; `bias` is what to take off.
    With a `threshold` only samples on its wrong side are meant.
    """

    true: int | None = None
    guess: int | None = None
    low: float = -np.inf
    high: float = np.inf
    bias: float = 0.0
    threshold: float | None = None

    def samples(self, labels: NDArray[np.uint8], evaluation: Evaluation) -> NDArray[np.intp]:
        """The numbers of the samples that are meant."""
        meant = np.ones(len(labels), bool)
        if self.true is not None:
            meant &= labels == self.true
        if self.guess is not None:
            meant &= evaluation.guesses == self.guess
        if len(evaluation.margin):
            scores = evaluation.margin - self.bias
            meant &= (scores >= self.low) & (scores < self.high)
            if self.threshold is not None:
                meant &= (scores > self.threshold) != labels
        return np.flatnonzero(meant)

    def words(self, classes: tuple[str, ...]) -> str:
        """What is meant, for a caption."""
        parts = []
        if self.true is not None:
            parts.append(f"“{classes[self.true]}”")
        if self.guess is not None:
            parts.append(f"→ “{classes[self.guess]}”")
        if np.isfinite(self.low) or np.isfinite(self.high):
            parts.append(f"{self.low:.2f} … {self.high:.2f}")
        if self.threshold is not None:
            parts.append(f"wrong side of {self.threshold:.2f}")
        return " ".join(parts)


class LabState:
    """Everything the window shows of training.

    Attributes: `chapter`, `knobs` (as turned), `status`, `steps` (a Table of `RING_FIELDS`),
    `validations` (a Table) and the latest `evaluation` in full, `marks`, `weights`, `data` (the
    chapter's split), `selected` (a sample of the test set), `speed` (mini-batches a second, None
    for full speed), `computing` (the engine and cores wanted), `shifts` (the engines of this run),
    `run_id`.
    """

    chapter_changed = Signal(object)
    knob_turned = Signal(str, float)
    knobs_replaced = Signal(object)
    restarted = Signal()
    status_changed = Signal(object)
    prepared = Signal(object)
    steps_added = Signal(int)
    weights_changed = Signal()
    evaluated = Signal(object)
    knob_marked = Signal(object)
    selected_changed = Signal(int)
    picked = Signal(object)
    sample_read = Signal(object)
    speed_changed = Signal(object)
    computing_changed = Signal(object)
    shifted = Signal(object)
    said = Signal(object)
    unsaid = Signal(str)
    learning = Signal(float)
    lesson_ended = Signal(object)

    play_wanted = Signal()
    pause_wanted = Signal()
    advance_wanted = Signal(str)
    restart_wanted = Signal(object)
    question_asked = Signal(int, str, object)
    lesson_wanted = Signal(object, object)
    unlearn_wanted = Signal()

    def __init__(self, chapter: Chapter, data: Split, layout: Layout) -> None:
        self.run_id = 0
        self.status = Status.PREPARING
        self.preparation: Preparation | None = None
        self.speed: float | None = None
        self.computing = usual_computing()
        self._questions: dict[int, Callable[[Any], object]] = {}
        self._question = 0
        self._set_chapter(chapter, data, layout)

    def _set_chapter(self, chapter: Chapter, data: Split, layout: Layout) -> None:
        self.chapter = chapter
        self.data = data
        self.layout = layout
        self.knobs = chapter.defaults()
        self.selected = 0
        self.reading: SampleReading | None = None
        self._clear()

    def _clear(self) -> None:
        self.steps = Table(*RING_FIELDS)
        self.validations = Table("step", "epoch", "loss", "accuracy", "top2")
        self.evaluation: Evaluation | None = None
        self.marks: list[KnobMark] = []
        self.shifts: list[Shift] = []
        self.weights: Weights | None = None

    @property
    def test(self) -> Dataset:
        """The samples the network is tested on."""
        return self.data.test

    @property
    def step(self) -> int:
        """Mini-batches trained so far."""
        return int(self.steps.column("step")[-1]) if len(self.steps) else 0

    def samples_per_second(self) -> float:
        """Speed over the last second or so of training as it is computed now, 0 when unknown."""
        return self._speed_between(self.shifts[-1].step if self.shifts else 0, None)

    def speeds(self) -> dict[Computing, float]:
        """Samples a second with every engine and number of cores that this run was seen with."""
        found = {}
        ends = [*(shift.step for shift in self.shifts), None][1:]
        for shift, end in zip(self.shifts, ends, strict=True):
            if speed := self._speed_between(shift.step, end):
                one_core = shift.computing.engine == "reference"  # numpy uses no more
                found[Computing("reference") if one_core else shift.computing] = speed
        return found

    def _speed_between(self, first: int, end: int | None) -> float:
        """Speed over the last second of the mini-batches from `first` to before `end`."""
        numbers = self.steps.column("step")
        begin = int(np.searchsorted(numbers, first))
        stop = len(numbers) if end is None else int(np.searchsorted(numbers, end))
        if stop - begin < 2:
            return 0.0
        seconds = self.steps.column("seconds")[begin:stop]
        samples = self.steps.column("samples")[begin:stop]
        from_row = min(int(np.searchsorted(seconds, seconds[-1] - 1.0)), len(seconds) - 2)
        took = seconds[-1] - seconds[from_row]
        return float((samples[-1] - samples[from_row]) / took) if took > 0 else 0.0

    # -- intents of the person ----------------------------------------------------------------

    def play(self) -> None:
        """Train."""
        self.play_wanted.emit()

    def pause(self) -> None:
        """Stand still."""
        self.pause_wanted.emit()

    def toggle(self) -> None:
        """Play or pause."""
        self.pause() if self.status is Status.PLAYING else self.play()

    def advance(self, by: Literal["batch", "epoch"]) -> None:
        """Train one mini-batch or one epoch."""
        self.advance_wanted.emit(by)

    def restart(self, theta: NDArray[np.float32] | None = None) -> None:
        """Back to the same start, or to a start from given weights."""
        self.restart_wanted.emit(theta)

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

    def apply(self, experiment: Experiment) -> None:
        """Set the knobs of an experiment and go back to the start."""
        self.set_knobs(self.chapter.settings(experiment))
        self.restart()

    def set_speed(self, steps_per_second: float | None) -> None:
        """Hold training back, or let it run."""
        if steps_per_second != self.speed:
            self.speed = steps_per_second
            self.speed_changed.emit(steps_per_second)

    def compute_with(self, computing: Computing) -> None:
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
        images = self.test.images[sample : sample + 1]
        self.ask(
            "probabilities",
            {"images": images},
            lambda found: self.set_reading(SampleReading(sample, found[0])),
        )

    def pick(self, pick: Pick) -> None:
        """Look at some samples of the test set."""
        self.picked.emit(pick)

    def say(self, level: Literal["info", "warning", "error"], text: str) -> None:
        """Tell the person something."""
        self.said.emit(Message(level, text))

    def ask(self, probe: str, arguments: Mapping[str, Any], then: Callable[[Any], object]) -> None:
        """Ask the run in the training process; `then(answer)` unless it ends before."""
        self._question += 1
        self._questions[self._question] = then
        self.question_asked.emit(self._question, probe, arguments)

    @property
    def answers(self) -> bool:
        """Whether questions are answered soon: there is a run, and it is alive."""
        return self.status in (Status.IDLE, Status.PLAYING, Status.FINISHED)

    def teach(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
        """Have the network learn pictures (N, 28, 28) with labels (N,) at once."""
        self.lesson_wanted.emit(images, labels)

    def unlearn(self) -> None:
        """Take the last lesson back."""
        self.unlearn_wanted.emit()

    def unsay(self, text: str) -> None:
        """What was said is true no longer."""
        self.unsaid.emit(text)

    # -- reports of the services --------------------------------------------------------------

    def open_chapter(self, chapter: Chapter, data: Split, layout: Layout) -> None:
        """Another chapter is on the table."""
        self._set_chapter(chapter, data, layout)
        self.chapter_changed.emit(chapter)

    def begin_run(self, run_id: int, data: Split, layout: Layout) -> None:
        """A new run: curves and marks start empty."""
        self._questions.clear()
        self.run_id = run_id
        self.data = data
        self.layout = layout
        self._clear()
        self.restarted.emit()

    def set_status(self, status: Status) -> None:
        """The training process does something else."""
        if status is not self.status:
            self.status = status
            self.status_changed.emit(status)

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
        self.weights = weights
        self.weights_changed.emit()

    def add_evaluation(self, evaluation: Evaluation) -> None:
        """The test set was looked at."""
        self.evaluation = evaluation
        seen = evaluation
        row = [[seen.step, seen.epoch, seen.loss, seen.accuracy, seen.top2]]
        self.validations.append(np.array(row))
        self.evaluated.emit(evaluation)

    def hear_answer(self, question: int, answer: Any) -> None:
        """The run answered; None where it could not."""
        then = self._questions.pop(question, None)
        if then is not None and answer is not None:
            then(answer)

    def set_reading(self, reading: SampleReading) -> None:
        """The selected sample was read."""
        self.reading = reading
        self.sample_read.emit(reading)

    def add_shift(self, shift: Shift) -> None:
        """Another engine took over."""
        self.shifts.append(shift)
        self.shifted.emit(shift)

    def add_mark(self, mark: KnobMark) -> None:
        """A knob took effect."""
        self.marks.append(mark)
        self.knob_marked.emit(mark)

    def hear_learning(self, sure: float) -> None:
        """A lesson goes on; so sure is the network of what it finds hardest."""
        self.learning.emit(sure)

    def end_lesson(self, lesson: Lesson | None) -> None:
        """A lesson is over; None where it was taken back or refused."""
        self.lesson_ended.emit(lesson)
