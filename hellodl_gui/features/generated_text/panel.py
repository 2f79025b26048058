"""Generated text panel: what the network writes, as it learns to."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QTextEdit

from core.chapters.capabilities import TEXT
from core.training.metrics import Evaluation
from core.training.reports import TextReport
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel
from hellodl_gui.ui.tables.row_table import RowTable
from hellodl_gui.ui.tables.table_model import TableColumn, TableModel

_KEPT = 500
_PADDING = 4


@dataclass(frozen=True)
class WrittenText:
    """What was written after mini-batch `step`, and how good the network was then."""

    step: int
    value: float
    report: TextReport

    @property
    def text(self) -> str:
        """The beginning and what was written after it; of several texts each by itself."""
        return "\n\n".join(self.report.prompt + text for text in self.report.texts)


class GeneratedTextPanel(Panel):
    """The newest text large, beside it all moments at which one was written: choose one to read it.

    Attributes: `written`, all texts of this run, oldest first; `shown`, the one that is read.
    """

    key, title = "written", "Written text"
    help = "What the network writes after a short beginning. Choose an earlier moment to compare."
    needs = frozenset({TEXT})

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.written: list[WrittenText] = []
        self.shown: WrittenText | None = None
        self._chosen: int | None = None  # the step that was chosen; None follows training
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setAccessibleName(tr("What the network wrote"))
        self._rows = TableModel[WrittenText]()
        self._moments = RowTable(several=False, padding=_PADDING)
        self._moments.setAccessibleName(tr("When it was written"))
        self._moments.setModel(self._rows)
        self._moments.selectionModel().currentRowChanged.connect(
            lambda now, _: self._on_row(now.row())
        )
        self._words = quiet(ElidedLabel())
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.addWidget(self._text)
        parts.addWidget(self._moments)
        parts.setChildrenCollapsible(False)
        parts.setStretchFactor(0, 1)
        parts.setSizes([420, 180])
        self.fill((parts, 1), self._words, margins=(10, 6, 10, 8), spacing=4)
        state.timeline.evaluated.connect(self._on_evaluated)
        state.timeline.moment_changed.connect(self._on_moment)
        self.redraw_on(themes().changed)
        self.each_run(self._on_restart)

    def _on_restart(self) -> None:
        self.written, self.shown, self._chosen = [], None, None
        self._on_evaluated(self.state.timeline.evaluation)

    def _on_evaluated(self, seen: Evaluation | None) -> None:
        """Keep what was written, in order of mini-batches; once for each."""
        report = None if seen is None else seen.report(TextReport)
        if seen is None or report is None:
            return
        value = seen.metrics.get(self.state.training.metrics.goal.key, float("nan"))
        self.written = [one for one in self.written if one.step != seen.step]
        self.written.append(WrittenText(seen.step, value, report))
        self.written = sorted(self.written, key=lambda one: one.step)[-_KEPT:]
        self.mark_dirty()

    def _on_moment(self) -> None:
        """Another moment is shown: the text of then, or of the live edge."""
        self._chosen = None
        self.mark_dirty()

    def _on_row(self, place: int) -> None:
        if 0 <= place < len(self._rows.rows):
            step = self._rows.rows[place].step
            self._chosen = None if place == 0 else step  # the newest stands first
            self.mark_dirty()

    def _wanted(self) -> WrittenText | None:
        """The chosen text, else that of the moment that is shown, else the newest."""
        step = self._chosen if self._chosen is not None else self.state.timeline.moment
        past = [one for one in self.written if step is None or one.step <= step]
        return past[-1] if past else None

    def refresh(self) -> None:
        """Show a text, and the list of all."""
        wanted = self._wanted()
        if wanted is None:
            self._fallback.explain(
                tr("Nothing is written yet. Press Play: a text comes with every test.")
            )
            return
        self._fallback.show_content()
        goal = self.state.training.metrics.goal
        columns = (
            TableColumn[WrittenText](tr("mini-batch"), lambda one: f"{one.step:,}"),
            TableColumn[WrittenText](
                tr(goal.unit or goal.label), lambda one: goal.text(one.value, 3)
            ),
        )
        self._rows.show_rows(self.written[::-1], columns)
        if wanted is not self.shown or self._text.toPlainText() != wanted.text:
            self._text.setPlainText(wanted.text)
        self.shown = wanted
        self._mark_prompt(wanted)
        words = tr("{metric} {value} after mini-batch {step}").format(
            metric=tr(goal.label), value=goal.text(wanted.value, 3), step=f"{wanted.step:,}"
        )
        first = self.written[0]
        if first is not wanted:
            words += tr(" · {value} after mini-batch {step}").format(
                value=goal.text(first.value, 3), step=f"{first.step:,}"
            )
        self._words.say(words)
        self.setAccessibleDescription(words)

    def _mark_prompt(self, wanted: WrittenText) -> None:
        """The beginnings were given: they are quiet."""
        look = QTextCharFormat()
        look.setForeground(QColor(themes().theme.quiet))
        marked, start = [], 0
        for text in wanted.report.texts:
            one = QTextEdit.ExtraSelection()
            place = QTextCursor(self._text.document())
            place.setPosition(start)
            place.setPosition(start + len(wanted.report.prompt), QTextCursor.MoveMode.KeepAnchor)
            one.format, one.cursor = look, place
            marked.append(one)
            start += len(wanted.report.prompt) + len(text) + 2
        self._text.setExtraSelections(marked)

    def numbers(self) -> NumberTable | None:
        """Every text with its mini-batch."""
        if not self.written:
            return None
        goal = self.state.training.metrics.goal
        return NumberTable(
            (tr("mini-batch"), tr(goal.label), tr("text")),
            [
                np.array([one.step for one in self.written]),
                np.array([one.value for one in self.written]),
                [one.text for one in self.written],
            ],
        )
