"""Between window and training process: intents out, what happened in. Polled, never pushed."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.kernels.arena import Layout
from core.runtime import protocol as say
from core.runtime.board import Board
from core.runtime.computing import Computing
from core.train.knobs import Knobs
from hellodl_gui.services.film import FilmReader
from hellodl_gui.services.process import WorkerProcess
from hellodl_gui.services.run_choice import RunChoice
from hellodl_gui.services.run_choice import layout_of as layout_of
from hellodl_gui.state.facts import KnobMark, Preparation, Shift, Status, Weights
from hellodl_gui.state.film import Watched
from hellodl_gui.state.lab import LabState

_LOG = logging.getLogger(__name__)
_WEIGHTS_EVERY = 1 / 30
_EVENTS_A_POLL = 64


class Runner:
    """Listens to the intents of a LabState, talks to the process, reports back into the state.

    `poll` is to be called about sixty times a second and takes well under a millisecond.
    """

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._process: WorkerProcess | None = None
        self._board: Board | None = None
        self._ready = False
        self._closed = False
        self._wanted: list[say.Command] = []
        self._next_weights = 0.0
        self._version = -1
        self._film = FilmReader(state)
        self.choice = RunChoice(state, self._film, self._stop, self._start)
        state.watch_wanted.connect(self._on_watch)
        state.play_wanted.connect(self._on_play)
        state.pause_wanted.connect(self._on_pause)
        state.advance_wanted.connect(self._on_advance)
        state.knob_turned.connect(self._on_knob)
        state.knobs_replaced.connect(self._on_knobs)
        state.speed_changed.connect(self._on_speed)
        state.computing_changed.connect(self._on_computing)
        state.question_asked.connect(self._on_question)
        state.lesson_wanted.connect(self._on_lesson)
        state.unlearn_wanted.connect(lambda: self._tell(say.Unlearn(state.run_id)))
        state.keep_wanted.connect(lambda number: self._tell(say.Keep(state.run_id, number)))

    def launch(self) -> None:
        """Start the process; a run of the state's chapter begins as soon as it is warm."""
        if self._closed:
            return
        self._process = WorkerProcess()
        self._ready = False
        self._state.set_status(Status.PREPARING)

    def close(self) -> None:
        """Stop the process and give the shared memory back; nothing is started afterwards."""
        self._closed = True
        self.choice.close()
        if self._process is not None:
            self._process.stop()
            self._process = None
        self._drop_board()
        self._film.close()

    def open_chapter(self, chapter: Chapter) -> None:
        """Open a chapter with the run it was left with, else with a new one."""
        self.choice.open_chapter(chapter)

    def _stop(self) -> None:
        """End the run in the process, with all of it recorded."""
        state = self._state
        self._read_board(at_once=True)
        if state.answers and state.film.path is not None:
            self._tell(say.Pause(state.run_id))
            self._tell(say.Keep(state.run_id, 0))
        self._drop_board()

    def _resume(self) -> None:
        """Go on in a new process from the last weights seen; curves and marks stay."""
        state = self._state
        weights = state.weights
        if weights is None:
            self.choice.restart()
            return
        state.layout = weights.layout
        state.run_id += 1
        samples = int(state.steps.column("samples")[-1]) if len(state.steps) else 0
        self._start(say.Origin(weights.theta, state.step, samples))

    def _start(self, origin: say.Origin) -> None:
        """Have the process begin a run of the state's chapter, with its knobs."""
        state = self._state
        self._drop_board()
        self._board = board = self._new_board(state.layout)
        self._version = -1
        self._wanted.clear()
        state.set_status(Status.STARTING if self._ready else Status.PREPARING)
        self._tell(say.Start(state.run_id, state.chapter.key, board.name, origin, state.computing))
        if state.speed is not None:
            self._tell(say.SetSpeed(state.run_id, state.speed))
        if state.watched is not None:
            self._on_watch(state.watched)

    def _new_board(self, layout: Layout) -> Board:
        knobs = self._state.knobs
        values = np.array([knobs[knob.key] for knob in self._state.chapter.knobs])
        return Board.create(layout.size, values)

    def poll(self) -> None:
        """Take in what the process said and wrote since the last call."""
        self.choice.poll()
        self._film.poll()
        if self._process is None:
            return
        for _ in range(_EVENTS_A_POLL):
            event = self._process.receive()
            if event is None:
                break
            self._hear(event)
        self._read_board()
        if (obituary := self._process.obituary()) is not None:
            self._bury(obituary)

    # -- what the process says ----------------------------------------------------------------

    def _hear(self, event: say.Event) -> None:
        match event:
            case say.Preparing(done, total, name):
                self._state.set_preparation(Preparation(done, total, name))
            case say.Ready():
                self._on_ready()
            case _ if event.run_id != self._state.run_id:
                return
            case say.Started():
                self._state.film.hear_reliving(0, 0)
                if self._state.status is Status.STARTING:
                    self._state.set_status(Status.IDLE)
            case say.KnobTook(_, step, key, value):
                self._state.add_mark(KnobMark(step, key, value))
            case say.ComputesWith(_, step, computing):
                self._state.add_shift(Shift(step, computing))
            case say.Warned(_, sentence):
                self._state.say("warning", sentence)
            case say.Replaying(_, step, until):
                self._state.film.hear_reliving(step, until)
            case say.Recording(_, path):
                self._state.film.follow(Path(path))
            case say.Validated(_, evaluation):
                self._state.add_evaluation(evaluation)
            case say.Paused(_, finished):
                self._read_board(at_once=True)
                self._state.set_status(Status.FINISHED if finished else Status.IDLE)
            case say.Answer(_, question, value):
                self._state.hear_answer(question, value)
            case say.Refused(_, question, sentence):
                self._state.hear_answer(question, None)
                self._state.say("warning", sentence)
            case say.Learning(_, sure):
                self._state.hear_learning(sure)
            case say.Taught(_, lesson):
                self._read_board(at_once=True)
                self._state.end_lesson(lesson)
            case say.NotTaught(_, sentence):
                self._state.end_lesson(None)
                self._state.say("warning", sentence)
            case say.Failed(_, sentence, traceback):
                _LOG.error("%s", traceback)
                self._state.set_status(Status.FAILED)
                self._state.say("error", sentence)

    def _on_ready(self) -> None:
        self._ready = True
        waiting, self._wanted = self._wanted, []
        for command in waiting:
            self._tell(command)
        if self._state.status is Status.PREPARING:
            self._state.set_status(Status.STARTING)  # and what was queued begins

    def _read_board(self, at_once: bool = False) -> None:
        if self._board is None:
            return
        self._state.add_steps(self._board.new_rows())
        now = time.perf_counter()
        version = self._board.version()
        if version == self._version or (now < self._next_weights and not at_once):
            return
        snapshot = self._board.snapshot()
        if snapshot is not None:
            self._version = version
            self._next_weights = now + _WEIGHTS_EVERY
            self._state.set_weights(Weights(*snapshot, self._state.layout))

    def _bury(self, obituary: str) -> None:
        """The process died: keep all that was seen, say so, and have another one at once."""
        assert self._process is not None
        self._read_board(at_once=True)
        self._process.stop()
        self._wanted.clear()
        self._ready = False
        self._state.set_status(Status.LOST)
        self._state.say(
            "error",
            f"{obituary} Curves and weights up to mini-batch {self._state.step:,} are kept. A new "
            "process is getting ready: Play goes on from these weights, Reset starts again.",
        )
        self._process = WorkerProcess()

    # -- what the person wants ----------------------------------------------------------------

    def _on_play(self) -> None:
        if self._can_train():
            self._tell(say.Play(self._state.run_id))
        elif self._will_train():
            self._state.play()

    def _on_advance(self, by: Literal["batch", "epoch"]) -> None:
        if self._can_train():
            self._tell(say.Advance(self._state.run_id, by))
        elif self._will_train():
            self._state.advance(by)

    def _can_train(self) -> bool:
        """Whether the open run can go on as it is."""
        broken = self._state.status in (Status.LOST, Status.FAILED)
        return not broken and not self._state.film.visiting

    def _will_train(self) -> bool:
        """Begin one in its place; whether that can go on, or is on its way."""
        state = self._state
        if state.status is Status.LOST:
            self._resume()
        elif state.status is Status.FAILED:
            self.choice.restart()
        else:
            self.choice.go_on()
        return self._can_train() or state.opening is not None

    def _on_pause(self) -> None:
        self._tell(say.Pause(self._state.run_id))

    def _on_speed(self, steps_per_second: float | None) -> None:
        self._tell(say.SetSpeed(self._state.run_id, steps_per_second))

    def _on_computing(self, computing: Computing) -> None:
        self._tell(say.ComputeWith(self._state.run_id, computing))

    def _on_question(
        self,
        question: int,
        probe: str,
        arguments: Mapping[str, Any],
        theta: NDArray[np.float32] | None,
    ) -> None:
        if theta is not None and self._board is not None:
            self._board.ask_about(theta)
        run = self._state.run_id
        self._tell(say.Ask(run, question, probe, arguments, elsewhere=theta is not None))

    def _on_watch(self, watched: Watched) -> None:
        self._tell(say.WatchPage(self._state.run_id, watched.images, watched.key))

    def _on_lesson(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
        self._tell(say.Teach(self._state.run_id, images, labels))

    def _on_knob(self, key: str, value: float) -> None:
        if self._board is not None:
            keys = [knob.key for knob in self._state.chapter.knobs]
            self._board.set_knob(keys.index(key), value)

    def _on_knobs(self, knobs: Knobs) -> None:
        for key, value in knobs.items():
            self._on_knob(key, value)

    def _tell(self, command: say.Command) -> None:
        """Send now, or when the process is warm."""
        if not self._ready or self._process is None:
            self._wanted.append(command)
            return
        self._process.send(command)
        if isinstance(command, say.Play | say.Advance):
            self._state.set_status(Status.PLAYING)

    def _drop_board(self) -> None:
        if self._board is not None:
            self._board.close()
            self._board = None
