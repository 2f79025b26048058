"""Dropout and batch norm panel (chapter 7): the last dropout mask, running mean and variance."""

import time
from functools import partial

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.formatting import format_number
from core.inspect.health.dropout_and_norm import BatchNormStats, DropoutMask, batch_norm_stats
from core.translation import tr
from hellodl_gui.features.dropout_and_norm.channel_bars import ChannelBars
from hellodl_gui.features.dropout_and_norm.mask_grid import MaskGrid
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.ui.controls.inputs import ComboBox
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_EVERY = 0.25  # seconds between two masks while training runs
_PATIENCE = 4.0  # seconds after which an answer is not waited for any more


class DropoutAndNormPanel(Panel):
    """Above, dropout: the numbers of one picture. Below, running mean and variance by channel.

    Masks are those of the last mini-batch that was trained, for they are not recorded; statistics
    are those of the moment that is shown.
    """

    key = "regularising"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.title = tr("Dropout and batch norm")
        self.setToolTip(
            tr("What dropout switched off last, and what batch normalisation has measured")
        )
        self._dropped: tuple[DropoutMask, ...] = ()
        self._norms: tuple[BatchNormStats, ...] = ()
        self._asked_at = 0.0
        self._asking, self._stale = False, True
        self._layer = self._combo(tr("Dropout layer"), tr("Which dropout layer"))
        self._picture = self._combo(
            tr("Picture"), tr("Picture in the mini-batch; each has its own mask")
        )
        self._grid = MaskGrid()
        self._grid.setToolTip(
            tr("Each cell is one output of the layer before. Crossed-out ones were set to "
                "0, the others scaled up to compensate.")
        )  # fmt: skip
        self._mask_words = self._sentence()
        self._norm = self._combo(tr("Normalisation"), tr("Which batch normalisation"))
        self._mean = ChannelBars(tr("running mean"), tr("Per channel, before normalisation"))
        self._variance = ChannelBars(
            tr("running variance"), tr("Per channel, before normalisation")
        )
        for bars in (self._mean, self._variance):
            bars.read.connect(partial(self._on_read, bars))
        self._norm_words = self._sentence()
        self._layer.activated.connect(self._show_mask)
        self._picture.activated.connect(self._show_mask)
        self._norm.activated.connect(self._show_norm)
        self._said, self._read = ElidedLabel(), ElidedLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 8)
        layout.setSpacing(4)
        layout.addLayout(self._row(tr("Dropout"), self._layer, self._picture, self._said))
        layout.addWidget(self._grid, 3)
        layout.addWidget(self._mask_words)
        layout.addLayout(self._row(tr("Batch normalisation"), self._norm, self._read))
        layout.addWidget(self._mean, 2)
        layout.addWidget(self._variance, 2)
        layout.addWidget(self._norm_words)
        state.timeline.steps_added.connect(self._on_trained)
        state.training.status_changed.connect(self._on_trained)
        state.timeline.weights_changed.connect(self.mark_dirty)
        state.training.restarted.connect(self._on_restart)
        state.training.chapter_changed.connect(self._on_restart)

    def _combo(self, name: str, tip: str) -> QComboBox:
        combo = ComboBox()
        combo.setAccessibleName(name)
        combo.setToolTip(tip)
        combo.setProperty("tight", True)
        return combo

    def _sentence(self) -> QLabel:
        label = quiet(QLabel())
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        return label

    def _row(self, title: str, *parts: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(QLabel(title))
        for part in parts:
            row.addWidget(part, 1 if isinstance(part, ElidedLabel) else 0)
        parts[-1].setProperty("role", "quiet")
        return row

    # -- what happens -------------------------------------------------------------------------

    def _on_trained(self, *_: object) -> None:
        self._stale = True
        self.mark_dirty()

    def _on_restart(self, *_: object) -> None:
        self._dropped = ()
        self._asking, self._stale = False, True
        self._asked_at = 0.0
        self.mark_dirty()

    def refresh(self) -> None:
        """The statistics of the weights shown; masks are asked for a few times a second."""
        weights = self.state.timeline.weights
        self._norms = () if weights is None else batch_norm_stats(weights.layout, weights.theta)
        self._name(self._norm, [one.path for one in self._norms])
        self._show_norm()
        now = time.perf_counter()
        waiting = self._asking and now - self._asked_at < _PATIENCE
        if self._stale and not waiting and self.state.training.answers:
            playing = self.state.training.status is Status.PLAYING
            if not playing or now - self._asked_at >= _EVERY:
                self._asking, self._stale, self._asked_at = True, False, now
                self.state.probes.ask("dropout_masks", {}, self._hear)
        if self._stale:
            self.mark_dirty()
        self._show_mask()

    def _hear(self, found: tuple[DropoutMask, ...]) -> None:
        self._asking = False
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
        one = self._dropped[place] if place < len(self._dropped) else None
        shown = one is not None and len(one.kept) > 0
        for widget in (self._grid, self._picture, self._said):
            widget.setVisible(shown)
        self._layer.setVisible(len(self._dropped) > 1)
        self._mask_words.setVisible(not shown)
        if one is None:
            has_none = self._stale or self._asking or not self.state.training.answers
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
