"""Dropout and batch norm panel (chapter 7): the last dropout mask, running mean and variance."""

from functools import partial

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from core.formatting import format_number
from core.inspect.health.dropout_and_norm import BatchNormStats, DropoutMask, batch_norm_stats
from core.translation import tr
from hellodl_gui.features.dropout_and_norm.channel_bars import ChannelBars
from hellodl_gui.features.dropout_and_norm.mask_grid import MaskGrid
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.labels import ElidedLabel, sentence
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel
from hellodl_gui.ui.probe_schedule import ProbeSchedule

_EVERY = 0.25  # seconds between two masks while training runs


class DropoutAndNormPanel(Panel):
    """Above, dropout: the numbers of one picture. Below, running mean and variance by channel.

    Masks are those of the last mini-batch that was trained, for they are not recorded; statistics
    are those of the moment that is shown.
    """

    key, title = "regularising", "Dropout and batch norm"
    help = "What dropout switched off last, and what batch normalisation has measured"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._dropped: tuple[DropoutMask, ...] | None = None
        self._norms: tuple[BatchNormStats, ...] = ()
        self._schedule = ProbeSchedule(self, "dropout_masks", _EVERY)
        self._layer = combo_box(
            tr("Dropout layer"), tr("Which dropout layer"), activated=self._show_mask
        )
        tip = tr("Picture in the mini-batch; each has its own mask")
        self._picture = combo_box(tr("Picture"), tip, activated=self._show_mask)
        tip = tr("Which batch normalisation")
        self._norm = combo_box(tr("Normalisation"), tip, activated=self._show_norm)
        for combo in (self._layer, self._picture, self._norm):
            combo.setProperty("tight", True)
        self._grid = MaskGrid()
        self._grid.setToolTip(
            tr("Each cell is one output of the layer before. Crossed-out ones were set to "
                "0, the others scaled up to compensate.")
        )  # fmt: skip
        self._mask_words = self._sentence()
        self._mean = ChannelBars(tr("running mean"), tr("Per channel, before normalisation"))
        self._variance = ChannelBars(
            tr("running variance"), tr("Per channel, before normalisation")
        )
        for bars in (self._mean, self._variance):
            bars.read.connect(partial(self._on_read, bars))
        self._norm_words = self._sentence()
        self._said, self._read = ElidedLabel(), ElidedLabel()
        masks = self._row(tr("Dropout"), self._layer, self._picture, self._said)
        norms = self._row(tr("Batch normalisation"), self._norm, self._read)
        vbox(
            masks, (self._grid, 3), self._mask_words,
            norms, (self._mean, 2), (self._variance, 2), self._norm_words,
            margins=(10, 6, 10, 8), spacing=4, on=self,
        )  # fmt: skip
        state.timeline.steps_added.connect(self._on_trained)
        state.training.status_changed.connect(self._on_trained)
        self.redraw_on(state.timeline.weights_changed)
        state.training.restarted.connect(self._on_restart)
        state.training.chapter_changed.connect(self._on_restart)

    def _sentence(self) -> QLabel:
        label = sentence()
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        return label

    def _row(self, title: str, *parts: QWidget) -> QHBoxLayout:
        parts[-1].setProperty("role", "quiet")
        stretched = [(part, int(isinstance(part, ElidedLabel))) for part in parts]
        return hbox(QLabel(title), *stretched, spacing=6)

    # -- what happens -------------------------------------------------------------------------

    def _on_trained(self, *_: object) -> None:
        self._schedule.ask_again()

    def _on_restart(self, *_: object) -> None:
        self._dropped = None
        self._schedule.renew()

    def refresh(self) -> None:
        """The statistics of the weights shown; masks are asked for a few times a second."""
        weights = self.state.timeline.weights
        self._norms = () if weights is None else batch_norm_stats(weights.layout, weights.theta)
        self._name(self._norm, [one.path for one in self._norms])
        self._show_norm()
        self._schedule.poll({}, self._hear)
        self._show_mask()

    def _hear(self, found: tuple[DropoutMask, ...]) -> None:
        self._dropped = found
        self._name(self._layer, [one.path for one in found])
        count = max((len(one.kept) for one in found), default=0)
        self._name(self._picture, [tr("picture {n}").format(n=n + 1) for n in range(count)])
        self._show_mask()

    def _name(self, combo: QComboBox, names: list[str]) -> None:
        """Other names; the same ones keep what was chosen."""
        if [combo.itemText(place) for place in range(combo.count())] != names:
            combo.clear()
            combo.addItems(names)

    # -- drawing ------------------------------------------------------------------------------

    def _show_mask(self, *_: object) -> None:
        place = max(self._layer.currentIndex(), 0)
        dropped = self._dropped or ()
        one = dropped[place] if place < len(dropped) else None
        shown = one is not None and len(one.kept) > 0
        for widget in (self._grid, self._picture, self._said):
            widget.setVisible(shown)
        self._layer.setVisible(len(dropped) > 1)
        self._mask_words.setVisible(not shown)
        if one is None:
            has_none = self._dropped is None or not self.state.training.answers
            self._mask_words.setText(
                tr("Masks and statistics appear as soon as training is ready.") if has_none
                else tr("This network has no dropout.")
            )  # fmt: skip
            return
        if not shown:
            self._mask_words.setText(
                tr("Dropout is 0: no output is switched off. Raise it in Settings.")
                if one.p == 0
                else tr("Press Play or Space: the first mini-batch draws the first masks.")
            )
            return
        row = min(max(self._picture.currentIndex(), 0), len(one.kept) - 1)
        kept = one.kept[row]
        self._grid.set_kept(kept)
        out = len(kept) - int(np.count_nonzero(kept))
        text = tr("{out} of {count} switched off ({share}), p = {p}").format(
            out=out, count=len(kept), share=f"{out / max(len(kept), 1):.0%}", p=f"{one.p:.0%}"
        )
        if self.state.timeline.moment is not None:
            text = tr("of the last mini-batch trained: {text}").format(text=text)
        self._said.say(text)

    def _show_norm(self, *_: object) -> None:
        place = max(self._norm.currentIndex(), 0)
        shown = place < len(self._norms)
        for widget in (self._mean, self._variance, self._norm, self._read):
            widget.setVisible(shown)
        self._norm_words.setVisible(not shown)
        if not shown:
            self._norm_words.setText(tr("This network has no batch normalisation."))
            return
        one = self._norms[place]
        self._mean.set_values(one.mean)
        self._variance.set_values(one.variance)
        self._say_channel()

    def _on_read(self, read: ChannelBars, *_: object) -> None:
        """Both plots read the same channel."""
        for bars in (self._mean, self._variance):
            bars.read_at(read.reading)
        self._say_channel()

    def _say_channel(self) -> None:
        place = max(self._norm.currentIndex(), 0)
        if place >= len(self._norms):
            return
        one, reading = self._norms[place], self._mean.reading
        if reading is None or reading >= len(one.mean):
            text = tr("{count} channels").format(count=len(one.mean))
        else:
            channel = int(reading)
            text = tr("channel {n}: mean {mean}, variance {variance}, then ·{w} {b}").format(
                n=channel,
                mean=_short(one.mean[channel]),
                variance=_short(one.variance[channel]),
                w=_short(one.weight[channel]),
                b=format_number(float(one.bias[channel]), 3, signed=True),
            )
        self._read.say(text)
        for bars in (self._mean, self._variance):
            bars.setAccessibleDescription(text)

    def numbers(self) -> NumberTable | None:
        """The statistics of the chosen layer."""
        place = max(self._norm.currentIndex(), 0)
        if place >= len(self._norms):
            return None
        one = self._norms[place]
        return NumberTable(
            ("channel", "running mean", "running variance", "weight", "bias"),
            [np.arange(len(one.mean)), one.mean, one.variance, one.weight, one.bias],
        )


def _short(value: np.float32) -> str:
    return format_number(float(value), 3)
