"""Runs panel: all recorded runs, to find, compare, tag, open, delete and restore."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSplitter

from core.chapters.registry import chapters
from core.errors import LabError
from core.record.library import Annotation
from core.record.models import RunInfo
from core.training.metrics import LOSS
from core.translation import tr
from hellodl_gui.features.runs.disk_usage_bar import DiskUsageBar
from hellodl_gui.features.runs.run_compare import axes_of, difference, next_colour, short_name
from hellodl_gui.features.runs.run_library import RunLibrary, RunListItem
from hellodl_gui.features.runs.run_table import RunRow, RunTable, result
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.parallel_coordinates import ParallelCoordinates
from hellodl_gui.ui.controls.buttons import tool_button, undo_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.focus_shortcuts import add_undo_shortcuts
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.controls.legend_line import legend_line
from hellodl_gui.ui.controls.undo_change import UndoChange, UndoRemoval
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_PREFIX = "run "
_MOST_SHOWN = 24

_DELETED = "runs deleted"  # a topic of messages


class RunsPanel(Panel):
    """A table, knobs against results as lines, and the difference of two chosen runs.

    Attributes: `table`, `parallel`, `undo`.
    """

    key, title = "runs", "Runs"
    help = (
        "All recorded runs. Double-click to open one, tick it to see its curves next to this "
        "run's, select two to compare them."
    )

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.undo = QUndoStack(self)
        self._library = RunLibrary()
        self._open_run: Path | None = None
        self.table = RunTable()
        self.table.opened.connect(lambda place: self._open(self.table.row_at(place)))
        self.table.toggled.connect(self._toggle)
        self.table.delete_wanted.connect(self._delete)
        self.table.selection_changed.connect(self._on_selection)
        self.table.menu_wanted.connect(self._fill_menu)
        self.table.runs.shown_toggled.connect(lambda row: self._toggle([row]))
        self.table.runs.tags_typed.connect(self._on_tags)
        self.table.runs.note_typed.connect(self._on_note)
        self.parallel = ParallelCoordinates()
        self.parallel.chosen.connect(self._on_line)
        self.parallel.kept_changed.connect(self._on_band)
        self._lines: list[RunRow] = []
        self._known: dict[str, RunInfo] = {}
        self.room = DiskUsageBar()
        self.room.empty_wanted.connect(self._empty_bin)
        self.room.failed.connect(lambda sentence: state.messages.notify("error", sentence))
        self._difference = sentence(margin=12)
        self._difference.setProperty("role", "")
        self._difference.setTextFormat(Qt.TextFormat.RichText)
        self._difference.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._difference.setContentsMargins(12, 0, 12, 4)
        lower = QSplitter(Qt.Orientation.Vertical)
        for part, stretch in ((self.table, 3), (self.parallel, 2)):
            lower.addWidget(part)
            lower.setStretchFactor(lower.count() - 1, stretch)
        bar, margins = self._make_bar(), (0, 0, 0, 4)
        self.fill(bar, (lower, 1), self._difference, self.room, margins=margins, spacing=4)
        self._titles = {chapter.key: chapter.title for chapter in chapters()}
        add_undo_shortcuts(self, self.undo)
        state.training.chapter_changed.connect(self._on_filter)
        self.redraw_on(themes().changed)

    def _make_bar(self) -> QHBoxLayout:
        self._filter = QLineEdit(clearButtonEnabled=True)
        self._filter.setPlaceholderText(tr("Find by tag, note or setting, such as lr=0.1"))
        self._filter.setAccessibleName(tr("Find runs"))
        self._filter.textChanged.connect(self._on_filter)
        choices = [(tr("this chapter"), True), (tr("all chapters"), False)]
        self._which = combo_box(tr("Chapter"), "", choices, changed=self._on_filter)
        back = undo_button(self.undo, tr("Undo the last deletion or note (Ctrl+Z)"))
        hide = tool_button(tr("Hide all"), tr("Hide the curves of other runs"), self._hide_all)
        return hbox((self._filter, 1), self._which, hide, back, margins=(10, 6, 10, 0))

    # -- drawing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Look at the folder now and then; draw what changed."""
        self.mark_dirty()  # again and again, while somebody looks
        if self._library.poll() or self._open_run != self.state.timeline.path:
            self._show_rows()
        self._draw_curves()

    def close_down(self) -> None:
        """Leave no thread behind."""
        self._library.close()

    def _show_rows(self) -> None:
        self._open_run = self.state.timeline.path
        abouts = [run.summary.about for run in self._library.runs]
        self._known = {about.run_id: about for about in abouts if about is not None}
        rows = [self._row(run) for run in self._library.runs]
        if not rows:
            self._fallback.explain(
                self._library.problem
                or tr("Nothing is recorded yet. Recording starts with the first mini-batch.")
            )
            return
        self._fallback.show_content()
        self.table.runs.set_rows(rows)
        self.room.show_room(self._library.room)
        self._on_filter()
        self._on_selection()

    def _row(self, run: RunListItem) -> RunRow:
        about = run.summary.about
        title = self._titles.get(about.chapter, about.chapter) if about is not None else ""
        open_ = run.path == self.state.timeline.path
        return RunRow(run.summary, run.remark, title, self._family(about), open_)

    def _family(self, about: RunInfo | None) -> tuple[float, ...]:
        """When a run and those that it branched off from began, the oldest first."""
        began: list[float] = []
        while about is not None and about.started not in began:
            began.insert(0, about.started)
            about = self._known.get(about.parent.run_id) if about.parent is not None else None
        return tuple(began)

    def _draw_curves(self) -> None:
        shown = [row for row in self.table.runs.rows if row.remark.shown and self._fits(row)]
        self._library.draw(
            {row.path: row.remark.colour or 0 for row in shown[:_MOST_SHOWN]}, self._name
        )
        drawn = self._library.drawn()
        if drawn is None:
            return
        curves = self.state.timeline.comparison_curves
        others = {key: g for key, g in curves.items() if not key.startswith(_PREFIX)}
        wanted = {f"{_PREFIX}{path.stem}": ghost for path, ghost in drawn.items()}
        if {**others, **wanted} != curves:
            self.state.timeline.set_comparison_curves({**others, **wanted})

    def _fits(self, row: RunRow) -> bool:
        """Runs of other chapters, and the open one, are not drawn beside it."""
        state = self.state
        return row.chapter == state.training.chapter.title and row.path != state.timeline.path

    def _name(self, path: Path) -> str:
        row = next(row for row in self.table.runs.rows if row.path == path)
        return short_name(row, self.state.training.knobs)

    @Slot()
    def _on_filter(self, *_: object) -> None:
        chapter = self.state.training.chapter.title if self._which.currentData() else ""
        self.table.filter.look_for(self._filter.text(), chapter)
        self.table.show_chapters(not chapter)
        self._draw_lines()

    def _draw_lines(self) -> None:
        """Knobs against the result, of the runs of one chapter that pass the filter."""
        rows = [row for row in self.table.visible_rows() if not row.problem]
        chapter = self.state.training.chapter.title
        rows = [row for row in rows if row.chapter == chapter]
        metric = next((row.summary.metric for row in rows if row.summary.metric), LOSS)
        self._lines = [row for row in rows if np.isfinite(result(row, metric))]
        self.parallel.set_axes(axes_of(self._lines, metric), better_high=metric.better == "up")

    def numbers(self) -> NumberTable | None:
        """The runs as they stand in the table."""
        model = self.table.filter
        if not model.rowCount():
            return None
        columns = range(1, model.columnCount())
        head = tuple(str(model.headerData(c, Qt.Orientation.Horizontal)) for c in columns)
        places = range(model.rowCount())
        return NumberTable(
            head, [[str(model.index(r, c).data() or "") for r in places] for c in columns]
        )

    # -- choosing and comparing ---------------------------------------------------------------

    def _on_selection(self) -> None:
        rows = [row for row in self.table.selected() if not row.problem]
        self._difference.setText(difference(*rows) if len(rows) == 2 else "")
        self._difference.setVisible(len(rows) == 2)

    @Slot(int)
    def _on_line(self, number: int) -> None:
        """A line was clicked: choose its run in the table."""
        wanted = self._lines[number].path
        for place in range(self.table.filter.rowCount()):
            if self.table.row_at(place).path == wanted:
                self.table.selectRow(place)
                return

    def _on_band(self) -> None:
        """Choose the runs that pass the bands."""
        kept = self.parallel.kept()
        paths = {row.path for row, keep in zip(self._lines, kept, strict=True) if keep}
        self.table.clearSelection()
        if not self.parallel.bands:
            return
        chosen = self.table.selectionModel()
        flags = chosen.SelectionFlag.Select | chosen.SelectionFlag.Rows
        for place in range(self.table.filter.rowCount()):
            if self.table.row_at(place).path in paths:
                chosen.select(self.table.filter.index(place, 0), flags)

    # -- doing --------------------------------------------------------------------------------

    def _open(self, row: RunRow) -> None:
        if row.problem:
            self.state.messages.notify("warning", row.problem)
            return
        self.state.training.open_run(row.path)

    def _toggle(self, rows: list[RunRow]) -> None:
        """Draw their curves, or hide them when all are drawn."""
        rows = [row for row in rows if row.run_id]
        if not rows:
            return
        show = not all(row.remark.shown for row in rows)
        used = {row.remark.colour or 0 for row in self.table.runs.rows if row.remark.shown}
        then = {}
        for row in rows:
            remark = replace(self.remark_on(row.run_id), shown=show)
            if show and remark.colour is None:
                remark = replace(remark, colour=next_colour(used))
                used.add(remark.colour or 0)
            then[row.run_id] = remark
        text = tr("show curves") if show else tr("hide curves")
        self._remark(then, text)

    def _hide_all(self) -> None:
        if shown := [row for row in self.table.runs.rows if row.remark.shown]:
            self._toggle(shown)
        self.state.timeline.set_comparison_curves({})

    def _remark(self, then: Mapping[str, Annotation], text: str) -> None:
        """Other remarks on runs, to be undone."""
        before = {run_id: self.remark_on(run_id) for run_id in then}
        self.undo.push(UndoChange(self.write, before, then, text))

    def _on_tags(self, row: RunRow, text: str) -> None:
        tags = tuple(tag.strip() for tag in text.split(",") if tag.strip())
        self._remark_all([row], tr("tags"), tags=tags)

    def _on_note(self, row: RunRow, text: str) -> None:
        self._remark_all([row], tr("note"), note=text)

    def _remark_all(self, rows: list[RunRow], what: str, **remark: Any) -> None:
        """The same remark on all, unless they have it."""
        then = {row.run_id: replace(self.remark_on(row.run_id), **remark) for row in rows}
        if any(then[row.run_id] != row.remark for row in rows):
            self._remark(then, what)

    def _delete(self, rows: list[RunRow]) -> None:
        """Put runs aside, but never the open one."""
        busy = [row for row in rows if row.path == self.state.timeline.path]
        if busy:
            refusal = tr("The open run cannot be deleted. Open another one first.")
            self.state.messages.notify("info", refusal)
        paths = [row.path for row in rows if row not in busy]
        if paths:
            self.undo.push(UndoRemoval(self.put_aside, self.bring_back, paths, tr("delete")))

    def _fill_menu(self, menu: QMenu, rows: list[RunRow]) -> None:
        menu.addAction(tr("Open"), lambda: self._open(rows[0]))
        menu.addAction(tr("Show or hide curves"), lambda: self._toggle(rows))
        colours = menu.addMenu(tr("Colour"))
        for number, colour in enumerate(themes().theme.curves):
            action = colours.addAction(
                tr("Colour {number}").format(number=number + 1),
                lambda number=number: self._remark_all(rows, tr("colour"), colour=number),
            )
            action.setIcon(legend_line(colour, dashed=True))
        menu.addSeparator()
        menu.addAction(tr("Delete"), lambda: self._delete(rows))

    def _empty_bin(self) -> None:
        """Delete for good what lies there."""
        gone = self._library.empty_bin()
        self.undo.clear()  # nothing is left to bring back
        words = tr("Deleted for good: {count} runs.").format(count=f"{gone:,}")
        self.state.messages.notify("info", words)

    def remark_on(self, run_id: str) -> Annotation:
        """What was said of a run."""
        return next((s.remark for s in self._library.runs if s.run_id == run_id), Annotation())

    def write(self, remarks: Mapping[str, Annotation]) -> None:
        """Say something of runs; where it cannot be written, say so."""
        try:
            self._library.remark(remarks)
        except LabError as error:
            self.state.messages.notify("error", str(error))
        self._show_rows()

    def put_aside(self, paths: list[Path]) -> list[Path]:
        """Delete runs; where they lie now."""
        words = tr("Runs deleted: {count}. Undo brings them back, for 30 days.")
        try:
            moved = self._library.delete(paths)
            self.state.messages.notify("info", words.format(count=len(moved)), _DELETED)
            return moved
        except LabError as error:
            self.state.messages.notify("error", str(error))
            return []
        finally:
            self._show_rows()

    def bring_back(self, moved: list[Path]) -> None:
        """Restore deleted runs."""
        self.state.messages.retract(_DELETED)
        try:
            self._library.restore(moved)
        except LabError as error:
            self.state.messages.notify("error", str(error))
