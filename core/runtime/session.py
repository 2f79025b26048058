"""One run inside the training process: its driver, its board, and what it reports."""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter
from core.errors import LabError, RecordError
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.knobs import Knobs
from core.record.models import Parent
from core.record.reader import RunFile
from core.record.recorder import Recorder
from core.record.resume import ResumableRun
from core.runtime import protocol as say
from core.runtime.board import SharedBoard
from core.runtime.compute import ComputeSettings
from core.runtime.driver import Driver
from core.training.finetune import FinetuneReport, finetune
from core.training.metrics import Evaluation, StepMetrics
from core.training.trainer import Trainer
from core.translation import tr

_PUBLISH_EVERY = 1 / 60
_REPORT_EVERY = 0.1
_LESSONS = 20  # that can be taken back


class _Interrupted(Exception):
    """A command arrived while the test set was read in an idle moment."""


class Session:
    """One run with its driver, board and record. `send` sends an event to the window.

    `poll_commands` is called during long work: whether commands other than probe requests wait.
    """

    def __init__(
        self, start: say.Start, send: Callable[[say.Event], None], poll_commands: Callable[[], bool]
    ) -> None:
        self.run_id = start.run_id
        self._send = send
        self._chapter = chapter(start.chapter)
        self._board = SharedBoard.attach(start.board)
        self._computing = start.computing
        self._computing.apply()
        self._published = 0.0
        try:
            self._knobs = BoardKnobs(self._board, self._chapter)
            self._poll_commands = poll_commands
            self._validating_while_idle = False
            self.run, parent = self._create_run(start.origin)
            self._probes = ProbeContext(self.run)
            self.run.on_idle = self._on_idle
            self._recorder = Recorder(
                self.run,
                self._chapter.key,
                lambda sentence: send(say.WarningRaised(self.run_id, sentence)),
                lambda path: send(say.RecordingStarted(self.run_id, str(path))),
                parent,
                resumes=start.origin.resumes is not None,
            )
            self._recorder.on_computing(self._computing.card())
            self.driver = Driver(self.run, self._chapter.steps, self._knobs, self)
        except BaseException:
            self._board.close()
            raise
        self._validation_pending = start.origin.record is not None  # a fork continues at once
        self._validated_step = -1
        self._adjusted = self._knobs()
        self._undo_weights: deque[NDArray[np.float32]] = deque(maxlen=_LESSONS)

    def _create_run(self, origin: say.Origin) -> tuple[Trainer, Parent | None]:
        """The run where it begins, and which other it branches off from."""
        if origin.record is not None:
            return self._resume_fork(Path(origin.record), origin.step)
        run = Trainer(self._chapter.task, self._knobs())
        run.begin_at(origin.theta, origin.step, origin.samples)
        return run, None if origin.resumes is None else _parent_of(
            Path(origin.resumes), origin.step
        )

    def _resume_fork(self, path: Path, step: int) -> tuple[Trainer, Parent]:
        with RunFile(path) as film:
            if film.about.chapter != self._chapter.key:
                raise RecordError(
                    tr(
                        "{name} was recorded in the chapter “{chapter}”. Open that chapter first."
                    ).format(name=path.name, chapter=film.about.chapter)
                )
            past = ResumableRun(film, self._chapter.defaults())
            past.demand_same_beginning(self._knobs(), step)
            run = past.relive(
                self._chapter.task,
                self._chapter.steps,
                step,
                lambda engine, threads: ComputeSettings(engine, threads).apply(),
                self._poll_commands,
                self._report_replay,
            )
            self._computing.apply()
            return run, Parent(film.about.run_id, path.name, run.step)

    def _report_replay(self, step: int, until: int) -> None:
        now = time.perf_counter()
        if now - self._published >= _REPORT_EVERY:
            self._published = now
            self._send(say.ReplayProgress(self.run_id, step, until))

    def _on_idle(self) -> None:
        self._recorder.on_idle()
        if self._poll_commands() and self._validating_while_idle:
            raise _Interrupted

    def announce(self) -> None:
        """Publish the initial weights and validate them, unless the run is a fork."""
        self._publish()
        self._send(say.Started(self.run_id))
        self._send(say.ComputeChanged(self.run_id, self.run.step + 1, self._computing))
        if not self._validation_pending:
            self.driver.evaluate()

    def handle(self, command: say.Command) -> None:
        """Carry out a command meant for this run."""
        match command:
            case say.Play():
                self.driver.play()
            case say.Pause():
                self.driver.pause()
            case say.Advance(by=by):
                self.driver.advance_by(by)
            case say.SetSpeed(steps_per_second=speed):
                self.driver.set_speed(speed)
            case say.SetCompute(computing=computing):
                self._compute_with(computing)
            case say.Finetune(images=images, labels=labels):
                self._teach(images, labels)
            case say.UndoFinetune():
                self._unlearn()
            case say.SetPage(images=images, key=key):
                self._recorder.watch(images, key)
            case say.ProbeRequest():
                self._answer(command)
            case say.SaveState(request_id=request):
                self._recorder.keep()
                self._send(say.ProbeResult(self.run_id, request, self.run.step))

    def _compute_with(self, computing: ComputeSettings) -> None:
        if computing != self._computing:
            self._computing = computing
            computing.apply()
            self._recorder.on_computing(computing.card())
            self._send(say.ComputeChanged(self.run_id, self.run.step + 1, computing))

    def _answer(self, asked: say.ProbeRequest) -> None:
        try:
            with self.run.with_weights(self._board.probe_weights() if asked.from_board else None):
                value = run_probe(asked.probe, self._probes, self._knobs(), asked.arguments)
        except LabError as error:
            self._send(say.ProbeFailed(self.run_id, asked.request_id, str(error)))
        else:
            self._send(say.ProbeResult(self.run_id, asked.request_id, value))

    def _teach(self, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> None:
        self.driver.pause()
        self._recorder.begin(self._knobs())
        theta = self.run.arena.theta.copy()
        lesson: FinetuneReport | None = None
        try:
            for lesson in finetune(self.run, images, labels):
                self._publish()
                self._send(say.FinetuneProgress(self.run_id, float(lesson.after.min())))
                self.run.on_idle()
        except LabError as error:
            self._send(say.FinetuneFailed(self.run_id, str(error)))
            return
        self._recorder.on_lesson()
        self._undo_weights.append(theta)
        self._send(say.FinetuneFinished(self.run_id, lesson))
        self.driver.evaluate()

    def _unlearn(self) -> None:
        if not self._undo_weights:
            self._send(say.FinetuneFailed(self.run_id, tr("There is no lesson to undo.")))
            return
        self.driver.pause()
        self.run.arena.theta[:] = self._undo_weights.pop()
        self.run.reset_optimizers()
        self.run.ema.reset()
        self._recorder.on_lesson(unlearnt=True)
        self._publish()
        self._send(say.FinetuneFinished(self.run_id, None))
        self.driver.evaluate()

    def advance(self, budget: float) -> None:
        """Train for about `budget` seconds, or apply knobs that act while training stands still."""
        if self.driver.playing:
            self._validation_pending = False
            self._recorder.begin(self._knobs())
            try:
                self.driver.advance(budget)
            except LabError as error:
                self._recorder.on_failure(error)
                raise
            self._recorder.on_idle()
        elif self._chapter.adjust is not None and self._knobs() is not self._adjusted:
            self._adjusted = self._knobs()
            self._chapter.adjust(self.run, self._adjusted)
            self._publish()
            self.driver.evaluate()
        elif self._validation_pending:
            self._validate_while_idle()

    def _validate_while_idle(self) -> None:
        """Validate, but stop as soon as a command arrives."""
        self._validating_while_idle = True
        try:
            self.driver.evaluate()
            self._validation_pending = False
        except _Interrupted:
            pass  # tried again when idle
        finally:
            self._validating_while_idle = False

    def close(self) -> None:
        """Finish the record and let go of the board."""
        self._recorder.close()
        self._board.close()

    def on_step(self, step: StepMetrics, seconds: float) -> None:
        """A mini-batch was trained."""
        self._board.record(step, seconds)
        self._recorder.on_step(step, seconds)
        now = time.perf_counter()
        if now - self._published >= _PUBLISH_EVERY:
            self._publish()
            self._published = now

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """The test set was looked at."""
        self._validated_step = evaluation.step
        self._recorder.on_evaluation(evaluation)
        self._send(say.Validated(self.run_id, evaluation))

    def on_knob(self, step: int, key: str, value: float) -> None:
        """A knob took effect."""
        self._recorder.on_knob(step, key, value)
        self._send(say.KnobChanged(self.run_id, step, key, value))

    def on_paused(self, finished: bool) -> None:
        """Training stands still."""
        self._publish()
        self._send(say.Paused(self.run_id, finished))
        self._recorder.on_paused(finished)
        self._validation_pending = self._validated_step != self.run.step

    def _publish(self) -> None:
        self._board.publish(self.run.step, self.run.arena.theta, self.run.arena.grad)


def _parent_of(path: Path, step: int) -> Parent | None:
    """The run that the process before this one was at; None where its record is lost."""
    try:
        with RunFile(path) as film:
            return Parent(film.about.run_id, path.name, step)
    except RecordError:
        return None


class BoardKnobs:
    """The knobs as they stand on the board; the same object while nobody turns one."""

    def __init__(self, board: SharedBoard, chapter: Chapter) -> None:
        self._board = board
        self._chapter = chapter
        self._raw = board.read_knobs()
        self._knobs = self._parse()

    def __call__(self) -> Knobs:
        """One consistent set of values."""
        raw = self._board.read_knobs()
        if not np.array_equal(raw, self._raw):
            self._raw = raw
            self._knobs = self._parse()
        return self._knobs

    def _parse(self) -> Knobs:
        keys = (knob.key for knob in self._chapter.knobs)
        return Knobs(self._chapter.knobs, dict(zip(keys, map(float, self._raw), strict=True)))
