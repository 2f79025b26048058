"""Learned vs. hand-made panel (chapter 2): weights in training beside the class-mean template."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QStackedWidget

from core.chapters.capabilities import PIXEL_NEURON, TWO_CLASSES
from core.formatting import format_number
from core.inspect.data.class_balance import class_mean
from core.inspect.weights.weight_tiles import update_factor
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status, Weights
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.layout.boxes import vbox_widget
from hellodl_gui.ui.mosaic.image_row import ImageRow
from hellodl_gui.ui.panel import Panel

_COMPARED, _ADDED = range(2)


class LearnedVsHandmadePanel(Panel):
    """Left: learnt. Right: half the difference of the averages.

    After a single mini-batch of one picture: weights before + rate × picture = weights now.
    """

    key, title = "film", "Film"
    needs = frozenset({PIXEL_NEURON, TWO_CLASSES})
    help = (
        "From noise to a map of evidence, next to the map of chapter 1. Step by mini-batch to "
        "see what a single picture adds."
    )

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._compared = ImageRow(
            [tr("learnt"), tr("made by hand (chapter 1)")], [True, True], [""]
        )
        self._added = ImageRow(
            [tr("weights before"), tr("picture"), tr("weights now")],
            [True, False, True],
            ["+", "="],
        )
        self._words = sentence(margin=12)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._compared)
        self._stack.addWidget(vbox_widget((self._added, 1), self._words, margins=(0, 0, 0, 8)))
        self.fill(self._stack)
        self._seen: list[Weights] = []  # the last two that came
        state.timeline.weights_changed.connect(self._on_weights)
        self.redraw_on(state.training.status_changed)
        self.each_run(self._on_restart)
        self._on_weights()

    @property
    def words(self) -> str:
        """What the last picture did, in a sentence; empty while that is not shown."""
        return self._words.text() if self._stack.currentIndex() == _ADDED else ""

    def _on_weights(self) -> None:
        live = self.state.timeline.live_weights
        if live is not None and (not self._seen or self._seen[-1].step != live.step):
            self._seen = [*self._seen[-1:], live]
        self.mark_dirty()

    def _on_restart(self) -> None:
        train = self.state.training.data.train
        self._seen = []
        by_hand = (class_mean(train, 1) - class_mean(train, 0)) * np.float32(0.5)
        self._compared.set_picture(
            1, by_hand, tr("from all {count} pictures").format(count=f"{len(train):,}")
        )
        self.mark_dirty()

    def refresh(self) -> None:
        """Draw the weights as they are, or how they came to be so."""
        weights = self.state.timeline.weights
        if weights is None:
            return
        if self._show_added():
            self._stack.setCurrentIndex(_ADDED)
            return
        self._stack.setCurrentIndex(_COMPARED)
        seen = tr("after {step} mini-batches").format(step=f"{weights.step:,}")
        self._compared.set_picture(0, self._map(weights)[0], seen)

    def _map(self, weights: Weights) -> tuple[NDArray[np.float32], float]:
        """The neuron's weights (h, w), and its bias."""
        parts = list(weights.layout.views(weights.theta).values())
        return parts[0].reshape(self.state.training.test.images.shape[1:]), float(parts[-1].flat[0])

    def _show_added(self) -> bool:
        """The last step as a sum; False where it was not one picture, or is not what is shown."""
        state = self.state
        if (
            state.training.status is Status.PLAYING
            or state.timeline.moment is not None
            or len(self._seen) < 2
        ):
            return False
        before, now = self._seen
        task, samples = state.training.chapter.task, state.timeline.steps.column("samples")
        if task.shuffled or before.layout != now.layout or len(before.layout.specs) != 2:
            return False
        if now.step != before.step + 1 or now.step != state.timeline.step or not len(samples):
            return False
        if samples[-1] - (samples[-2] if len(samples) > 1 else 0) != 1:
            return False
        train = state.training.data.train
        number = int(samples[-1] - 1) % len(train)
        picture = task.encode(train.images[number : number + 1])[0, 0]
        (old, bias), (new, _) = self._map(before), self._map(now)
        times = update_factor(old, new, picture)
        if times is None:
            return False
        score, name = float((old * picture).sum()) + bias, train.classes[train.labels[number]]
        self._added.set_picture(0, old, tr("mini-batch {n}").format(n=f"{before.step:,}"))
        self._added.set_picture(2, new, tr("mini-batch {n}").format(n=f"{now.step:,}"))
        if times:
            foot = tr("a “{name}”, {times} ×").format(
                name=name, times=format_number(times, 3, signed=True)
            )
            words = tr(
                "This “{name}” scored {score}. So {times} × the picture is added to the weights."
            )
        else:
            foot = tr("a “{name}”, nothing").format(name=name)
            words = tr("This “{name}” scored {score}: right by the margin. Nothing changes.")
        self._added.set_picture(1, picture, foot)
        self._words.setText(
            words.format(
                name=name,
                score=format_number(score, 3, signed=True),
                times=format_number(times, 3, signed=True),
            )
        )
        return True
