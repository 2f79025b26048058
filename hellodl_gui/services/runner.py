"""Runner: forwards commands to the training process and its events to the state, by polling."""

import logging
import time
from pathlib import Path

import numpy as np

from core.chapters.capabilities import GLYPHS
from core.chapters.chapter import Chapter
from core.errors import LabError
from core.io.temporary_folder import remove_abandoned_folders
from core.knobs import Knobs
from core.record.models import KnobChange
from core.runtime import protocol
from core.runtime.board import SharedBoard, remove_abandoned_boards
from core.runtime.process_worker import ProcessWorker
from hellodl_gui.services.log import log_path
from hellodl_gui.services.moment_reader import MomentReader
from hellodl_gui.services.process import ExitReport, Supervisor
from hellodl_gui.services.run_choice import RunChoice
from hellodl_gui.services.run_choice import layout_of as layout_of
from hellodl_gui.services.stall_detector import PATIENCE, StallDetector
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status, Weights
from hellodl_gui.state.timeline import PageProbe

_LOG = logging.getLogger(__name__)
_WEIGHTS_EVERY = 1 / 30
_EVENTS_A_POLL = 64
_NO_LESSON = "The lesson failed: its run has stopped. Press Play, then try again."
_NOT_BACK = (
    "The lesson cannot be undone any more: the process that kept the earlier weights has ended. "
    "Fork from a moment before the lesson, or Reset."
)
_STALLED = (
    f"Training has made no progress for {round(PATIENCE)} seconds. If it is not busy with a large "
    "step, press Pause, which ends its process; Play then continues from the last weights shown."
)


class Runner:
    """Handles the commands of a LabState and writes what the process reports into it.

    `poll` is to be called about sixty times a second and takes well under a millisecond.
    """

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._processes = Supervisor()
        self._board: SharedBoard | None = None
        self._unstarted: protocol.Origin | None = None  # of a run for which there was no memory
        self._stall = StallDetector()
        self._closed = False
        self._unsent: list[protocol.RunCommand] = []
        self._next_weights = 0.0
        self._version = -1
        self._film = MomentReader(state)
        self.choice = RunChoice(state, self._film, self._stop, self._start)
        state.timeline.page_probe_changed.connect(self._on_watch)
        state.command_sent.connect(self._on_command)
        state.training.knob_turned.connect(self._on_knob)
        state.training.knobs_replaced.connect(self._on_knobs)

    def launch(self) -> None:
        """Start the process; a run of the state's chapter begins as soon as it is warm."""
        if self._closed:
            return
        remove_abandoned_boards()
        remove_abandoned_folders()
        self._processes.start()
        self._state.training.set_status(Status.PREPARING)

    def close(self) -> None:
        """Stop the process and give the shared memory back; nothing is started afterwards."""
        self._closed = True
        self.choice.close()
        self._processes.stop()
        self._drop_board()
        self._film.close()

    @property
    def process(self) -> ProcessWorker | None:
        """The training process; None where none could be started."""
        return self._processes.process

    def open_chapter(self, chapter: Chapter) -> None:
        """Open a chapter with the run it was left with, else with a new one."""
        self.choice.open_chapter(chapter)

    def _stop(self) -> None:
        """End the run in the process, with all of it recorded."""
        state = self._state
        self._read_board(at_once=True)
        if state.training.answers and state.timeline.path is not None:
            self._send(protocol.Pause(state.training.run_id))
            self._send(protocol.SaveState(state.training.run_id, 0))
        self._drop_board()

    def _resume(self) -> None:
        """Go on in a new process from the last weights seen; curves and marks stay."""
        state = self._state
        weights = state.timeline.weights
        if weights is None:
            self.choice.restart()
            return
        state.training.layout = weights.layout
        state.training.run_id += 1
        steps = state.timeline.steps
        samples = int(steps.column("samples")[-1]) if len(steps) else 0
        record = None if state.timeline.path is None else str(state.timeline.path)
        self._start(protocol.Origin(weights.theta, state.timeline.step, samples, resumes=record))

    def _start(self, origin: protocol.Origin) -> None:
        """Have the process begin a run of the state's chapter, with its knobs."""
        state = self._state
        self._drop_board()
        self._unsent.clear()
        self._unstarted = None
        knobs = state.training.knobs
        values = np.array([knobs[knob.key] for knob in state.training.chapter.knobs])
        try:
            keys = [metric.key for metric in state.training.metrics.batch]
            self._board = board = SharedBoard.create(state.training.layout.size, values, keys)
        except LabError as error:
            self._unstarted = origin
            state.training.queue(None)
            state.training.set_status(Status.FAILED)
            state.messages.notify("error", str(error))
            return
        self._version = -1
        self._end_stalled()
        self._processes.start()
        state.training.set_status(Status.STARTING if self._processes.ready else Status.PREPARING)
        run, key = state.training.run_id, state.training.chapter.key
        self._send(protocol.Start(run, key, board.name, origin, state.training.computing))
        if state.training.speed is not None:
            self._send(protocol.SetSpeed(run, state.training.speed))
        if state.timeline.page_probe is not None:
            self._on_watch(state.timeline.page_probe)

    def poll(self) -> None:
        """Take in events, and numbers on the shared board, since the last call."""
        self.choice.poll()
        self._film.poll()
        for _ in range(_EVENTS_A_POLL):
            event = self._processes.receive()
            if event is None:
                break
            self._stall.reset()
            self._handle(event)
        self._read_board()
        if self._stall.update(
            self._state.training.status is Status.PLAYING, self._state.training.speed
        ):
            self._on_stall()

    # -- events of the process ----------------------------------------------------------------

    def _handle(self, event: protocol.Event | ExitReport) -> None:
        match event:
            case ExitReport():
                self._on_process_died(event)
            case protocol.KernelProgress():
                self._state.training.set_preparation(event)
            case protocol.Ready():
                self._on_ready()
            case protocol.TrainingEvent() if event.run_id != self._state.training.run_id:
                return
            case protocol.Started():
                self._state.timeline.set_replay_progress(0, 0)
                if self._state.training.status is Status.STARTING:
                    self._state.training.set_status(Status.IDLE)
            case protocol.KnobChanged(_, step, key, value):
                self._state.timeline.add_mark(KnobChange(step, key, value))
            case protocol.ComputeChanged():
                self._state.timeline.add_compute_change(event)
            case protocol.WarningRaised(_, sentence):
                self._state.messages.notify("warning", sentence)
            case protocol.ReplayProgress(_, step, until):
                self._state.timeline.set_replay_progress(step, until)
            case protocol.RecordingStarted(_, path):
                self._state.timeline.open_record(Path(path))
            case protocol.Validated(_, evaluation):
                self._state.timeline.add_evaluation(evaluation)
            case protocol.Paused(_, finished):
                self._read_board(at_once=True)
                self._state.training.set_status(Status.FINISHED if finished else Status.IDLE)
            case protocol.ProbeResult(_, question, value):
                self._state.probes.answer(question, value)
            case protocol.ProbeFailed(_, question, sentence):
                self._state.probes.answer(question, None)
                self._state.messages.notify("warning", sentence)
            case protocol.FinetuneProgress(_, sure):
                self._state.training.learning.emit(sure)
            case protocol.FinetuneFinished(_, lesson):
                self._read_board(at_once=True)
                self._state.training.end_lesson(lesson)
            case protocol.FinetuneFailed(_, sentence):
                self._state.training.end_lesson(None)
                self._state.messages.notify("warning", sentence)
            case protocol.Failed(_, sentence, traceback):
                _LOG.error("%s", traceback)
                self._state.training.set_status(Status.FAILED)
                self._state.messages.notify("error", sentence)
                self._refuse_all()

    def _on_ready(self) -> None:
        waiting, self._unsent = self._unsent, []
        for command in waiting:
            self._send(command)
        if self._state.training.status is Status.PREPARING:
            self._state.training.set_status(Status.STARTING)  # and what was queued begins

    def _read_board(self, at_once: bool = False) -> None:
        if self._board is None:
            return
        rows = self._board.new_rows()
        if len(rows):
            self._stall.reset()
        self._state.timeline.add_steps(rows)
        now = time.perf_counter()
        version = self._board.version()
        if version == self._version or (now < self._next_weights and not at_once):
            return
        snapshot = self._board.snapshot()
        if snapshot is not None:
            self._version = version
            self._next_weights = now + _WEIGHTS_EVERY
            self._state.timeline.set_weights(Weights(*snapshot, self._state.training.layout))

    def _on_process_died(self, death: ExitReport) -> None:
        """The process died: curves and weights are kept, pending probes are refused.

        One that died before it was ready is replaced silently, but for the last.
        """
        state = self._state
        if not death.last and not death.was_ready:
            return
        self._read_board(at_once=True)
        self._unsent.clear()
        state.training.queue(None)
        state.training.set_status(Status.LOST)
        kept = (
            f"Curves and weights up to mini-batch {state.timeline.step:,} are kept."
            if state.timeline.step
            else ""
        )
        if death.last:
            after = (
                "No training process could be started. Press Play to try again. "
                f"Details are in {log_path()}."
            )
        else:
            after = (
                "A new process is getting ready: Play continues from these weights, Reset "
                "starts again."
            )
        state.messages.notify("error", " ".join(filter(None, (death.sentence, kept, after))))
        self._refuse_all()

    def _refuse_all(self) -> None:
        """The run has ended: refuse pending probes and the lesson."""
        if self._state.refuse_all():
            self._state.messages.notify("warning", _NO_LESSON)

    def _on_stall(self) -> None:
        if self._stall.stalled:
            self._state.messages.notify("warning", _STALLED)
        else:
            self._state.messages.retract(_STALLED)

    def _end_stalled(self) -> None:
        """Kill a stalled process, so that the next run gets a new one."""
        if self._stall.stalled and self.process is not None:
            self.process.kill()

    # -- commands of the window ---------------------------------------------------------------

    def _on_command(self, command: protocol.Command) -> None:
        """Forward a command to the process, or answer it where there is no run that could."""
        training = self._state.training
        match command:
            case protocol.Play() if not self._can_train():
                if self._will_train():
                    training.play()
            case protocol.Advance(by=by) if not self._can_train():
                if self._will_train():
                    training.advance(by)
            case protocol.ProbeRequest() | protocol.SaveState() if self._is_broken():
                self._state.probes.answer(command.request_id, None, ended=True)
            case protocol.Finetune() if self._is_broken():
                self._refuse_all()
            case protocol.UndoFinetune() if self._is_broken():
                self._state.messages.notify("warning", _NOT_BACK)
            case protocol.RunCommand():
                self._forward(command)

    def _forward(self, command: protocol.RunCommand) -> None:
        weights, board = self._state.timeline.weights, self._board
        if isinstance(command, protocol.Pause):
            self._end_stalled()
        about_past = isinstance(command, protocol.ProbeRequest) and command.from_board
        if about_past and weights is not None and board is not None:
            board.set_probe_weights(weights.theta)
        self._send(command)

    def _can_train(self) -> bool:
        """Whether the open run can go on as it is."""
        return not self._is_broken() and not self._state.timeline.visiting

    def _is_broken(self) -> bool:
        """Whether there is no run that could take commands, nor will be by itself."""
        return self._state.training.status in (Status.LOST, Status.FAILED)

    def _will_train(self) -> bool:
        """Begin a run in its place; whether that can train, or is being opened."""
        state = self._state
        if self._unstarted is not None:
            self._start(self._unstarted)
        elif state.training.status is Status.LOST:
            self._resume()
        elif state.training.status is Status.FAILED:
            self.choice.restart()
        else:
            self.choice.go_on()
        return self._can_train() or state.training.opening is not None

    def _on_watch(self, watched: PageProbe) -> None:
        """Only a network that reads characters reads those of the page."""
        if GLYPHS not in self._state.training.capabilities:
            return
        self._send(protocol.SetPage(self._state.training.run_id, watched.images, watched.key))

    def _on_knob(self, key: str, value: float) -> None:
        if self._board is not None:
            keys = [knob.key for knob in self._state.training.chapter.knobs]
            self._board.set_knob(keys.index(key), value)

    def _on_knobs(self, knobs: Knobs) -> None:
        if self._board is not None:
            values = [knobs[knob.key] for knob in self._state.training.chapter.knobs]
            self._board.set_knobs(np.array(values))

    def _send(self, command: protocol.RunCommand) -> None:
        """Send now, or when the process is ready."""
        if not self._processes.ready:
            self._unsent.append(command)
            return
        self._processes.send(command)
        if isinstance(command, protocol.Play | protocol.Advance):
            self._state.training.set_status(Status.PLAYING)

    def _drop_board(self) -> None:
        if self._board is not None:
            self._board.close()
            self._board = None
