"""Top activations panel: a unit's strongest inputs, feature visualization and ablation."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout

from core.chapters.capabilities import IMAGE
from core.formatting import format_fixed
from core.inspect.ablation import AblationResult, Edit, UnitScale, UnitWeights, edited_weights
from core.inspect.features.feature_visualization import (
    FeatureVisualization,
    VisualizationObjective,
    VisualizationSettings,
)
from core.inspect.features.top_activations import TopActivations
from core.inspect.units import UnitLayer, unit_layers, unit_weights
from core.translation import tr
from hellodl_gui.features.top_activations.dream_text import (
    activation_text,
    dream_text,
    search_progress_text,
)
from hellodl_gui.features.top_activations.unit_gallery import UnitGallery
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.state.selection import Unit
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.colour_bar import ColourBar
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.combo_utils import combo_box, replace_items
from hellodl_gui.ui.controls.inputs import SpinBox
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import flow, hbox
from hellodl_gui.ui.layout.fallback import Fallback
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from hellodl_gui.ui.mosaic.outlined_image import outlined_image
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel

_COUNT, _KEPT = 9, 24
_IDLE, _BUSY = 0.05, 0.015  # seconds of computing a question, without and beside training
_REST_MS = 150  # after the last turn of the unit, before anything is computed


class TopActivationsPanel(Panel):
    """Attributes: `liked`, the favourites; `dreamed`, the picture as far as it is; `gallery`, kept
    dreams with their words; `edits`, what the units count for, in order.
    """

    key, title = "dream", "Strongest inputs"
    needs = frozenset({IMAGE})
    help = "What does a unit respond to? Select a layer and a unit."

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.liked: TopActivations | None = None
        self.dreamed: FeatureVisualization | None = None
        self.gallery: list[tuple[NDArray[np.float32], str]] = []
        self.edits: list[Edit] = []
        self._effect: AblationResult | None = None
        self._layers: tuple[UnitLayer, ...] = ()
        self._turn = 0
        self._number = 0  # of the dream that is dreamed, 0 for none
        self._dreams = 0
        self._due = self.single_shot(self._look, _REST_MS)
        self._make_parts()
        self._assemble()
        state.timeline.weights_changed.connect(self._on_weights)
        state.training.restarted.connect(self._on_restart)
        state.training.chapter_changed.connect(self._on_restart)
        state.training.status_changed.connect(self._on_status)
        state.selection.unit_inspected.connect(self._on_unit_wanted)
        self.redraw_on(themes().changed)
        self._on_restart()

    def _make_parts(self) -> None:
        self._layer = combo_box(
            tr("Layer"), tr("In which layer the unit is"), changed=self._on_layer, elided=True
        )
        self._unit = SpinBox(wrapping=True)
        self._unit.setAccessibleName(tr("Unit"))
        self._unit.setToolTip(tr("Kernel or neuron, counted from 0"))
        self._unit.valueChanged.connect(self._on_unit)
        self._again = push_button(
            tr("Look again"),
            tr("Search the samples again with the current weights"),
            self._on_again,
        )
        self._dream = push_button(
            tr("Dream"),
            tr(
                "Generate a picture that excites this unit as much as possible; each one is "
                "different"
            ),
            self._on_dream,
        )
        self._keep = push_button(
            tr("Keep"), tr("Keep the dreamed picture in the gallery below"), self._on_keep
        )
        self._samples, self._picture = ImageMosaic(), ImageMosaic()
        self._samples.setAccessibleName(tr("Strongest samples"))
        self._picture.setAccessibleName(tr("Dreamed picture"))
        self._dreaming = Fallback(self._picture)
        self._samples.over.connect(self._on_over)
        self._words, self._dream_words = quiet(ElidedLabel()), quiet(ElidedLabel())
        self.unit_gallery = UnitGallery()
        self.unit_gallery.over_kept.connect(self._on_over_kept)
        self.unit_gallery.number_wanted.connect(self._on_number)
        self.unit_gallery.refused.connect(lambda text: self.state.messages.notify("error", text))
        self.unit_gallery.try_wanted.connect(self._on_try)
        self.unit_gallery.undo_wanted.connect(self._on_undo)
        self.unit_gallery.apply_wanted.connect(self._on_apply)

    def _assemble(self) -> None:
        bar = flow((self._layer, 2), (self._unit, 1), self._again, self._dream, self._keep)
        grid = QGridLayout()
        grid.setSpacing(4)
        grid.addLayout(bar, 0, 0, 1, 2)
        grid.addWidget(self._samples, 1, 0)
        grid.addWidget(self._dreaming, 1, 1)
        grid.addWidget(self._words, 2, 0)
        grid.addLayout(hbox((self._dream_words, 1), ColourBar("grey", 1.0)), 2, 1)
        grid.addWidget(self.unit_gallery, 3, 0, 1, 2)
        grid.setRowStretch(1, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.fill(grid, margins=(10, 6, 10, 8))

    # -- what is asked ------------------------------------------------------------------------

    @Slot()
    def _on_restart(self, *_: object) -> None:
        """Another network may have other units."""
        layers = unit_layers(self.state.training.layout)
        self.edits, self._effect = [], None
        if layers != self._layers or not layers:
            self._layers = layers
            names = []
            for number, layer in enumerate(layers):
                kind = tr("kernels") if layer.kernels else tr("neurons")
                kind = tr("classes") if layer.last and layer.units > 1 else kind
                words = tr("layer {n} · {units} {kind}")
                names.append(words.format(n=number + 1, units=layer.units, kind=kind))
            replace_items(self._layer, names, len(layers) - 1)
        self._on_layer()

    def _here(self) -> UnitLayer:
        return self._layers[max(self._layer.currentIndex(), 0)]

    def _on_layer(self, *_: object) -> None:
        if self._layers:
            self._unit.setMaximum(self._here().units - 1)
        self._on_unit()

    def _on_unit_wanted(self, wanted: Unit) -> None:
        """Somebody asks what a unit likes."""
        for place, layer in enumerate(self._layers):
            if layer.path == wanted.path and wanted.unit < layer.units:
                self._layer.setCurrentIndex(place)
                self._unit.setValue(wanted.unit)

    def _on_unit(self, *_: object) -> None:
        """Another unit: what is under way is of no use any more."""
        classes, here = self.state.training.test.classes, self._here() if self._layers else None
        named = here is not None and here.last and here.units == len(classes)
        self._unit.setSuffix(f" · {classes[self._unit.value()]}" if named else "")
        self._turn += 1
        self._number = 0
        self.liked = self.dreamed = None
        self._look_soon()
        self.mark_dirty()

    def _on_weights(self, *_: object) -> None:
        if self.liked is None and not self._due.isActive():
            self._look_soon()
        self.mark_dirty()

    def _look_soon(self) -> None:
        if self.isVisible():
            self._due.start()

    def _on_status(self, *_: object) -> None:
        if not self.state.training.answers:
            self._number = 0
        self._look_soon()
        self.mark_dirty()

    def _on_again(self) -> None:
        self._ask_liked(renew=True)

    def _seconds(self) -> float:
        return _BUSY if self.state.training.status is Status.PLAYING else _IDLE

    def _look(self) -> None:
        """Ask for the favourites; while training goes on, those of older weights will do."""
        state = self.state
        if self.isVisible() and state.training.answers and state.timeline.weights and self._layers:
            self._ask_liked(renew=self.state.training.status is not Status.PLAYING)

    def _ask_liked(self, renew: bool) -> None:
        self._turn += 1
        turn = self._turn

        def take(found: TopActivations) -> None:
            if turn == self._turn:
                self.liked = found
                self.mark_dirty()
                if found.done < found.total and self.isVisible():
                    self._ask_liked(renew=False)

        question = {
            "path": self._here().path,
            "unit": self._unit.value(),
            "count": _COUNT,
            "seconds": self._seconds(),
            "renew": renew,
        }
        self.state.probes.ask("top_activations", question, take)

    def _on_dream(self) -> None:
        """Begin another dream, or wake up."""
        if self._number:
            self._number = 0
        else:
            self._dreams += 1
            self._number = self._dreams
            here, unit = self._here(), self._unit.value()
            self._ask_dream(
                {
                    "number": self._number,
                    "objective": VisualizationObjective(target=unit)
                    if here.last and here.units > 1
                    else VisualizationObjective(path=here.path, unit=unit),
                    "recipe": VisualizationSettings(seed=(self._dreams - 1) % 100),
                }
            )
        self.mark_dirty()

    def _ask_dream(self, dream: dict[str, object]) -> None:
        """Have it dreamed on for a while, until it is over or nobody looks."""

        def take(found: FeatureVisualization) -> None:
            if dream["number"] != self._number:
                return
            self.dreamed = found
            if found.over or not self.isVisible():
                self._number = 0
            else:
                self._ask_dream(dream)
            self.mark_dirty()

        def otherwise(_: bool) -> None:
            if dream["number"] == self._number:
                self._number = 0
                self.mark_dirty()

        question = {**dream, "seconds": self._seconds()}
        self.state.probes.ask("feature_visualization", question, take, otherwise)

    def _on_keep(self) -> None:
        if self.dreamed is not None:
            self.gallery = [*self.gallery, (self.dreamed.picture, self._dream_said())][-_KEPT:]
            self.mark_dirty()

    def showEvent(self, event: QShowEvent) -> None:
        """A unit that was chosen unseen is looked at."""
        super().showEvent(event)
        if self.liked is None:
            self._due.start()

    # -- what a unit is worth -----------------------------------------------------------------

    def _on_try(self, factor: float) -> None:
        self.edits.append(UnitScale(self._here().path, self._unit.value(), factor))
        self._ask_effect()

    def _kernel(self) -> NDArray[np.float32] | None:
        """The unit's weights (1, kh, kw) as edited; None where they are more than one grid."""
        weights = self.state.timeline.weights
        if weights is None:
            return None
        made = edited_weights(weights.layout, weights.theta, self.edits)
        own = unit_weights(weights.layout.views(made), self._here(), self._unit.value())
        return own if own.ndim == 3 and len(own) == 1 else None

    def _on_number(self, row: int, column: int, value: float) -> None:
        """A weight was typed over."""
        own = self._kernel()
        if own is not None:
            own[0, row, column] = value
            self.edits.append(UnitWeights(self._here().path, self._unit.value(), own.copy()))
            self._ask_effect()

    def _on_undo(self) -> None:
        if self.edits:
            self.edits.pop()
        self._ask_effect()

    def _ask_effect(self) -> None:
        self._effect = None
        edits = tuple(self.edits)

        def take(found: AblationResult) -> None:
            if edits == tuple(self.edits):
                self._effect = found
                self.mark_dirty()

        if edits:
            self.state.probes.ask("ablation", {"edits": edits}, take)
        self.mark_dirty()

    def _on_apply(self) -> None:
        if self.edits:
            take = self.state.training.restart
            self.state.probes.ask("edited_weights", {"edits": tuple(self.edits)}, take)

    # -- drawing ------------------------------------------------------------------------------

    def numbers(self) -> NumberTable | None:
        """The pictures to which the unit says most, and what it says."""
        if self.liked is None:
            return None
        best = self.liked.best
        samples = np.array([one.sample for one in best], np.int64)
        answers = np.array([one.answer for one in best], np.float64)
        return NumberTable(("training picture", "answer"), [samples, answers])

    def refresh(self) -> None:
        """Favourites, dream, gallery, worth, as far as they are there."""
        if self.state.timeline.weights is None or not self._layers:
            self._fallback.explain(tr("The units can be examined as soon as training is ready."))
            return
        self._fallback.show_content()
        if self.liked is None and not self._due.isActive() and not self.state.probes.pending:
            self._due.start()
        self._show_liked()
        self._show_dream()
        kernel = self._kernel() if self._here().kernels else None
        self.unit_gallery.show_kernel(None if kernel is None else kernel[0])
        self.unit_gallery.show_kept([picture for picture, _ in self.gallery])
        self._dream.setText(tr("Cancel") if self._number else tr("Dream"))
        self._dream.setEnabled(self.state.training.answers)
        self._keep.setEnabled(self.dreamed is not None)
        self.unit_gallery.show_worth(len(self.edits), self._effect, self.state.training.answers)

    def _show_liked(self) -> None:
        liked, train = self.liked, self.state.training.data.train
        best = liked.best if liked else ()
        self._samples.setVisible(bool(best))
        if liked is None or not best:
            self._words.say(tr("Looking …"))
            return
        tiles = [outlined_image(train.images[one.sample], one.where) for one in best]
        classes = train.classes
        names = [f"{classes[train.labels[one.sample]]}  " if classes else "" for one in best]
        captions = [
            f"{name}{format_fixed(one.answer, 1)}" for name, one in zip(names, best, strict=True)
        ]
        self._samples.set_pictures(np.stack(tiles), [(text, None) for text in captions])
        self._words.say(search_progress_text(liked))

    def _show_dream(self) -> None:
        dreamed = self.dreamed
        if dreamed is None:
            self._dreaming.explain(tr("“Dream” generates the picture this unit responds to most."))
        else:
            self._dreaming.show_content()
            self._picture.set_pictures((255 * dreamed.picture[None]).astype(np.uint8), [])
        self._dream_words.say(self._dream_said())

    def _dream_said(self) -> str:
        dreamed, classes = self.dreamed, self.state.training.test.classes
        return dream_text(dreamed, classes) if dreamed is not None else ""

    def _on_over(self, index: int) -> None:
        if self.liked is not None and 0 <= index < len(self.liked.best):
            self._words.say(activation_text(self.liked.best[index]))
        else:
            self.mark_dirty()

    def _on_over_kept(self, index: int) -> None:
        if 0 <= index < len(self.gallery):
            self._dream_words.say(self.gallery[index][1])
        else:
            self.mark_dirty()
