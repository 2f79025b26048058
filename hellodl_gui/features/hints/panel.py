"""Hints panel: what is wrong with the open run, by which numbers, and a tested fix."""

import time
from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QLabel, QScrollArea, QSizePolicy, QWidget

from core.diagnosis.comparison import Comparison
from core.diagnosis.hint import Hint
from core.errors import LabError
from core.formatting import format_number
from core.translation import tr
from hellodl_gui.features.hints.hint_card import HintCard
from hellodl_gui.features.hints.hint_service import HintService
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.layout.fallback import fill
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_POLL_MS = 120
_ALIKE = 0.02  # losses that differ by less are the same


class HintsPanel(Panel):
    """A card a hint. The run is looked at every other second while the panel is in the window,
    also behind a tab, whose title then counts the hints.

    Attributes: `service`, what is known; `cards`, by key of the hint.
    """

    key, title = "hints", "Hints"
    help = "What seems wrong with this run and what may help; test it before you apply it"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.service = HintService(state)
        self.cards: dict[str, HintCard] = {}
        self._took = QLabel(wordWrap=True)
        self._took.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        back = push_button(
            tr("Take back"),
            tr("Restore the settings, and the previous run if a new one was started"),
            self._on_back,
        )
        self._applied = QFrame()
        self._applied.setProperty("role", "message")
        self._applied.setProperty("level", "info")
        hbox((self._took, 1), back, margins=(12, 8, 12, 8), on=self._applied)
        inner = QWidget()
        self._well = quiet(QLabel(tr("Nothing seems wrong with this run so far."), wordWrap=True))
        self._well.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column = vbox(
            self._applied, self._well, 1, margins=(10, 8, 10, 10), spacing=10, on=inner
        )
        self._scroll = scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        scroll.setWidget(inner)
        self._fallback = fill(self, scroll)
        self._poll = QTimer(self, interval=_POLL_MS)
        self._poll.timeout.connect(self._on_poll)
        timeline = state.timeline
        for grown in (
            timeline.record_opened,
            timeline.steps_added,
            timeline.evaluated,
            state.training.status_changed,
        ):
            grown.connect(self._on_grown)
        state.training.restarted.connect(self._on_restart)

    # -- looking ------------------------------------------------------------------------------

    @property
    def _in_window(self) -> bool:
        """Whether somebody could see the cards, or the count in the title."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QDockWidget):
            above = above.parentWidget()
        return not (above or self).isHidden()

    def _on_grown(self, *_: object) -> None:
        self.service.invalidate()
        if self._in_window and not self._poll.isActive():
            self._poll.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask as soon as it is visible."""
        super().showEvent(event)
        self._on_grown()

    @Slot()
    def _on_poll(self) -> None:
        if self.service.poll(time.monotonic()):
            self._count()
            self.mark_dirty()
        if not self.service.pending or not self._in_window:
            self._poll.stop()

    def _on_restart(self) -> None:
        self._count()
        self.mark_dirty()

    def _count(self) -> None:
        """The title says how many there are."""
        count = len(self.service.hints)
        self.setWindowTitle(f"{self.title} · {count}" if count else self.title)

    # -- showing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """The cards as they are by now."""
        service, state = self.service, self.state
        if state.timeline.path is None and service.applied is None:
            self._fallback.explain(tr("Hints need a recorded run. Press Play or Space."))
        elif service.problem:
            self._fallback.explain(service.problem)
        else:
            self._fallback.show_content()
        known = {hint.key: hint for hint in service.hints}
        for key, card in list(self.cards.items()):
            if known.get(key) != card.hint:
                self._column.removeWidget(card)
                card.hide()
                card.deleteLater()
                del self.cards[key]
        for place, hint in enumerate(service.hints):
            if hint.key not in self.cards:
                self.cards[hint.key] = self._card(hint)
            if self._column.indexOf(self.cards[hint.key]) != 2 + place:
                self._column.removeWidget(self.cards[hint.key])
                self._column.insertWidget(2 + place, self.cards[hint.key])
            self._show_proof(self.cards[hint.key])
        self._well.setVisible(not known)
        applied = service.applied
        self._applied.setVisible(applied is not None)
        if applied is not None:
            self._took.setText(
                tr("Applied: {name}. {change}").format(
                    name=tr(applied.hint.name), change=self._change(applied.hint, applied.before)
                )
            )

    def _card(self, hint: Hint) -> HintCard:
        card = HintCard(hint, self._change(hint, self.state.training.knobs))
        card.shown.connect(self.state.show_panel)
        card.prove_wanted.connect(lambda: self._prove(hint))
        card.stop_wanted.connect(self._stop)
        card.apply_wanted.connect(lambda: self._apply(hint))
        card.dismissed.connect(lambda: self._dismiss(hint))
        return card

    def _change(self, hint: Hint, before: Mapping[str, float]) -> str:
        """`Learning rate 2 → 0.1, from a new start`; empty where there is no cure."""
        fix, knobs = hint.fix, self.state.training.knobs.knobs
        if fix is None:
            return ""
        turned = [
            f"{tr(knobs[key].label)} {knobs[key].text(before[key])} → {knobs[key].text(value)}"
            for key, value in fix.values.items()
            if key in knobs
        ]
        prepared = (
            (fix.shuffle, tr("samples in random order")),
            (fix.normalise, tr("inputs normalised")),
            (fix.balance, tr("rare classes repeated")),
            (fix.edit, tr("without samples whose neighbours have a different label")),
            (fix.redraw, tr("with the usual initial weights")),
        )
        turned += [text for wanted, text in prepared if wanted]
        if fix.restart:
            turned.append(tr("in a new run"))
        words = ", ".join(turned)
        words = words[:1].upper() + words[1:]
        if not fix.by_hand:
            return words
        return tr(
            "{fix}. No setting does this: change the data or the network. "
            "The proof shows the effect."
        ).format(fix=words)

    def _show_proof(self, card: HintCard) -> None:
        service = self.service
        newest = service.proven is not None and service.proven.key == card.hint.key
        proof = service.proof if newest else service.proofs.get(card.hint.key)
        if proof is None:
            words = tr("Saving the state of the run…") if newest else ""
            card.show_proof((), newest, None, words)
        else:
            began = newest and not card.proves and len(proof.pairs) > 1
            card.show_proof(tuple(proof.pairs), proof.running, proof.proven, self._verdict(proof))
            if began:  # the curves are to be seen, and the buttons above them
                QTimer.singleShot(0, self, lambda: self._scroll_to(card))

    def _scroll_to(self, card: HintCard) -> None:
        """The whole card, or its lower end where that is too high."""
        if card in self.cards.values():
            bottom = card.y() + card.height()
            self._scroll.ensureVisible(0, bottom, 0, 0)

    def _verdict(self, proof: Comparison) -> str:
        """What the two curves say, in a sentence."""
        if proof.problem:
            return proof.problem
        if len(proof.pairs) < 2:
            return tr("Stopped.") if proof.cancelled else tr("Training twice…")
        last, first = proof.pairs[-1], proof.pairs[0]
        numbers = tr(
            "After {steps:,} mini-batches: loss {control} unchanged, {treated} with the "
                "fix, on {samples:,} test pictures."
        ).format(
            steps=last.step - first.step, control=_loss(last.control), treated=_loss(last.treated),
            samples=last.samples,
        )  # fmt: skip
        if proof.proven is None:
            return numbers
        if proof.proven:
            helps = tr("It helps: the loss is {share} lower.")
        elif proof.gain > -_ALIKE:
            helps = tr("It makes no difference here, so this hint now comes last.")
        else:
            helps = tr("It makes things worse here, so this hint now comes last.")
        return f"{helps.format(share=f'{proof.gain:.0%}')} {numbers}"

    def numbers(self) -> NumberTable | None:
        """Both curves of the newest proof."""
        proof = self.service.proof
        if proof is None or not proof.pairs:
            return None
        rows = np.array([(pair.step, pair.control, pair.treated) for pair in proof.pairs])
        return NumberTable(("step", "loss unchanged", "loss with the fix"), list(rows.T))

    # -- what a person does -------------------------------------------------------------------

    def _prove(self, hint: Hint) -> None:
        try:
            self.service.prove(hint)
        except (LabError, OSError) as error:
            self.state.messages.notify("warning", str(error))
        self._poll.start()
        self.mark_dirty()

    def _stop(self) -> None:
        self.service.cancel()
        self.mark_dirty()

    def _apply(self, hint: Hint) -> None:
        self.service.apply(hint)
        self._count()
        self._on_grown()
        self.mark_dirty()

    def _dismiss(self, hint: Hint) -> None:
        self.service.dismiss(hint)
        self._count()
        self.mark_dirty()

    def _on_back(self) -> None:
        self.service.take_back()
        self.mark_dirty()

    def close_down(self) -> None:
        """End what is being proven, and the reader."""
        self._poll.stop()
        self.service.close()


def _loss(value: float) -> str:
    return format_number(value, 3) if value < float("inf") else "NaN"
