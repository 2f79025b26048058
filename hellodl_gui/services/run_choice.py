"""Run choice: which run is open: a new one, a fork, a recorded or a suspended one."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.errors import LabError
from core.knobs import Knobs
from core.nn.arena import Arena, ArenaLayout
from core.runtime import protocol
from core.training.task import Split
from hellodl_gui.services.moment_reader import MomentReader
from hellodl_gui.services.recorded_run import RecordedRun, comparison_curve, read_run
from hellodl_gui.services.run_opener import RunOpener
from hellodl_gui.services.suspended_run import SuspendedRun
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status, Weights
from hellodl_gui.state.timeline import BEFORE

_PUT_ASIDE = "The loaded weights were replaced by another run. Ctrl+Shift+R brings them back."
T = TypeVar("T")


def layout_of(chapter: Chapter, knobs: Knobs) -> ArenaLayout:
    """Where each parameter of a chapter's network lies in the flat vector."""
    return Arena.adopt(chapter.task.model(knobs, np.random.default_rng(0))).layout


class RunChoice:
    """Handles commands about which run is open: fetches what the run needs, then starts it.

    `stop()` ends the open run with all of it recorded; `start(origin)` begins one with the state's
    chapter and knobs.
    """

    def __init__(
        self,
        state: LabState,
        film: MomentReader,
        stop: Callable[[], object],
        start: Callable[[protocol.Origin], object],
    ) -> None:
        self._state = state
        self._film = film
        self._stop = stop
        self._start = start
        self._opener = RunOpener(state)
        self._given: NDArray[np.float32] | None = None  # weights that the run began with,
        self._knobs = state.training.knobs  # and its knobs
        self._kept: dict[str, SuspendedRun] = {}  # by chapter
        self._before: SuspendedRun | None = None
        self._closed = False
        state.training.opening_changed.connect(self._on_opening)
        state.command_sent.connect(self._on_command)

    def poll(self) -> None:
        """Go on with what was being fetched."""
        self._opener.poll()

    def close(self) -> None:
        """Stop fetching."""
        self._closed = True
        self._opener.close()

    # -- commands -----------------------------------------------------------------------------

    def _on_command(self, command: protocol.Command) -> None:
        match command:
            case protocol.Restart(theta, knobs):
                self.restart(theta, knobs)
            case protocol.ReopenPrevious():
                if self._before is None:
                    self._state.messages.notify("info", "There is no run before this one.")
                else:
                    self._have_back(self._before)
            case protocol.Fork(step):
                self._fork(step, None)
            case protocol.OpenRun(path):
                self._open_run(path)
            case protocol.CancelOpening():
                self._opener.cancel()

    def restart(self, theta: NDArray[np.float32] | None = None, knobs: Knobs | None = None) -> None:
        """Begin a run from the seed or from given weights (P,), with other knobs if given."""
        chapter, wanted = self._state.training.chapter, knobs or self._state.training.knobs
        self._with_data(chapter, wanted, lambda data: self._begin(chapter, data, wanted, theta))

    def open_chapter(self, chapter: Chapter) -> None:
        """Open a chapter with the run it was left with, else with a new one.

        What is open stays open until the data are there. With the chapter that is open, what is
        being opened is called off.
        """
        state = self._state
        state.training.queue(None)
        if chapter is state.training.chapter and state.training.run_id:
            self._opener.cancel()
            return
        kept = self._kept.get(chapter.key)
        if kept is not None:
            self._have_back(kept)
        else:
            knobs = chapter.defaults()
            self._with_data(chapter, knobs, lambda data: self._begin(chapter, data, knobs, None))

    def go_on(self) -> None:
        """Go on where a recorded run ended, with the knobs as they are."""
        self._fork(self._state.timeline.step, self._state.training.knobs)

    def _open_run(self, path: Path) -> None:
        """Open a recorded run; its weights are shown, Play goes on where it ended."""

        def go_on(run: RecordedRun) -> None:
            self._with_data(run.chapter, run.knobs, lambda data: self._visit(run, data))

        self._fetch(self._state.training.chapter, lambda: read_run(path), go_on)

    # -- fetching -----------------------------------------------------------------------------

    def _fetch(self, chapter: Chapter, work: Callable[[], T], then: Callable[[T], object]) -> None:
        """Fetch what the next run needs; the open one pauses meanwhile."""
        if self._closed:
            return
        if self._state.training.status is Status.PLAYING:
            self._state.send(protocol.Pause(self._state.training.run_id))
        self._opener.fetch(chapter, work, then)

    def _with_data(self, chapter: Chapter, knobs: Knobs, go_on: Callable[[Split], None]) -> None:
        self._fetch(chapter, lambda: chapter.task.data(knobs), go_on)

    def _have_back(self, kept: SuspendedRun) -> None:
        chapter = kept.chapter
        if not kept.trained:
            self._with_data(
                chapter, kept.knobs, lambda data: self._begin(chapter, data, kept.knobs, kept.theta)
            )
            return

        def work() -> tuple[RecordedRun, Split] | LabError:
            try:
                return kept.read()
            except LabError as error:
                return error

        def go_on(found: tuple[RecordedRun, Split] | LabError) -> None:
            if isinstance(found, LabError):
                self._kept.pop(chapter.key, None)
                self._before = None if self._before is kept else self._before
                self._state.messages.notify(
                    "warning", f"The run that “{chapter.title}” was left with is gone: {found}"
                )
                self.open_chapter(chapter)
            else:
                self._go_on_with(kept, *found)

        self._fetch(chapter, work, go_on)

    def _on_opening(self) -> None:
        """The first chapter failed or was cancelled: the default one begins in its place."""
        state = self._state
        if state.training.opening is None and not state.training.run_id and not self._opener.busy:
            self.restart()

    # -- one run ends, another begins ---------------------------------------------------------

    def _leave(self, chapter: Chapter) -> None:
        """End the open run, for another of `chapter`, and remember where it was."""
        state, weights = self._state, self._state.timeline.live_weights
        self._stop()
        if not state.training.run_id:
            return
        begun = {k: self._knobs[k] for k, it in state.training.knobs.knobs.items() if not it.live}
        given = weights.theta.copy() if self._given is not None and weights is not None else None
        kept = SuspendedRun(
            chapter=state.training.chapter,
            knobs=state.training.knobs.with_values(**begun),
            record=state.timeline.path,
            step=state.timeline.step,
            moment=state.timeline.moment,
            theta=None if state.timeline.step else given,
            selected=state.selection.sample,
        )
        if chapter is not state.training.chapter:
            self._kept[state.training.chapter.key] = kept
        elif kept.precious:
            self._before = kept

    def _lay_out(self, chapter: Chapter, data: Split, knobs: Knobs, layout: ArenaLayout) -> None:
        """Chapter, data and knobs of the next run."""
        state = self._state
        self._leave(chapter)
        if chapter is not state.training.chapter:
            state.open_chapter(chapter, data, layout)
        state.training.data, state.training.layout = data, layout
        state.training.set_knobs(knobs)
        self._knobs = knobs

    def _begin(
        self, chapter: Chapter, data: Split, knobs: Knobs, theta: NDArray[np.float32] | None
    ) -> None:
        state, layout = self._state, layout_of(chapter, knobs)
        before = self._before
        self._lay_out(chapter, data, knobs, layout)
        aside = self._before.theta if self._before is not before and self._before else None
        if aside is not None and (theta is None or not np.array_equal(aside, theta)):
            state.messages.notify("info", _PUT_ASIDE)
        state.begin_run(state.training.run_id + 1, data, layout)
        self._given = theta
        self._start(protocol.Origin(theta))
        if theta is not None:  # to be seen at once, however long training takes to get ready
            self._show_weights(theta, 0)

    def _visit(self, run: RecordedRun, data: Split) -> None:
        """A recorded run that is only looked at until Play."""
        self._lay_out_recorded(run, data, run.knobs)
        self._state.timeline.visiting = True
        self._state.timeline.open_record(run.path)
        self._start(protocol.Origin(run.theta, run.last, run.samples))
        self._show_weights(run.theta, run.last)

    def _go_on_with(self, kept: SuspendedRun, run: RecordedRun, data: Split) -> None:
        """The run that was left, with everything that training needs to go on bit for bit."""
        live = {key: kept.knobs[key] for key, it in kept.knobs.knobs.items() if it.live}
        self._lay_out_recorded(run, data, run.knobs.with_values(**live))
        self._state.timeline.open_record(run.path, run.last)
        self._start(protocol.Origin(step=run.last, record=str(run.path)))
        self._show_weights(run.theta, run.last)
        self._state.selection.select(kept.selected)
        self._state.timeline.seek(kept.moment)

    def _lay_out_recorded(self, run: RecordedRun, data: Split, knobs: Knobs) -> None:
        """The run as its record has it. Raises RecordError, and nothing changes."""
        state, layout = self._state, layout_of(run.chapter, run.knobs)
        run.demand_fit(data)
        self._lay_out(run.chapter, data, knobs, layout)
        state.begin_fork(state.training.run_id + 1, run.last, run.steps, run.validations, run.marks)
        self._given = None

    def _fork(self, step: int, knobs: Knobs | None) -> None:
        """Go on from after mini-batch `step` of the record as a new run, with the knobs of then
        unless others are given; says so where that cannot be.
        """
        state = self._state
        try:
            path, values = self._film.beginning(step)
            wanted = knobs or state.training.chapter.defaults().with_values(**values)
        except LabError as error:
            state.messages.notify("warning", str(error))
            return
        steps, tested = state.timeline.steps.by_name(), state.timeline.validations.by_name()
        before = {BEFORE: comparison_curve(BEFORE, 3, steps, tested)}
        ghosts = {} if state.timeline.visiting else before

        def go_on(data: Split) -> None:
            self._stop()  # the run that ends is not to see the knobs of the new one
            state.training.set_knobs(wanted)
            self._knobs = wanted
            state.training.data = data
            state.begin_fork(state.training.run_id + 1, step, steps, tested, state.timeline.marks)
            state.timeline.open_record(path, step)
            state.timeline.set_comparison_curves({**state.timeline.comparison_curves, **ghosts})
            self._given = None
            self._start(protocol.Origin(step=step, record=str(path)))

        self._with_data(state.training.chapter, wanted, go_on)

    def _show_weights(self, theta: NDArray[np.float32], step: int) -> None:
        """Weights that were not trained just now; nobody knows their gradient."""
        blank = np.full_like(theta, np.nan)
        self._state.timeline.set_weights(Weights(step, theta, blank, self._state.training.layout))
