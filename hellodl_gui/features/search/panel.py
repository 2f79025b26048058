"""Search panel: hyperparameter search with early stopping of poor runs, on many computers."""

import time
from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.errors import LabError
from core.search.messages import Trial
from core.translation import tr, tr_count
from hellodl_gui.features.search.search_results import SearchResults
from hellodl_gui.features.search.search_service import SearchRequest, SearchService, known_studies
from hellodl_gui.features.search.search_settings import SearchSettings
from hellodl_gui.features.search.search_space_list import Ranges, SearchSpaceList
from hellodl_gui.features.search.search_space_text import (
    can_vary,
    read_range,
    read_ranges,
    usual_range,
)
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.collapsible import Collapsible
from hellodl_gui.ui.controls.focus_shortcuts import add_undo_shortcuts
from hellodl_gui.ui.controls.start_bar import StartBar, duration
from hellodl_gui.ui.controls.undo_change import UndoChange
from hellodl_gui.ui.layout.wide_or_tall import WideOrTall
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_POLL_MS = 80
_USUAL = ("lr",)


class SearchPanel(Panel):
    """What varies belongs to the open chapter; a search goes on while another one is there.

    Attributes: `ranges`, pairs of knob and range as typed; `search`, `terms`, `bar`, `found`,
    `undo`.
    """

    key = "sweep"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.title = tr("Sweep")
        self.setToolTip(
            tr(
                "Tries many values of the settings you choose and keeps the best. Every "
                "run is recorded, tagged with the name of the study."
            )
        )
        self.search = SearchService()
        self.ranges: Ranges = ()
        self._chapter = state.training.chapter
        self._kept: dict[str, Ranges] = {}
        self.undo = QUndoStack(self)
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._on_poll)
        self.list = SearchSpaceList()
        self.list.typed.connect(self._on_typed)
        self.list.removed.connect(self._remove)
        self.terms = SearchSettings(known_studies)
        self.bar = StartBar(
            tr("Start the search"),
            tr(
                "Train run after run in separate processes. This pauses training in the "
                "window; Play resumes it and shares the cores."
            ),
            tr("Stop"),
        )
        self.bar.start_wanted.connect(self.start)
        self.bar.stop_wanted.connect(self.search.cancel)
        self.found = SearchResults()
        self.found.apply_wanted.connect(self._apply)
        self.found.open_wanted.connect(self._open)
        self._assemble()
        add_undo_shortcuts(self, self.undo)
        state.training.chapter_changed.connect(self._on_chapter)
        themes().changed.connect(self.mark_dirty)
        self._take_chapter()

    def _assemble(self) -> None:
        self._add = QToolButton()
        self._add.setText(tr("Vary a setting"))
        self._add.setToolTip(tr("Add another setting to the search"))
        self._add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._add)
        menu.aboutToShow.connect(partial(self._fill_menu, menu))
        self._add.setMenu(menu)
        self._back = QPushButton(tr("Undo"))
        self._back.setToolTip(tr("Undo the last change of ranges or settings (Ctrl+Z)"))
        self._back.setEnabled(False)
        self._back.clicked.connect(self.undo.undo)
        self.undo.canUndoChanged.connect(self._back.setEnabled)
        bar = QHBoxLayout()
        bar.setSpacing(6)
        bar.addWidget(self._add)
        bar.addStretch(1)
        bar.addWidget(self._back)
        self._setup = QWidget()
        column = QVBoxLayout(self._setup)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.list)
        column.addWidget(self.terms)
        self._fold = Collapsible(tr("Search options"), self._setup)
        self._fold.set_open(True)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(10, 6, 10, 4)
        column.setSpacing(6)
        column.addLayout(bar)
        column.addWidget(self._fold)
        column.addWidget(self.bar)
        column.addStretch(1)
        parts = WideOrTall()
        parts.add(left, 4, 0)
        parts.add(self.found, 7, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setAccessibleName(tr("The search"))
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(parts)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.addWidget(scroll)

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
        menu.clear()
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
        knobs = self.state.training.knobs
        usual = [(k, usual_range(knobs.knobs[k], knobs[k])) for k in _USUAL if k in knobs]
        self.vary(self._kept.get(self._chapter.key, tuple(usual)))
        if not self.search.running:
            self.terms.set_name(time.strftime(f"{self._chapter.key} %Y-%m-%d %H.%M"))
        self.mark_dirty()

    # -- searching ----------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Search; what is wrong is said below the button."""
        terms, knobs = self.terms, self.state.training.knobs
        asked = SearchRequest(
            terms.name, terms.method, terms.goal, terms.pruning, terms.trials, terms.steps,
            terms.workers, terms.folder,
        )  # fmt: skip
        defaults = self._chapter.defaults()
        try:
            varied = read_ranges(knobs, self.ranges)
            # How often the test set is looked at is the study's own affair.
            other = {"validate_every", *(vary.key for vary in varied)}
            base = {k: v for k, v in knobs.items() if v != defaults[k] and k not in other}
            self.search.start(self._chapter.key, varied, base, asked)
        except LabError as error:
            self.bar.show_wrong(str(error))
            return
        if self.state.training.status is Status.PLAYING:
            self.state.training.pause()
            words = tr("Training is paused so that the search has all cores.")
            self.state.messages.notify("info", words)
        self.bar.show_wrong("")
        if self.width() < WideOrTall.WIDE:
            self._fold.set_open(False)
        self._poll.start()
        self._on_poll()

    @Slot()
    def _on_poll(self) -> None:
        news = self.search.poll()
        running = self.search.running
        self.bar.show_running(running)
        self.bar.show_progress(self.search.share, self._words())
        self._setup.setEnabled(not running)
        self._add.setEnabled(not running)
        if news:
            self.mark_dirty()
            if said := [*self.search.warnings, *filter(None, [self.search.sentence])]:
                self.bar.show_wrong(" ".join(said))
        if not running:
            self._poll.stop()
            self.terms.look_again()

    def _words(self) -> str:
        counts, study = self.search.counts, self.search.study
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
        study = self.search.study
        if study is None:
            return
        self.found.show_trials(
            self.search.trials, self.search.knobs, study.best, study.plan.goal == "accuracy"
        )

    def numbers(self) -> NumberTable | None:
        """A line for each run."""
        trials, knobs = self.search.trials, self.search.knobs
        if not trials:
            return None
        head = ("run", "step", "loss", "right", *(knob.key for knob in knobs), "state")
        results = np.array([[t.number + 1, t.step, t.loss, t.accuracy] for t in trials]).T
        values = [np.array([t.values.get(knob.key, np.nan) for t in trials]) for knob in knobs]
        columns = [*results, *values, [trial.state for trial in trials]]
        return NumberTable(head, columns)

    # -- doing --------------------------------------------------------------------------------

    @Slot(object)
    def _apply(self, trial: Trial) -> None:
        """Turn the knobs to what a run had."""
        study = self.search.study
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

    def close_down(self) -> None:
        """End every process."""
        self._poll.stop()
        self.search.close()
