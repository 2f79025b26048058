"""Between window and training process: intents out, what happened in. Polled, never pushed."""

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.errors import LabError
from core.kernels.arena import Arena, Layout
from core.runtime import protocol as say
from core.runtime.board import RING_FIELDS, Board
from core.runtime.computing import Computing
from core.train.knobs import Knobs
from core.train.task import Split
from hellodl_gui.services.film import FilmReader
from hellodl_gui.services.kept_runs import KeptRun, knobs_of, leave, read_kept
from hellodl_gui.services.opener import Opener
from hellodl_gui.services.process import WorkerProcess
from hellodl_gui.services.recorded import Recorded, ghost_of, read_run
from hellodl_gui.state.facts import KnobMark, Preparation, Shift, Status, Weights
from hellodl_gui.state.film import Watched
from hellodl_gui.state.lab import VALIDATION_FIELDS, LabState

_LOG = logging.getLogger(__name__)
_WEIGHTS_EVERY = 1 / 30
_EVENTS_A_POLL = 64
_BEFORE = "before the fork"


def _still(theta: NDArray[np.float32], step: int, layout: Layout) -> Weights:
    """Weights that were not trained here; nobody knows their gradient."""
    return Weights(step, theta, np.full_like(theta, np.nan), layout)


def layout_of(chapter: Chapter, knobs: Knobs) -> Layout:
    """Where each parameter of a chapter's network lies in the flat vector."""
    return Arena.adopt(chapter.task.model(knobs, np.random.default_rng(0))).layout


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
        self._opener = Opener(state)
        self._given: NDArray[np.float32] | None = None  # weights that the run began with
        self._kept: dict[str, KeptRun] = {}  # by chapter
        self._before: tuple[Chapter, KeptRun] | None = None
        self._wanted: list[say.Command] = []
        self._next_weights = 0.0
        self._version = -1
        self._film = FilmReader(state)
        state.watch_wanted.connect(self._on_watch)
        state.fork_wanted.connect(self.fork)
        state.run_wanted.connect(self.open_run)
        state.play_wanted.connect(self._on_play)
        state.pause_wanted.connect(self._on_pause)
        state.advance_wanted.connect(self._on_advance)
        state.restart_wanted.connect(self.restart)
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
        self._opener.close()
        if self._process is not None:
            self._process.stop()
            self._process = None
        self._drop_board()
        self._film.close()

    def restart(self, theta: NDArray[np.float32] | None = None) -> None:
        """Begin a run from the seed, or from given weights (P,)."""
        if self._closed:
            return

        def go_on(data: Split) -> None:
            self._put_aside()
            self._begin(data, theta)

        self._with_data(self._state.chapter, self._state.knobs, go_on)

    def open_chapter(self, chapter: Chapter) -> None:
        """Put a chapter on the table with the run it was left with, else with a new one.

        What is open stays open until the data are there. The chapter that is open already: what is
        being opened is cancelled.
        """
        state = self._state
        if self._closed:
            return
        state.queue(None)
        if chapter is state.chapter and state.run_id:
            self._opener.cancel()
            return
        self._rest()
        kept = self._kept.get(chapter.key)
        if kept is not None and kept.record is not None and kept.step:
            self._come_back(chapter, kept)
            return
        knobs = kept.knobs if kept is not None else chapter.defaults()

        def go_on(data: Split) -> None:
            self._leave()
            state.open_chapter(chapter, data, layout_of(chapter, knobs))
            state.set_knobs(knobs)
            self._begin(data, kept.theta if kept is not None else None)

        self._with_data(chapter, knobs, go_on)

    def _come_back(self, chapter: Chapter, kept: KeptRun) -> None:
        """Open the run that a chapter was left with."""

        def work() -> tuple[Recorded | LabError, Split]:
            try:
                run = read_kept(kept)
            except LabError as error:
                return error, chapter.task.data(chapter.defaults())
            return run, chapter.task.data(run.knobs)

        def go_on(found: tuple[Recorded | LabError, Split]) -> None:
            run, data = found
            if isinstance(run, LabError):
                self._kept.pop(chapter.key, None)
                self._state.say(
                    "warning", f"The run of “{chapter.title}” is lost, a new one begins: {run}"
                )
                self.open_chapter(chapter)
                return
            self._show_run(run, data, kept)

        self._opener.fetch(chapter, work, go_on)

    def come_back(self) -> None:
        """The run before the last Reset, experiment or load, again."""
        if self._before is None:
            self._state.say("info", "There is no run before this one.")
            return
        chapter, kept = self._before
        if kept.record is not None and kept.step:
            self._come_back(chapter, kept)
            return

        def go_on(data: Split) -> None:
            state = self._state
            if chapter is not state.chapter:
                self._leave()
                state.open_chapter(chapter, data, layout_of(chapter, kept.knobs))
            self._put_aside()
            state.set_knobs(kept.knobs)
            self._begin(data, kept.theta)

        self._with_data(chapter, kept.knobs, go_on)

    def _rest(self) -> None:
        """Another run is wanted: this one stands still meanwhile."""
        if self._state.status is Status.PLAYING:
            self._on_pause()

    def _leave(self) -> None:
        """Remember the open run for when its chapter is opened again."""
        if self._state.run_id:
            self._kept[self._state.chapter.key] = self._as_it_is()

    def _put_aside(self) -> None:
        """Another run begins in this chapter: the one before can be had back."""
        if self._state.run_id and (kept := self._as_it_is()).trained:
            self._before = self._state.chapter, kept

    def _as_it_is(self) -> KeptRun:
        if self._state.answers and self._state.film.path is not None:
            self._tell(say.Pause(self._state.run_id))
            self._tell(say.Keep(self._state.run_id, 0))
        return leave(self._state, self._given)

    def fork(self, step: int) -> None:
        """Go on from after mini-batch `step` of the record with the knobs of then, as a new run."""
        self._fork(step, None)

    def _fork(self, step: int, knobs: Knobs | None) -> None:
        """Fork, with other knobs than those of then if given."""
        state = self._state
        try:
            path, values = self._film.beginning(step)
            knobs = knobs or state.chapter.defaults().with_values(**values)
        except LabError as error:
            state.say("warning", str(error))
            return
        steps = {name: state.steps.column(name) for name in RING_FIELDS}
        tested = {name: state.validations.column(name) for name in VALIDATION_FIELDS}
        ghosts = {} if state.film.visiting else {_BEFORE: ghost_of(_BEFORE, 3, steps, tested)}
        rows, looks = np.column_stack([*steps.values()]), np.column_stack([*tested.values()])

        def go_on(data: Split) -> None:
            self._drop_board()  # the run that ends is not to see the knobs of the new one
            state.set_knobs(knobs)
            board = self._new_board(state.layout)
            state.data = data
            state.branch(state.run_id + 1, step, rows, looks, state.marks)
            state.film.follow(path, step)
            state.set_ghosts({**state.ghosts, **ghosts})
            self._start(board, say.Origin(step=step, record=str(path)))
            self._given = None

        self._with_data(state.chapter, knobs, go_on)

    def open_run(self, path: Path) -> None:
        """Put a recorded run on the table; its weights are shown, Play goes on where it ended."""
        if self._closed:
            return

        def go_on(run: Recorded) -> None:
            self._with_data(run.chapter, run.knobs, lambda data: self._show_run(run, data))

        self._rest()
        self._opener.fetch(self._state.chapter, lambda: read_run(path), go_on)

    def _show_run(self, run: Recorded, data: Split, kept: KeptRun | None = None) -> None:
        """A recorded run; one that was `kept` goes on by itself where it was left."""
        state = self._state
        layout = layout_of(run.chapter, run.knobs)
        try:
            run.demand_fit(data)
        except LabError as error:
            state.say("error", str(error))
            return
        if run.chapter is not state.chapter:
            self._leave()
        else:
            self._put_aside()
        self._drop_board()
        if run.chapter is not state.chapter:
            state.open_chapter(run.chapter, data, layout)
        state.data, state.layout = data, layout
        state.set_knobs(run.knobs if kept is None else knobs_of(run, kept))
        board = self._new_board(layout)
        state.branch(state.run_id + 1, run.last, run.steps, run.validations, run.marks)
        if kept is None:
            state.film.visiting = True
            state.film.follow(run.path)
            self._start(board, say.Origin(run.theta, run.last, run.samples))
        else:
            state.film.follow(run.path, run.last)
            self._start(board, say.Origin(step=run.last, record=str(run.path)))
        self._given = None
        state.set_weights(_still(run.theta, run.last, layout))
        if kept is not None:
            state.select(kept.selected)
            state.seek(kept.moment)

    def _with_data(self, chapter: Chapter, knobs: Knobs, go_on: Callable[[Split], None]) -> None:
        """Go on once the data is there: mostly at once, but some must be drawn or unpacked."""
        self._opener.fetch(chapter, lambda: chapter.task.data(knobs), go_on)

    def _begin(self, data: Split, theta: NDArray[np.float32] | None) -> None:
        state = self._state
        layout = layout_of(state.chapter, state.knobs)
        board = self._new_board(layout)
        state.begin_run(state.run_id + 1, data, layout)
        self._start(board, say.Origin(theta))
        self._given = theta
        if theta is not None:  # to be seen at once, however long training takes to get ready
            state.set_weights(_still(theta, 0, layout))

    def _resume(self) -> None:
        """Go on in a new process from the last weights seen; curves and marks stay."""
        state = self._state
        weights = state.weights
        if weights is None:
            self.restart()
            return
        board = self._new_board(weights.layout)
        state.run_id += 1
        samples = int(state.steps.column("samples")[-1]) if len(state.steps) else 0
        self._start(board, say.Origin(weights.theta, state.step, samples))

    def _start(self, board: Board, origin: say.Origin) -> None:
        state = self._state
        self._drop_board()
        self._board = board
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
        self._opener.poll()
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
        if self._can_go():
            self._tell(say.Play(self._state.run_id))
        elif not self._state.film.visiting:
            self._state.play()

    def _on_advance(self, by: Literal["batch", "epoch"]) -> None:
        if self._can_go():
            self._tell(say.Advance(self._state.run_id, by))
        elif not self._state.film.visiting:
            self._state.advance(by)

    def _can_go(self) -> bool:
        """Whether the run can train; otherwise one that can is on its way, or could not begin."""
        state = self._state
        if state.status is Status.LOST:
            self._resume()
        elif state.status is Status.FAILED:
            self.restart()
        elif state.film.visiting:
            self._fork(state.step, state.knobs)
        else:
            return True
        return False

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
