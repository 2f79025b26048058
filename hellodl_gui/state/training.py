"""Training: chapter, knobs and status of the open run, and the commands to it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from core.chapters.capabilities import Capabilities, capabilities
from core.chapters.chapter import Chapter, Experiment
from core.data.dataset import Dataset
from core.knobs import Knobs
from core.nn.arena import ArenaLayout
from core.runtime import protocol
from core.runtime.compute import ComputeSettings, default_compute_settings
from core.training.finetune import FinetuneReport
from core.training.metrics import MetricSet
from core.training.task import Split
from hellodl_gui.state.messages import Messages
from hellodl_gui.state.models import Opening, Status
from hellodl_gui.state.timeline import Timeline

Advance = Literal["play", "batch", "epoch"]


class Training:
    """Attributes: `chapter` (the open one), `data` (its split), `layout` of its weights, `knobs`
    (as turned), `run_id`, `status`, `preparation` of the kernels, `opening` (a chapter whose data
    are being fetched, else None), `queued` (what Play or a step will do as soon as training is
    ready, else None), `speed` (mini-batches a second, None for full speed), `computing` (the engine
    and cores wanted).

    Signals: `learning(float)`, a lesson goes on: the least probability of a new image's class.
    """

    chapter_changed = Signal(object)
    knob_turned = Signal(str, float)
    knobs_replaced = Signal(object)
    restarted = Signal()
    prepared = Signal(object)
    status_changed = Signal(object)
    opening_changed = Signal()
    queue_changed = Signal()
    computing_changed = Signal(object)
    learning = Signal(float)
    lesson_ended = Signal(object)

    def __init__(
        self, chapter: Chapter, data: Split, layout: ArenaLayout, timeline: Timeline,
        messages: Messages, send: Callable[[protocol.Command], None],
    ) -> None:  # fmt: skip
        self._timeline = timeline
        self._messages = messages
        self._send = send
        self.run_id = 0
        self.status = Status.PREPARING
        self.preparation: protocol.KernelProgress | None = None
        self.opening: Opening | None = None
        self.queued: Advance | None = None
        self.speed: float | None = None
        self.computing = default_compute_settings()
        self._teaching = False
        self._offer: tuple[tuple[Chapter, Split, ArenaLayout], Capabilities] | None = None
        self._afterwards: list[Callable[[], object]] = []
        self.set_chapter(chapter, data, layout)

    def set_chapter(self, chapter: Chapter, data: Split, layout: ArenaLayout) -> None:
        """Another chapter, with its default knobs."""
        self.chapter = chapter
        self.data = data
        self.layout = layout
        self.knobs = chapter.defaults()

    @property
    def test(self) -> Dataset:
        """The samples the network is tested on."""
        return self.data.test

    @property
    def metrics(self) -> MetricSet:
        """What the open run is measured by."""
        return self.chapter.task.measured_by(self.test)

    @property
    def capabilities(self) -> Capabilities:
        """What chapter, data and network offer to panels."""
        now = self.chapter, self.data, self.layout
        if self._offer is None or any(a is not b for a, b in zip(now, self._offer[0], strict=True)):
            self._offer = now, capabilities(self.chapter, self.data.test, self.layout)
        return self._offer[1]

    @property
    def wanted_chapter(self) -> Chapter:
        """The chapter that was chosen last: it is open, or being opened."""
        return self.opening.chapter if self.opening is not None else self.chapter

    @property
    def ready(self) -> bool:
        """Whether training can begin at once; until then Play is queued."""
        return self.opening is None and self.status is not Status.PREPARING

    @property
    def answers(self) -> bool:
        """Whether probes are answered soon: there is a run, and it is alive."""
        return self.status in (Status.IDLE, Status.PLAYING, Status.FINISHED)

    # -- play and pause -----------------------------------------------------------------------

    def play(self) -> None:
        """Train from the live edge, and show it: at once, or as soon as training is ready."""
        self._show_live_edge()
        self._start_or_queue("play")

    def advance(self, by: Literal["batch", "epoch"]) -> None:
        """Train one mini-batch or one epoch, and show it."""
        self._show_live_edge()
        self._start_or_queue(by)

    def _show_live_edge(self) -> None:
        if self._timeline.moment is not None:
            self._timeline.seek(None)

    def pause(self) -> None:
        """Stop training; what is queued is cancelled."""
        self.queue(None)
        self._send(protocol.Pause(self.run_id))

    def toggle(self) -> None:
        """Play or pause; what is queued is cancelled."""
        if self.ready and self.status is Status.PLAYING:
            self.pause()
        elif self.queued is not None:
            self.queue(None)
        else:
            self.play()

    def queue(self, what: Advance | None) -> None:
        """Do this once training is ready; None to do nothing."""
        if what != self.queued:
            self.queued = what
            self.queue_changed.emit()

    def _start_queued(self) -> None:
        what = self.queued
        if what is not None and self.ready:
            self.queue(None)
            self._start_or_queue(what)

    def _start_or_queue(self, what: Advance) -> None:
        if not self.ready:
            self.queue(what)
        elif what == "play":
            self._send(protocol.Play(self.run_id))
        else:
            self._send(protocol.Advance(self.run_id, what))

    # -- settings -----------------------------------------------------------------------------

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

    def set_speed(self, steps_per_second: float | None) -> None:
        """Limit the mini-batches a second, or train at full speed."""
        if steps_per_second != self.speed:
            self.speed = steps_per_second
            self._send(protocol.SetSpeed(self.run_id, steps_per_second))

    def compute_with(self, computing: ComputeSettings) -> None:
        """Use another engine or number of cores from the next mini-batch on."""
        if computing != self.computing:
            self.computing = computing
            self.computing_changed.emit(computing)
            self._send(protocol.SetCompute(self.run_id, computing))

    # -- which run is open --------------------------------------------------------------------

    def when_open(self, action: Callable[[], object]) -> None:
        """`action()` now, or as soon as the chapter is open that is being opened.

        It is forgotten where that is cancelled or fails.
        """
        if self.opening is None:
            action()
        else:
            self._afterwards.append(action)

    def may_act(self) -> bool:
        """Whether the open run can be acted on; says why not while another is being opened."""
        if self.opening is not None:
            title = self.wanted_chapter.title
            self._messages.notify("info", f"“{title}” is still opening: wait or cancel.")
        return self.opening is None

    def restart(self, theta: NDArray[np.float32] | None = None, knobs: Knobs | None = None) -> None:
        """Restart with the same initial weights, or with given weights (P,) or knobs."""
        if theta is None or self.may_act():
            self.queue(None)
            self.when_open(lambda: self._send(protocol.Restart(theta, knobs)))

    def apply(self, experiment: Experiment) -> None:
        """Set the knobs of an experiment and train with them from the start.

        Where a chapter applies them at once, as the place of a line, the trained run stays.
        """
        self.when_open(lambda: self._apply(experiment))

    def _apply(self, experiment: Experiment) -> None:
        values = self.chapter.settings(experiment)
        changed = [key for key in values if values[key] != self.knobs[key]]
        at_once = self.chapter.adjust is not None and self._timeline.step > 0
        if at_once and all(values.knobs[key].live for key in changed):
            self.set_knobs(values)
        else:
            self.restart(knobs=values)
            self.play()

    def come_back(self) -> None:
        """Return to the run before the last reset, experiment or loading of weights."""
        if self.may_act():
            self._send(protocol.ReopenPrevious())

    def fork(self, step: int) -> None:
        """Go on from after mini-batch `step`, with the knobs as they were then, as a new run."""
        if self.may_act():
            self._send(protocol.Fork(step))

    def open_run(self, path: Path) -> None:
        """Open a recorded run; Play goes on where it ended."""
        self._send(protocol.OpenRun(path))

    def cancel_opening(self) -> None:
        """Stay with the chapter that is open."""
        self._send(protocol.CancelOpening())

    # -- lessons ------------------------------------------------------------------------------

    def teach(self, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> None:
        """Fine-tune the network on images (N, 28, 28) with labels (N,) at once."""
        self._teaching = True
        self._send(protocol.Finetune(self.run_id, images, labels))

    def unlearn(self) -> None:
        """Undo the last lesson."""
        self._send(protocol.UndoFinetune(self.run_id))

    def end_lesson(self, lesson: FinetuneReport | None) -> None:
        """A lesson is over; None where it was undone or refused."""
        self._teaching = False
        self.lesson_ended.emit(lesson)

    def refuse_lesson(self) -> bool:
        """The run has ended. Whether a lesson ended with it."""
        teaching = self._teaching
        if teaching:
            self.end_lesson(None)
        return teaching

    # -- reports of the services --------------------------------------------------------------

    def set_preparation(self, preparation: protocol.KernelProgress) -> None:
        """A kernel was compiled."""
        self.preparation = preparation
        self.prepared.emit(preparation)

    def set_status(self, status: Status) -> None:
        """The training process does something else."""
        if status is not self.status:
            self.status = status
            self.status_changed.emit(status)
            self._start_queued()

    def set_opening(self, opening: Opening | None) -> None:
        """A chapter's data are being fetched; None once it is open. What waited for it is done."""
        if opening == self.opening:
            return
        self.opening = opening
        self.opening_changed.emit()
        if opening is None:
            waiting, self._afterwards = self._afterwards, []
            queued = self.queued
            for action in waiting:
                self.when_open(action)
            self.queue(self.queued or queued)
            self._start_queued()

    def drop_opening(self) -> None:
        """The chapter will not be opened: what waited for it is forgotten."""
        self._afterwards.clear()
        self.queue(None)
        self.opening = None
        self.opening_changed.emit()
