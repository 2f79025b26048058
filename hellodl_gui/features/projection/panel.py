"""Projection panel: PCA or t-SNE of a layer's outputs for the test set."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from core.chapters.capabilities import CLASSIFICATION, IMAGE
from core.inspect.features.projection import (
    PIXELS,
    Projection,
    procrustes_align,
    scale_to_unit_radius,
)
from core.inspect.features.tsne import MIN_SAMPLES, TsneProgress
from core.inspect.units import unit_layers
from core.translation import tr
from hellodl_gui.features.projection.scatter_plot import ScatterPlot
from hellodl_gui.features.projection.tsne_runner import TsneRunner
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.sample_query import SampleQuery
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import push_button, tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel
from hellodl_gui.ui.probe_schedule import ProbeSchedule

_SECONDS = 0.5  # between two maps while training goes on
_SHARE = 6  # times as long as a map took is left to training

Places = NDArray[np.float32]


class ProjectionPanel(Panel):
    """Follows training and the moment shown.

    Attributes: `map`, the last answer; `places` (n, 2), where its samples are shown.
    """

    key, title = "map", "Map"
    needs = frozenset({CLASSIFICATION, IMAGE})
    help = "Test pictures on a map: those a layer finds similar lie close together"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.map: Projection | None = None
        self.places: Places | None = None
        self._tsne_places: Places | None = None
        self._unfolded_at = 0
        self._deep = False  # the next map is to be unfolded
        self._schedule = ProbeSchedule(self, "projection", _SECONDS, pause=_SHARE / 2)
        self._scatter = ScatterPlot()
        self._scatter.describe = self._describe
        self._scatter.picked.connect(self._on_picked)
        self._scatter.lassoed.connect(self._on_lassoed)
        self._words = quiet(ElidedLabel())
        bar = self._make_bar()
        self.fill(bar, (self._scatter, 1), self._words, margins=(10, 6, 10, 8), spacing=4)
        self._tsne_runner = TsneRunner(self)
        self._tsne_runner.moved.connect(self._on_unfolded)
        self._tsne_runner.failed.connect(lambda sentence: state.messages.notify("error", sentence))
        self._tsne_runner.ended.connect(self.mark_dirty)
        state.timeline.weights_changed.connect(self._on_weights)
        state.training.status_changed.connect(self._on_weights)
        state.training.restarted.connect(self._on_restart)
        state.training.chapter_changed.connect(self._on_restart)
        self.redraw_on(themes().changed)

    def _make_bar(self) -> QHBoxLayout:
        self._stage = combo_box(
            tr("Layer"), tr("Layer whose outputs are compared"), activated=self._on_stage
        )
        self._stage.setMinimumWidth(72)  # docks may be narrow; the list shows all of it
        self._stage.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._kind = combo_box(
            tr("Method"),
            tr(
                "PCA: the two directions in which the pictures differ most; follows "
                "training. t-SNE: neighbours stay neighbours, distances between groups "
                "mean little; takes some seconds and does not follow training"
            ),
            [tr("PCA"), tr("t-SNE")],
            changed=self._on_kind,
        )
        self._again = push_button(tr("Again"), "", self._on_again)
        self._again.hide()
        self._lasso = tool_button(
            tr("Lasso"),
            tr("Draw around pictures to see them (or drag with Shift)"),
            toggled=self._on_lasso,
        )
        whole = tool_button(
            tr("All"), tr("Show the whole map (0 or double click)"), self._scatter.show_all
        )
        return hbox((self._stage, 1), self._kind, self._again, self._lasso, whole, spacing=6)

    # -- what is wanted -----------------------------------------------------------------------

    @property
    def _tsne(self) -> bool:
        return self._kind.currentIndex() == 1

    @Slot()
    def _on_restart(self, *_: object) -> None:
        """Other samples, perhaps another network."""
        self._tsne_runner.cancel()
        self.map = self.places = self._tsne_places = None
        self._stage.clear()
        self._deep = self._tsne
        self._schedule.renew()

    @Slot()
    def _on_stage(self, *_: object) -> None:
        self._tsne_runner.cancel()
        self._tsne_places = None
        self._deep = self._tsne
        self._schedule.renew()

    @Slot()
    def _on_kind(self, *_: object) -> None:
        self._tsne_runner.cancel()
        if self._tsne and self._tsne_places is None:
            self._deep = True
        self._schedule.renew()

    @Slot()
    def _on_again(self) -> None:
        """Call the unfolding off, or begin it once more with the weights shown."""
        if self._tsne_runner.running or self._deep:
            self._deep = False
            self._tsne_runner.cancel()
        else:
            self._deep = True
        self._schedule.renew()

    def _on_weights(self, *_: object) -> None:
        self._schedule.ask_again()

    def _ask(self) -> None:
        weights = self.state.timeline.weights
        stage = self._stage.currentData() if self._stage.count() else None
        step, deep = weights.step if weights is not None else 0, self._deep
        self._schedule.poll(
            {"stage": stage, "deep": deep}, lambda found: self._take(found, deep, step)
        )

    def _take(self, found: Projection, deep: bool, step: int) -> None:
        if self.map is None or not np.array_equal(self.map.numbers, found.numbers):
            test = self.state.training.test
            numbers = found.numbers
            self._scatter.set_samples(test.images[numbers], test.labels[numbers], test.classes)
            self.places = None
        if self._stage.count() == 0:
            self._name_stages(found)
        self.map = found
        if deep:
            self._deep = False
            self._unfold(found, step)
        self.mark_dirty()

    def _name_stages(self, found: Projection) -> None:
        """The stages as a person calls them."""
        kernels = {layer.path: layer.kernels for layer in unit_layers(self.state.training.layout)}
        for number, stage in enumerate(found.stages):
            if stage == PIXELS:
                name = tr("pixels")
            elif stage == found.stages[-1]:
                name = tr("scores")
            elif kernels.get(stage, False):
                name = tr("after layer {n}, kernels").format(n=number)
            else:
                name = tr("after layer {n}, units").format(n=number)
            self._stage.addItem(name, stage)
        self._stage.setCurrentIndex(found.stages.index(found.stage))

    def _unfold(self, found: Projection, step: int) -> None:
        if len(found.numbers) < MIN_SAMPLES:
            self.state.messages.notify("info", tr("Too few pictures for t-SNE."))
            return
        self._unfolded_at = step
        start = self.places if self.places is not None else found.places
        self._tsne_runner.begin(found.components, start)

    def _on_unfolded(self, unfolded: TsneProgress) -> None:
        self._tsne_places = scale_to_unit_radius(unfolded.places)
        self.mark_dirty()

    # -- drawing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask where it is due; draw what came."""
        if self.state.timeline.weights is None or not len(self.state.training.test):
            self._fallback.explain(tr("The map appears with the first weights."))
            return
        self._fallback.show_content()
        self._ask()
        busy = self._tsne_runner.running or self._deep
        self._again.setVisible(self._tsne)
        self._again.setText(tr("Cancel") if busy else tr("Again"))
        self._again.setToolTip(
            tr("Stop t-SNE; the map stays as it is")
            if busy
            else tr("Run t-SNE again with the weights shown")
        )
        found = self.map
        if found is None:
            self._words.say(tr("Running the network on the test pictures …"))
            return
        wanted = found.places
        if self._tsne and self._tsne_places is not None and len(self._tsne_places) == len(wanted):
            wanted = self._tsne_places
        if self.places is not None and self.places is not wanted:
            # Rows turned to lie on what is seen, so that nothing flips from look to look.
            wanted = procrustes_align(wanted, self.places)
        self.places = wanted
        wrong = self._wrong(found)
        self._scatter.set_places(wanted, wrong)
        self._words.say(self._sentence(found, int(wrong.sum())))

    def _wrong(self, found: Projection) -> NDArray[np.bool_]:
        return np.asarray(found.guesses != self.state.training.test.labels[found.numbers])

    def _sentence(self, found: Projection, wrong: int) -> str:
        words = [
            tr("{count:,} test pictures, {wrong:,} misread (ringed)").format(
                count=len(found.numbers), wrong=wrong
            )
        ]
        done, total = self._tsne_runner.progress
        if self._tsne and (self._tsne_runner.running or self._deep):
            shape = tr("t-SNE step {now} of {total}")
            words.insert(0, shape.format(now=done + 1, total=max(total, 1)) if done else
                         tr("t-SNE starts from PCA"))  # fmt: skip
        elif self._tsne and self._tsne_places is not None:
            words.append(tr("t-SNE of step {step:,}").format(step=self._unfolded_at))
        else:
            shape = tr("{first:.0%} + {second:.0%} of the variance")
            words.append(shape.format(first=found.shares[0], second=found.shares[1]))
        return " · ".join(words)

    def _describe(self, index: int) -> tuple[str, str]:
        """A sample in two lines."""
        found, test = self.map, self.state.training.test
        if found is None or index >= len(found.numbers):
            return "", ""
        number = int(found.numbers[index])
        true = test.classes[test.labels[number]]
        guess, sure = test.classes[found.guesses[index]], found.confidence[index]
        return (
            tr("“{true}”, number {number:,}").format(true=true, number=number),
            tr("read as “{guess}”, {sure:.1%}").format(guess=guess, sure=sure),
        )

    # -- pointer ------------------------------------------------------------------------------

    @Slot(bool)
    def _on_lasso(self, on: bool) -> None:
        self._scatter.lassoing = on

    @Slot(int)
    def _on_picked(self, index: int) -> None:
        if self.map is not None:
            self.state.selection.select(int(self.map.numbers[index]))

    @Slot(object)
    def _on_lassoed(self, indices: NDArray[np.intp]) -> None:
        if self.map is not None:
            self.state.selection.queried.emit(
                SampleQuery(numbers=tuple(self.map.numbers[indices].tolist()))
            )

    def numbers(self) -> NumberTable | None:
        """Every sample: its class, what it is read as, and where it lies."""
        found, test = self.map, self.state.training.test
        if found is None or self.places is None:
            return None
        header = (
            tr("sample"), tr("actual"), tr("predicted"), tr("probability"),
            tr("x"), tr("y"),
        )  # fmt: skip
        truly = [test.classes[label] for label in test.labels[found.numbers]]
        read = [test.classes[guess] for guess in found.guesses]
        columns = [found.numbers, truly, read, found.confidence, *self.places.T]
        return NumberTable(header, columns)

    def close_down(self) -> None:
        """End the t-SNE process; called on exit."""
        self._tsne_runner.cancel()
