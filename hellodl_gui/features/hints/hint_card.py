"""Hint card: the problem, its numbers, an A/B run that tests the fix, and buttons."""

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from core.diagnosis.ab_run import LossPair
from core.diagnosis.hint import Hint
from core.formatting import format_fixed
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.time_plot import TimePlot
from hellodl_gui.ui.chart.value_axis import TimeSeries
from hellodl_gui.ui.controls.buttons import push_button, tool_button
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.controls.legend_line import SWATCH, legend_line
from hellodl_gui.ui.layout.boxes import Part, hbox, vbox, vbox_widget

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
        self.setAccessibleName(tr(hint.name))
        self._proving = False
        title = QLabel(tr(hint.name))
        title.setProperty("role", "title")
        self.sure = quiet(QLabel())
        self.sure.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._show_confidence(None)
        parts: list[Part] = [hbox((title, 1), self.sure), _words(hint.sentence)]
        parts += [self._fact(fact.text, fact.panel) for fact in hint.facts]
        if change:
            parts.append(quiet(_words(change)))
        parts.append(self._buttons(hint))
        self._proof = self._curves()
        self._verdict = _words("")
        for part in (self._proof, self._verdict):
            part.hide()
            parts.append(part)
        vbox(*parts, margins=(12, 10, 12, 12), spacing=6, on=self)
        self._pairs: tuple[LossPair, ...] = ()
        self._draw()
        themes().changed.connect(self._draw)

    def _fact(self, text: str, panel: str) -> QHBoxLayout:
        show = tool_button(
            tr("Show me"),
            tr("Bring the panel for this to the front"),
            lambda: self.shown.emit(panel),
        )
        show.setProperty("tight", "true")
        show.setAccessibleName(tr("Show me: {text}").format(text=text))
        return hbox((quiet(_words(f"• {text}")), 1), vbox(show, 1), spacing=8)

    def _curves(self) -> QWidget:
        """The plot with its legend above."""
        self.plot = TimePlot("")
        self.plot.setAccessibleName(tr("Loss on the test set"))
        self.plot.setFixedHeight(_PLOT)
        self._swatches = QLabel(), QLabel()
        legend: list[Part] = [QLabel(tr("Loss on the test set"))]
        for swatch, name in zip(self._swatches, self._names(), strict=True):
            legend.append(hbox(swatch, quiet(QLabel(name)), margins=(8, 0, 0, 0), spacing=6))
        return vbox_widget(hbox(*legend, 1, spacing=6), self.plot, margins=(0, 4, 0, 0), spacing=0)

    def _names(self) -> tuple[str, str]:
        return tr("unchanged"), tr("with the fix")

    def _buttons(self, hint: Hint) -> QHBoxLayout:
        fix = hint.fix
        self.prove = push_button("", "", self._on_prove)
        self.apply = push_button(
            tr("Apply"),
            tr("Start a new run with these settings; this one stays recorded")
            if fix is not None and fix.restart
            else tr("Change the settings now; the run continues"),
            self.apply_wanted,
        )
        self.dismiss = push_button(
            tr("Dismiss"), tr("Hide this hint for the rest of the run"), self.dismissed
        )
        if fix is None:
            self.prove.hide()
        if fix is None or fix.by_hand:
            self.apply.hide()
        self._show_buttons()
        return hbox(self.prove, self.apply, 1, self.dismiss, spacing=8)

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


def _words(text: str) -> QLabel:
    label = QLabel(text, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label
