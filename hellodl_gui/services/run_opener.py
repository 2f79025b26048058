"""Run opener: fetches what a run needs before it can begin; the last request wins."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from core.chapters.chapter import Chapter
from core.errors import LabError
from core.io.progress import cancel_published, latest
from hellodl_gui.services.background_task import BackgroundTask
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Opening

_LOG = logging.getLogger(__name__)
_PROMPTLY, _GLANCE, _LAST_WAIT = 0.2, 0.05, 20.0
T = TypeVar("T")


@dataclass(frozen=True)
class _Fetch:
    chapter: Chapter
    task: BackgroundTask[Any]
    then: Callable[[Any], object]


class RunOpener:
    """`fetch` works off the window's thread; `poll` goes on with what was found.

    What takes longer than 0.2 s is announced as `Training.opening` until it is there, has
    failed, was cancelled, or something else is fetched in its place.
    """

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._fetch: _Fetch | None = None
        self._dropped: list[BackgroundTask[Any]] = []

    @property
    def busy(self) -> bool:
        """Whether something is being fetched."""
        return self._fetch is not None

    def fetch(self, chapter: Chapter, work: Callable[[], T], then: Callable[[T], object]) -> None:
        """`then(work())`, for this chapter; mostly at once, but some must be drawn or unpacked.

        Whatever was being fetched is dropped. An error is said, and what is open stays open.
        """
        self._drop()
        self._fetch = _Fetch(chapter, BackgroundTask(lambda _: work()), then)
        if self._fetch.task.wait(_PROMPTLY):
            self._go_on()
        else:
            self._state.training.set_opening(Opening(chapter))

    def cancel(self) -> None:
        """Stay with what is open; the fetched data stay cached."""
        if self._fetch is not None:
            self._drop()
            self._state.training.drop_opening()

    def poll(self) -> None:
        """Go on once the data are there; say how far they are until then."""
        if self._fetch is None:
            return
        if self._fetch.task.done:
            self._go_on()
        elif self._state.training.opening is not None:
            done, total, what = latest()
            self._state.training.set_opening(Opening(self._fetch.chapter, done, total, what))

    def close(self) -> None:
        """Cancel what is being fetched, and wait for its threads."""
        self._drop()
        until = time.monotonic() + _LAST_WAIT
        for task in self._dropped:
            while not task.wait(_GLANCE) and time.monotonic() < until:
                cancel_published()

    def _drop(self) -> None:
        if self._fetch is not None:
            self._dropped.append(self._fetch.task)
            self._fetch = None
        self._dropped = [task for task in self._dropped if not task.done]

    def _go_on(self) -> None:
        assert self._fetch is not None
        fetch, self._fetch = self._fetch, None
        try:
            fetch.then(fetch.task.result())
        except Exception as error:
            known = isinstance(error, LabError | OSError)
            if not known:
                _LOG.exception("opening %s", fetch.chapter.key)
            self._state.messages.notify("error", self._sentence(fetch.chapter, error, known))
            if not self.busy:
                self._state.training.drop_opening()
            return
        if not self.busy:
            self._state.training.set_opening(None)

    def _sentence(self, chapter: Chapter, error: Exception, known: bool) -> str:
        reason = str(error) if known else f"{type(error).__name__}: {error}."
        open_now = self._state.training.chapter
        if chapter is open_now:
            return reason
        return f"“{chapter.title}” could not be opened; “{open_now.title}” stays open. {reason}"
