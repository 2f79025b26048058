"""Hint card: the problem, its numbers, an A/B run that tests the fix, and buttons."""

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.diagnosis.ab_run import LossPair
from core.diagnosis.hint import Hint
from core.formatting import format_fixed
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.time_plot import TimePlot
from hellodl_gui.ui.chart.value_axis import TimeSeries
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.controls.legend_line import SWATCH, legend_line

_PLOT = 130  # pixels of height
_LOG_FROM = 5.0


class HintCard(QFrame):
    """Attributes: `hint`; `plot`, the two curves, hidden before there are any; `prove`, `apply`,
    `dismiss`, the buttons; `sure`, how sure it is. Where data have to be prepared otherwise
    there is nothing to apply.

    Signals: `shown(str)` a panel is wanted; `prove_wanted()`, `stop_wanted()`, `apply_wanted()`,
    `dismissed()`.
    """

    shown = Signal(str)
    prove_wanted = Signal()
    stop_wanted = Signal()
    apply_wanted = Signal()
    dismissed = Signal()

    def __init__(self, hint: Hint, change: str) -> None:
        super().__init__()
        self.hint = hint
        self.setProperty("role", "message")
        self.setProperty("level", "warning")
        self.setAccessibleName(hint.name)
        self._proving = False
        title = QLabel(hint.name)
        title.setProperty("role", "title")
        self.sure = sure = quiet(QLabel())
        self._show_confidence(None)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(sure, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(_words(hint.sentence))
        for fact in hint.facts:
            column.addLayout(self._fact(fact.text, fact.panel))
        if change:
            column.addWidget(_words(change, "quiet"))
        column.addLayout(self._buttons(hint))
        self._proof = self._curves()
        self._proof.hide()
        column.addWidget(self._proof)
        self._verdict = _words("")
        self._verdict.hide()
        column.addWidget(self._verdict)
        self._pairs: tuple[LossPair, ...] = ()
        self._draw()
        themes().changed.connect(self._draw)

    def _fact(self, text: str, panel: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(_words(f"• {text}", "quiet"), 1)
        show = QToolButton()
        show.setText(tr("Show me"))
        show.setProperty("tight", "true")
        show.setToolTip(tr("Bring the panel for this to the front"))
        show.setAccessibleName(tr("Show me: {text}").format(text=text))
        show.clicked.connect(lambda: self.shown.emit(panel))
        row.addWidget(show, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _curves(self) -> QWidget:
        """The plot with its legend above."""
        self.plot = TimePlot("")
        self.plot.setAccessibleName(tr("Loss on the test set"))
        self.plot.setFixedHeight(_PLOT)
        legend = QHBoxLayout()
        legend.setSpacing(6)
        legend.addWidget(QLabel(tr("Loss on the test set")))
        self._swatches = QLabel(), QLabel()
        for colour, name in zip(self._swatches, self._names(), strict=True):
            label = quiet(QLabel(name))
            legend.addSpacing(8)
            legend.addWidget(colour)
            legend.addWidget(label)
        legend.addStretch(1)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addLayout(legend)
        column.addWidget(self.plot)
        return inner

    def _names(self) -> tuple[str, str]:
        return tr("unchanged"), tr("with the fix")

    def _buttons(self, hint: Hint) -> QHBoxLayout:
        self.prove = QPushButton()
        self.prove.clicked.connect(self._on_prove)
        self.apply = QPushButton(tr("Apply"))
        self.apply.clicked.connect(self.apply_wanted)
        self.dismiss = QPushButton(tr("Dismiss"))
        self.dismiss.setToolTip(tr("Hide this hint for the rest of the run"))
        self.dismiss.clicked.connect(self.dismissed)
        row = QHBoxLayout()
        row.setSpacing(8)
        if hint.fix is not None:
            self.apply.setToolTip(
                tr("Start a new run with these settings; this one stays recorded")
                if hint.fix.restart
                else tr("Change the settings now; the run continues")
            )
            row.addWidget(self.prove)
            row.addWidget(self.apply)
            if hint.fix.by_hand:
                self.apply.hide()
        else:  # without a parent they would be windows
            for button in (self.prove, self.apply):
                button.setParent(self)
                button.hide()
        row.addStretch(1)
        row.addWidget(self.dismiss)
        self._show_buttons()
        return row

    @property
    def proves(self) -> bool:
        """Whether curves are shown."""
        return not self._proof.isHidden()

    def _on_prove(self) -> None:
        (self.stop_wanted if self._proving else self.prove_wanted).emit()

    def _show_confidence(self, helps: bool | None) -> None:
        """How sure the numbers are, until a proof knows better."""
        match helps:
            case True:
                self.sure.setText(tr("proven"))
                self.sure.setToolTip(tr("A short run with the fix did better than without"))
            case False:
                self.sure.setText(tr("not confirmed"))
                self.sure.setToolTip(tr("A short run with the fix did no better"))
            case None:
                share = format_fixed(100 * self.hint.confidence, 0)
                self.sure.setText(tr("confidence {share} %").format(share=share))
                self.sure.setToolTip(tr("How well the evidence fits this explanation"))

    def _show_buttons(self, helps: bool | None = None) -> None:
        self.prove.setText(tr("Stop") if self._proving else tr("Prove it"))
        self.prove.setToolTip(
            tr("Stop both short runs; the curves stay")
            if self._proving
            else tr(
                "Train twice for some seconds in a separate process: unchanged and with the fix, "
                "on the same mini-batches. Your run is not affected."
            )
        )
        for button, main in ((self.prove, helps is None), (self.apply, bool(helps))):
            button.setProperty("main", "true" if main else "false")
            button.style().unpolish(button)
            button.style().polish(button)

    def show_proof(
        self, pairs: tuple[LossPair, ...], running: bool, helps: bool | None, verdict: str
    ) -> None:
        """Both curves so far, and what they say."""
        self._proving = running
        self._show_buttons(helps)
        self._show_confidence(helps)
        self._verdict.setText(verdict)
        self._verdict.setVisible(bool(verdict))
        self._proof.setVisible(len(pairs) > 1)
        if pairs != self._pairs:
            self._pairs = pairs
            self._draw()

    def _draw(self, *_: object) -> None:
        colours = themes().theme.curves[1], themes().theme.curves[2]
        for label, colour in zip(self._swatches, colours, strict=True):
            label.setPixmap(legend_line(colour, False, self.devicePixelRatioF()).pixmap(SWATCH))
        steps = np.array([pair.step for pair in self._pairs], np.float64)
        losses = np.array([(pair.control, pair.treated) for pair in self._pairs], np.float64)
        losses = losses.reshape(-1, 2)
        known = losses[np.isfinite(losses) & (losses > 0)]
        self.plot.set_log(bool(len(known)) and bool(known.max() > _LOG_FROM * known.min()))
        self.plot.set_lines(
            [
                TimeSeries(name, colour, steps, column)
                for name, colour, column in zip(self._names(), colours, losses.T, strict=True)
            ]
        )


def _words(text: str, role: str = "") -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    if role:
        label.setProperty("role", role)
    return label
