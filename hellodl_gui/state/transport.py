"""Training begun and stopped, and what waits until a chapter is open and training is ready."""

from collections.abc import Callable
from typing import Literal

from psygnal import Signal

from core.chapters.chapter import Chapter
from hellodl_gui.state.models import Opening, Status

Advance = Literal["play", "batch", "epoch"]


class Transport:
    """The part of LabState that the buttons and keys under the panels act on.

    Attributes: `chapter` (the one that is open), `status`, `opening` (a chapter whose data are
    being fetched, else None), `queued` (what Play or a step will do as soon as training is ready,
    else None).
    """

    status_changed = Signal(object)
    opening_changed = Signal()
    queue_changed = Signal()
    cancel_wanted = Signal()
    play_wanted = Signal()
    pause_wanted = Signal()
    advance_wanted = Signal(str)

    chapter: Chapter

    def __init__(self) -> None:
        self.status = Status.PREPARING
        self.opening: Opening | None = None
        self.queued: Advance | None = None
        self._afterwards: list[Callable[[], object]] = []

    @property
    def wanted_chapter(self) -> Chapter:
        """The chapter that was chosen last: it is open, or being opened."""
        return self.opening.chapter if self.opening is not None else self.chapter

    @property
    def ready(self) -> bool:
        """Whether training can begin at once; until then Play is queued."""
        return self.opening is None and self.status is not Status.PREPARING

    # -- intents of the person ----------------------------------------------------------------

    def when_open(self, action: Callable[[], object]) -> None:
        """`action()` now, or as soon as the chapter is open that is being opened.

        It is forgotten where that is cancelled or fails.
        """
        if self.opening is None:
            action()
        else:
            self._afterwards.append(action)

    def cancel_opening(self) -> None:
        """Stay with the chapter that is open."""
        self.cancel_wanted.emit()

    def play(self) -> None:
        """Train: at once, or as soon as training is ready."""
        if self.ready:
            self.play_wanted.emit()
        else:
            self.queue("play")

    def pause(self) -> None:
        """Stand still."""
        self.queue(None)
        self.pause_wanted.emit()

    def toggle(self) -> None:
        """Play or pause; what is still to start is called off."""
        if self.ready and self.status is Status.PLAYING:
            self.pause()
        elif self.queued is not None:
            self.queue(None)
        else:
            self.play()

    def advance(self, by: Literal["batch", "epoch"]) -> None:
        """Train one mini-batch or one epoch."""
        if self.ready:
            self.advance_wanted.emit(by)
        else:
            self.queue(by)

    def queue(self, what: Advance | None) -> None:
        """Do this once training is ready; None to do nothing."""
        if what != self.queued:
            self.queued = what
            self.queue_changed.emit()

    # -- reports of the services --------------------------------------------------------------

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

    def _start_queued(self) -> None:
        what = self.queued
        if what is None or not self.ready:
            return
        self.queue(None)
        if what == "play":
            self.play_wanted.emit()
        else:
            self.advance_wanted.emit(what)
