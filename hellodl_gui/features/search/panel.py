"""Search panel: hyperparameter search with early stopping of poor runs, on many computers."""

import time
from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu

from core.errors import LabError
from core.search.messages import RunOptions, Trial
from core.search.plan import StudyPlan, goals_of
from core.search.study import Study
from core.training.metrics import LOSS
from core.translation import tr, tr_count
from hellodl_gui.features.search.search_results import SearchResults
from hellodl_gui.features.search.search_service import SearchService
from hellodl_gui.features.search.search_settings import SearchSettings
from hellodl_gui.features.search.search_space_list import Ranges, SearchSpaceList
from hellodl_gui.features.search.search_space_text import (
    can_vary,
    read_range,
    read_ranges,
    usual_range,
)
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.buttons import menu_button, undo_button
from hellodl_gui.ui.controls.collapsible import Collapsible
from hellodl_gui.ui.controls.start_bar import StartBar, duration
from hellodl_gui.ui.controls.undo_change import UndoChange
from hellodl_gui.ui.layout.boxes import Part, hbox, vbox_widget
from hellodl_gui.ui.layout.wide_or_tall import WideOrTall
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.run_group_panel import RunGroupPanel

_USUAL = ("lr",)


class SearchPanel(RunGroupPanel):
    """Attributes: `ranges`, pairs of knob and range as typed; `search`, `terms`, `found`."""

    key, title = "sweep", "Sweep"
    help = (
        "Tries many values of the settings you choose and keeps the best. Every run is recorded, "
        "tagged with the name of the study."
    )

    def __init__(self, state: LabState) -> None:
        self.search = SearchService()
        super().__init__(
            state,
            self.search,
            StartBar(
                tr("Start the search"),
                tr(
                    "Train run after run in separate processes. This pauses training in the "
                    "window; Play resumes it and shares the cores."
                ),
                tr("Stop"),
            ),
        )
        self.paused_words = tr("Training is paused so that the search has all cores.")
        self.ranges: Ranges = ()
        self._kept: dict[str, Ranges] = {}
        self.list = SearchSpaceList()
        self.list.typed.connect(self._on_typed)
        self.list.removed.connect(self._remove)
        self.terms = SearchSettings()
        self.found = SearchResults()
        self.found.apply_wanted.connect(self._apply)
        self.found.open_wanted.connect(self._open)
        self._add = menu_button(
            tr("Vary a setting"), tr("Add another setting to the search"), self._fill_menu
        )
        back = undo_button(self.undo, tr("Undo the last change of ranges or settings (Ctrl+Z)"))
        self._setup = vbox_widget(self.list, self.terms, spacing=8)
        self._fold = Collapsible(tr("Search options"), self._setup)
        self._fold.set_open(True)
        left: list[Part] = [hbox(self._add, 1, back, spacing=6), self._fold, self.bar, 1]
        self.lay_out(tr("The search"), left, self.found, (4, 0, 7, 1))
        self._take_chapter()

    # -- what varies --------------------------------------------------------------------------

    def vary(self, ranges: Sequence[tuple[str, str]]) -> None:
        """Let the search turn these knobs over these ranges."""
        self.ranges = tuple(ranges)
        wrong: dict[str, str] = {}
        knobs = self.state.training.knobs
        for key, text in self.ranges:
            try:
                read_range(knobs, key, text)
            except LabError as error:
                wrong[key] = str(error)
        self.list.show_ranges(self.ranges, knobs.knobs, list(wrong))
        self.bar.show_wrong(next(iter(wrong.values()), ""))
        if not self.search.running and not self.search.trials:
            words = tr("All other settings keep their current values.")
            self.bar.show_progress(0, words if ranges else tr("Add a setting to vary, then start."))

    def _fill_menu(self, menu: QMenu) -> None:
        there = {key for key, _ in self.ranges}
        more = QMenu(tr("More settings"), menu)
        for knob in can_vary(self.state.training.knobs):
            if knob.key not in there:
                (more if knob.advanced else menu).addAction(
                    tr(knob.label), partial(self.add, knob.key)
                )
        if more.actions():
            menu.addMenu(more)

    def _change(self, then: Sequence[tuple[str, str]], text: str) -> None:
        """Other knobs vary, or over another range, to be undone."""
        self.undo.push(UndoChange(self.vary, self.ranges, tuple(then), text))

    def add(self, key: str) -> None:
        """Vary another knob, around its present value."""
        knobs = self.state.training.knobs
        text = usual_range(knobs.knobs[key], knobs[key])
        self._change([*self.ranges, (key, text)], tr("vary a setting"))

    def _remove(self, key: str) -> None:
        then = [pair for pair in self.ranges if pair[0] != key]
        self._change(then, tr("remove a setting"))

    def _on_typed(self, key: str, text: str) -> None:
        then = [(k, text if k == key else before) for k, before in self.ranges]
        if tuple(then) != self.ranges:
            self._change(then, tr("change a range"))

    def _on_chapter(self, *_: object) -> None:
        self._kept[self._chapter.key] = self.ranges
        self._chapter = self.state.training.chapter
        self._take_chapter()

    def _take_chapter(self) -> None:
        self.undo.clear()
        self.terms.offer_goals(goals_of(self._chapter.key))
        knobs = self.state.training.knobs
        usual = [(k, usual_range(knobs.knobs[k], knobs[k])) for k in _USUAL if k in knobs]
        self.vary(self._kept.get(self._chapter.key, tuple(usual)))
        if not self.search.running:
            self.terms.set_name(time.strftime(f"{self._chapter.key} %Y-%m-%d %H.%M"))
        self.mark_dirty()

    # -- searching ----------------------------------------------------------------------------

    def begin(self) -> None:
        """Search from the settings as they are."""
        knobs, key = self.state.training.knobs, self._chapter.key
        defaults = self._chapter.defaults()
        varied = read_ranges(knobs, self.ranges)
        # How often the test set is looked at is the study's own affair.
        other = {"validate_every", *(vary.key for vary in varied)}
        base = {k: v for k, v in knobs.items() if v != defaults[k] and k not in other}
        terms = self.terms
        plan = StudyPlan(
            key, varied, terms.name, terms.method.currentData(), terms.goal.currentData(),
            terms.pruning.currentData(), terms.trials.value(), base,
            RunOptions(steps=terms.steps.value() or None), folder=terms.folder,
        )  # fmt: skip
        self.search.begin(Study(plan, terms.workers.value()))

    def show_begun(self) -> None:
        """The results have the room where there is little."""
        if self.width() < WideOrTall.WIDE:
            self._fold.set_open(False)

    def lock(self, running: bool) -> None:
        """While it runs the search stays as it is."""
        self._setup.setEnabled(not running)
        self._add.setEnabled(not running)
        if not running:
            self.terms.look_again()

    def progress_words(self) -> str:
        """How many runs are over, and how long the others take."""
        counts, study = self.search.counts, self.search.group
        if study is None:
            return ""
        over = counts["done"] + counts["pruned"] + counts["failed"]
        if self.search.running and not over and not self.search.trials:
            return tr("Getting ready")
        parts = [tr("{over} of {all} runs").format(over=over, all=counts["all"])]
        if study.plan.chapter != self._chapter.key:
            parts.insert(0, study.plan.name)
        if counts["pruned"]:
            parts.append(tr_count("{n} stopped early", "{n} stopped early", counts["pruned"]))
        if counts["failed"]:
            parts.append(tr_count("{n} failed", "{n} failed", counts["failed"]))
        left = duration(self.search.left)
        if self.search.running and left:
            parts.append(tr("{left} left").format(left=left))
        elif not self.search.running:
            parts.append(duration(self.search.seconds))
        return " · ".join(parts)

    # -- showing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw the runs as they are."""
        study = self.search.group
        if study is None:
            return
        shown = [plot[0] for plot in study.metrics.plots if plot[0] in study.metrics.tested]
        self.found.show_trials(
            self.search.trials, self.search.knobs, study.best, study.plan.metric, shown
        )

    def numbers(self) -> NumberTable | None:
        """A line for each run."""
        trials, knobs = self.search.trials, self.search.knobs
        if not trials:
            return None
        study = self.search.group
        metrics = (LOSS, *(study.metrics.tested if study is not None else ()))
        named = (tr(metric.name) for metric in metrics)
        head = ("run", "step", *named, *(knob.key for knob in knobs), "state")
        results = np.array(
            [[t.number + 1, t.step, *(t.value(metric) for metric in metrics)] for t in trials]
        ).T
        values = [np.array([t.values.get(knob.key, np.nan) for t in trials]) for knob in knobs]
        columns = [*results, *values, [trial.state for trial in trials]]
        return NumberTable(head, columns)

    # -- doing --------------------------------------------------------------------------------

    @Slot(object)
    def _apply(self, trial: Trial) -> None:
        """Turn the knobs to what a run had."""
        study = self.search.group
        if study is None:
            return
        if study.plan.chapter != self.state.training.chapter.key:
            words = tr("These settings belong to another chapter. Open it first.")
            self.state.messages.notify("warning", words)
            return
        then = {**study.plan.base, **trial.values}
        before = {key: self.state.training.knobs[key] for key in then}
        self.undo.push(
            UndoChange(self.state.training.set_knobs, before, then, tr("apply settings"))
        )
        words = tr("Settings of run {run} applied. Undo in this panel restores the old ones.")
        self.state.messages.notify("info", words.format(run=trial.number + 1))

    @Slot(object)
    def _open(self, trial: Trial) -> None:
        """A run onto the table."""
        record = trial.record
        if record is None:
            self.state.messages.notify("info", tr("This run has no record."))
        elif not record.exists():
            words = tr("{file} is not on this computer; {machine} trained this run.")
            self.state.messages.notify(
                "warning", words.format(file=record.name, machine=trial.machine or "–")
            )
        else:
            self.state.training.open_run(record)
