"""Projection panel: PCA or t-SNE of a layer's outputs for the test set."""

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.inspect.capture import unit_layers
from core.inspect.features.projection import (
    PIXELS,
    Projection,
    procrustes_align,
    scale_to_unit_radius,
)
from core.inspect.features.tsne import MIN_SAMPLES, TsneProgress
from core.translation import tr
from hellodl_gui.features.projection.scatter_plot import ScatterPlot
from hellodl_gui.features.projection.tsne_runner import TsneRunner
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.state.sample_query import SampleQuery
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.inputs import ComboBox
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.fallback import fill
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_SECONDS = 0.5  # between two maps while training goes on
_SHARE = 6  # times as long as a map took is left to training

Places = NDArray[np.float32]


class ProjectionPanel(Panel):
    """Follows training and the moment shown.

    Attributes: `map`, the last answer; `places` (n, 2), where its samples are shown.
    """

    key = "map"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.title = tr("Map")
        self.setToolTip(
            tr("Test pictures on a map: those a layer finds similar lie close together")
        )
        self.map: Projection | None = None
        self.places: Places | None = None
        self._tsne_places: Places | None = None
        self._unfolded_at = 0
        self._deep = False  # the next map is to be unfolded
        self._due = True
        self._asked_at: float | None = None
        self._next = 0.0
        self._turn = 0  # answers to older questions are dropped
        bar = self._make_bar()
        self._scatter = ScatterPlot()
        self._scatter.describe = self._describe
        self._scatter.picked.connect(self._on_picked)
        self._scatter.lassoed.connect(self._on_lassoed)
        self._fit.clicked.connect(self._scatter.fit)
        self._words = quiet(ElidedLabel())
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(10, 6, 10, 8)
        column.setSpacing(4)
        column.addLayout(bar)
        column.addWidget(self._scatter, 1)
        column.addWidget(self._words)
        self._fallback = fill(self, inner)
        self._tsne_runner = TsneRunner(self)
        self._tsne_runner.moved.connect(self._on_unfolded)
        self._tsne_runner.failed.connect(lambda sentence: state.messages.notify("error", sentence))
        self._tsne_runner.ended.connect(self.mark_dirty)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.mark_dirty)
        state.timeline.weights_changed.connect(self._on_weights)
        state.training.status_changed.connect(self._on_weights)
        state.training.restarted.connect(self._on_restart)
        state.training.chapter_changed.connect(self._on_restart)
        themes().changed.connect(self.mark_dirty)

    def _make_bar(self) -> QHBoxLayout:
        self._stage = ComboBox()
        self._stage.setAccessibleName(tr("Layer"))
        self._stage.setToolTip(tr("Layer whose outputs are compared"))
        self._stage.activated.connect(self._on_stage)
        self._kind = ComboBox()
        self._kind.addItems([tr("PCA"), tr("t-SNE")])
        self._kind.setAccessibleName(tr("Method"))
        self._kind.setToolTip(
            tr(
                "PCA: the two directions in which the pictures differ most; follows "
                "training. t-SNE: neighbours stay neighbours, distances between groups "
                "mean little; takes some seconds and does not follow training"
            )
        )
        self._kind.currentIndexChanged.connect(self._on_kind)
        self._again = QPushButton(tr("Again"))
        self._again.clicked.connect(self._on_again)
        self._again.hide()
        self._lasso = QToolButton()
        self._lasso.setText(tr("Lasso"))
        self._lasso.setCheckable(True)
        self._lasso.setToolTip(tr("Draw around pictures to see them (or drag with Shift)"))
        self._lasso.toggled.connect(self._on_lasso)
        self._fit = QToolButton()
        self._fit.setText(tr("All"))
        self._fit.setToolTip(tr("Show the whole map (0 or double click)"))
        bar = QHBoxLayout()
        bar.setSpacing(6)
        self._stage.setMinimumWidth(72)  # docks may be narrow; the list shows all of it
        self._stage.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        bar.addWidget(self._stage, 1)
        for part in (self._kind, self._again, self._lasso, self._fit):
            bar.addWidget(part)
        return bar

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
        self._anew()

    @Slot()
    def _on_stage(self, *_: object) -> None:
        self._tsne_runner.cancel()
        self._tsne_places = None
        self._deep = self._tsne
        self._anew()

    @Slot()
    def _on_kind(self, *_: object) -> None:
        self._tsne_runner.cancel()
        if self._tsne and self._tsne_places is None:
            self._deep = True
        self._anew()

    @Slot()
    def _on_again(self) -> None:
        """Call the unfolding off, or begin it once more with the weights shown."""
        if self._tsne_runner.running or self._deep:
            self._deep = False
            self._tsne_runner.cancel()
        else:
            self._deep = True
        self._anew()

    def _anew(self) -> None:
        """What has been asked is of no use any more."""
        self._turn += 1
        self._asked_at = None
        self._next = 0.0
        self._on_weights()

    def _on_weights(self, *_: object) -> None:
        self._due = True
        self.mark_dirty()

    def _ask(self) -> None:
        now = time.perf_counter()
        if not self.state.probes.pending:
            self._asked_at = None  # refused, or lost with the process
        if not self._due or self._asked_at is not None or not self.state.training.answers:
            return
        if self.state.training.status is Status.PLAYING and now < self._next:
            if not self._timer.isActive():
                self._timer.start(int(1000 * (self._next - now)) + 1)
            return
        self._due, self._asked_at = False, now
        turn, deep = self._turn, self._deep
        step = self.state.timeline.weights.step if self.state.timeline.weights is not None else 0

        def take(found: Projection) -> None:
            if turn == self._turn:
                self._take(found, deep, step, now)

        stage = self._stage.currentData() if self._stage.count() else None
        self.state.probes.ask("projection", {"stage": stage, "deep": deep}, take)

    def _take(self, found: Projection, deep: bool, step: int, asked: float) -> None:
        now = time.perf_counter()
        self._asked_at = None
        self._next = max(asked + _SECONDS, now + _SHARE * (now - asked) / 2)
        if self.map is None or not np.array_equal(self.map.numbers, found.numbers):
            test = self.state.training.test
            numbers = found.numbers
            self._scatter.set_samples(test.images[numbers], test.labels[numbers], test.classes)
            self.places = None
        if self._stage.count() == 0:
            self._fill(found)
        self.map = found
        if deep:
            self._deep = False
            self._unfold(found, step)
        self.mark_dirty()

    def _fill(self, found: Projection) -> None:
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
            self.state.selection.query(
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

    def hideEvent(self, event: QHideEvent) -> None:
        """No requests while hidden."""
        super().hideEvent(event)
        self._timer.stop()

    def close_down(self) -> None:
        """End the t-SNE process; called on exit."""
        self._timer.stop()
        self._tsne_runner.cancel()
