"""Saliency panel: gradient, SmoothGrad, occlusion and Grad-CAM maps over the selected image."""

import time
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.formatting import format_number
from core.inspect.capture import unit_layers
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.theming.palette import rgb
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.colour_bar import ColourBar
from hellodl_gui.ui.controls.combo_utils import replace_items
from hellodl_gui.ui.controls.elided_combo import ElidedCombo
from hellodl_gui.ui.controls.inputs import ComboBox, SpinBox
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.fallback import fill
from hellodl_gui.ui.layout.flow_layout import FlowLayout
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from hellodl_gui.ui.panel import Panel

_QUICK, _SLOW = 0.2, 1.0  # seconds between two questions while training goes on
_UNDER_WAY = 2  # questions of a kind: more would pile up while somebody draws
_ALL = ("gradient", "product", "smooth", "loss", "activation")
_INK = 0.45  # how far ink stands out from paper below a map

Map = NDArray[np.float32]


class SaliencyPanel(Panel):
    """Follows training, the moment that is shown, and the picture that is looked at anywhere.

    Attributes: `maps`, by name, each (28, 28); those that are not there yet are missing.
    """

    key = "saliency"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.title = tr("Saliency")
        self.setToolTip(tr("Which pixels speak for a class (orange), and which against it (blue)"))
        self.maps: dict[str, Map] = {}
        self._shown: list[str] = []
        self._paths: list[str] = []
        self._read = ""
        self._asked: dict[str, list[int]] = {}  # turns of the questions not answered yet
        self._due: set[str] = set()
        self._next: dict[str, float] = {}
        self._turn = 0  # answers to older questions are dropped
        self._make_choices()
        self._mosaic = ImageMosaic()
        self._mosaic.setAccessibleName(tr("Maps over the picture"))
        self._mosaic.over.connect(self._on_over)
        self._words = quiet(ElidedLabel())
        bar = FlowLayout()
        for text, part, stretch in (
            (tr("For"), self._target, 2),
            (tr("Layer"), self._layer, 2),
            (tr("Cover"), self._patch, 0),
        ):
            label = QLabel(text)
            label.setBuddy(part)
            bar.add(label)
            bar.add(part, stretch, joined=True)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(10, 6, 10, 8)
        column.setSpacing(4)
        column.addLayout(bar)
        column.addWidget(self._mosaic, 1)
        foot = QHBoxLayout()
        foot.addWidget(self._words, 1)
        foot.addWidget(ColourBar())
        column.addLayout(foot)
        self._fallback = fill(self, inner)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.mark_dirty)
        self._target.currentIndexChanged.connect(self._on_other)
        self._layer.currentIndexChanged.connect(self._on_other)
        self._patch.valueChanged.connect(self._on_other)
        state.selection.input_changed.connect(self._on_other)
        state.timeline.weights_changed.connect(self._on_weights)
        state.training.status_changed.connect(self.mark_dirty)
        state.training.restarted.connect(self._on_restart)
        state.training.chapter_changed.connect(self._on_restart)
        themes().changed.connect(self.mark_dirty)
        self._on_restart()

    def _make_choices(self) -> None:
        self._target = ComboBox()
        self._target.setAccessibleName(tr("Class"))
        self._target.setToolTip(tr("Class to explain"))
        self._layer = ElidedCombo()
        self._layer.setAccessibleName(tr("Layer of the class activation map"))
        self._layer.setToolTip(tr("Convolution used for the class activation map"))
        self._patch = SpinBox(minimum=1, maximum=15, value=5, suffix=tr(" px"))
        self._patch.setAccessibleName(tr("Size of the cover"))
        self._patch.setToolTip(tr("Size of the patch that covers part of the picture"))

    @Slot()
    def _on_restart(self, *_: object) -> None:
        """Another network may have other classes and layers."""
        kernels = [layer.path for layer in unit_layers(self.state.training.layout) if layer.kernels]
        convolutions = [tr("convolution {n}").format(n=n + 1) for n in range(len(kernels))]
        classes = [tr("the prediction"), *self.state.training.test.classes]
        replace_items(self._target, classes)
        replace_items(self._layer, convolutions, len(kernels) - 1)
        self._paths = kernels
        self._layer.setEnabled(bool(kernels))
        self._asked.clear()
        self._on_other()

    def _on_other(self, *_: object) -> None:
        """Other maps are wanted: at once, and what is shown is of no use any more."""
        self._turn += 1
        self.maps = {}
        self._next.clear()
        self._on_weights()

    def _on_weights(self, *_: object) -> None:
        self._due = {"saliency", "occlusion"} | ({"grad_cam"} if self._paths else set())
        self.mark_dirty()

    # -- asking -------------------------------------------------------------------------------

    def _ask(self) -> None:
        """What is due, unless it was asked lately or has not been answered."""
        now = time.perf_counter()
        if not self.state.probes.pending:
            self._asked.clear()  # refused, or lost with the process
        playing = self.state.training.status is Status.PLAYING
        for probe in sorted(self._due, reverse=True):
            waiting = self._asked.setdefault(probe, [])
            if self._turn in waiting or len(waiting) >= _UNDER_WAY:
                continue
            wait = self._next.get(probe, 0.0) - now
            if playing and wait > 0:
                if not self._timer.isActive():
                    self._timer.start(int(1000 * wait) + 1)
                continue
            self._due.discard(probe)
            waiting.append(self._turn)
            self._next[probe] = now + (_QUICK if probe == "saliency" else _SLOW)
            turn = self._turn
            self.state.probes.ask(
                probe,
                self._arguments(probe),
                partial(self._take, probe, turn),
            )

    def _arguments(self, probe: str) -> dict[str, Any]:
        chosen = self._target.currentIndex() - 1
        asked: dict[str, Any] = {
            "picture": self._picture(),
            "target": chosen if chosen >= 0 else None,
        }
        if probe == "occlusion":
            asked["patch"] = self._patch.value()
        elif probe == "grad_cam":
            asked["path"] = self._paths[max(self._layer.currentIndex(), 0)]
        return asked

    def _take(self, probe: str, turn: int, found: Any) -> None:
        if turn in (waiting := self._asked.get(probe, [])):
            waiting.remove(turn)
        if turn != self._turn:
            self.mark_dirty()
            return
        classes = self.state.training.test.classes
        match probe:
            case "saliency":
                self.maps |= {key: getattr(found, key) for key in _ALL[:3]}
                guess = int(found.probs.argmax())
                words = tr("{caption}: read as “{guess}”, {sure}. Shown: evidence for “{target}”.")
                self._read = words.format(
                    caption=self.state.selection.input.caption,
                    guess=classes[guess],
                    sure=f"{found.probs[guess]:.1%}",
                    target=classes[found.target],
                )
            case "occlusion":
                self.maps["loss"] = found.loss
            case _:
                self.maps["activation"] = found.smooth
        self.mark_dirty()

    def _picture(self) -> NDArray[np.uint8]:
        return np.asarray(self.state.selection.input.image, np.uint8)

    def hideEvent(self, event: QHideEvent) -> None:
        """No requests while hidden."""
        super().hideEvent(event)
        self._timer.stop()

    # -- drawing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for what is due, and draw what is there."""
        if self.state.timeline.weights is None or self._picture().shape != (28, 28):
            self._fallback.explain(tr("The maps appear as soon as training is ready."))
            return
        self._fallback.show_content()
        if self.state.training.answers:
            self._ask()
        picture = self._picture()
        names = self._names()
        shown = [key for key in _ALL if key in self.maps]
        tiles = [_over(picture, None), *(_over(picture, self.maps[key]) for key in shown)]
        captions = [tr("picture"), *(names[key][0] for key in shown)]
        self._shown = shown
        self._mosaic.set_pictures(np.stack(tiles), [(text, None) for text in captions])
        self._words.say(self._read)
        self.setAccessibleDescription(self._read)

    def _names(self) -> dict[str, tuple[str, str]]:
        """Of each map its name, and how to read it."""
        return {
            "gradient": (
                tr("gradient"),
                tr("Gradient: more ink here would raise (orange) or lower (blue) the score"),
            ),
            "product": (
                tr("gradient × ink"),
                tr("Gradient × ink: what the existing ink adds to the score"),
            ),
            "smooth": (
                tr("SmoothGrad"),
                tr("SmoothGrad: the mean gradient of 32 noisy copies"),
            ),
            "loss": (
                tr("covered"),
                tr("Occlusion: how much probability is lost when this place is covered"),
            ),
            "activation": (
                tr("class activation"),
                tr("Grad-CAM: where this convolution finds evidence for the class"),
            ),
        }

    def _on_over(self, index: int) -> None:
        """How to read the map under the pointer."""
        if not 1 <= index <= len(self._shown):
            self._words.say(self._read)
            return
        key = self._shown[index - 1]
        most = float(np.abs(self.maps[key]).max())
        words = tr("{how}; colour scale {most}")
        self._words.say(words.format(how=self._names()[key][1], most=f"±{format_number(most, 3)}"))


def _over(picture: NDArray[np.uint8], found: Map | None) -> NDArray[np.uint8]:
    """A picture (28, 28) in faint ink with a map in full colours over it: (3, 28, 28).

    Without a map the ink is as dark as the theme's text.
    """
    theme = themes().theme
    paper, ink, plus, minus = (
        np.array(rgb(colour), np.float32)[:, None, None]
        for colour in (theme.panel, theme.text, theme.positive, theme.negative)
    )
    share = (picture / np.float32(255)) * np.float32(1 if found is None else _INK)
    mixed = paper + (ink - paper) * share
    if found is not None:
        strong = np.nan_to_num(found / max(float(np.abs(found).max()), 1e-12))
        colour = np.where(strong > 0, plus, minus)
        mixed = mixed + (colour - mixed) * np.abs(strong)
    return np.clip(mixed, 0, 255).astype(np.uint8)
