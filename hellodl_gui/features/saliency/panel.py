"""Saliency panel: gradient, SmoothGrad, occlusion and Grad-CAM maps over the selected image."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot

from core.chapters.capabilities import CLASSIFICATION, IMAGE
from core.formatting import format_number
from core.inspect.units import unit_layers
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.palette import rgb
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.colour_bar import ColourBar
from hellodl_gui.ui.controls.combo_utils import chosen_class, combo_box, replace_items
from hellodl_gui.ui.controls.inputs import SpinBox
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import flow, hbox
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from hellodl_gui.ui.panel import Panel
from hellodl_gui.ui.probe_schedule import ProbeSchedule

_QUICK, _SLOW = 0.2, 1.0  # seconds between two questions while training goes on
_UNDER_WAY = 2  # questions of a kind: more would pile up while somebody draws
_ALL = ("gradient", "product", "smooth", "loss", "activation")
_INK = 0.45  # how far ink stands out from paper below a map

Map = NDArray[np.float32]


class SaliencyPanel(Panel):
    """Follows training, the moment that is shown, and the picture that is looked at anywhere.

    Attributes: `maps`, by name, each (H, W); those that are not there yet are missing.
    """

    key, title = "saliency", "Saliency"
    needs = frozenset({CLASSIFICATION, IMAGE})
    help = "Which pixels speak for a class (orange), and which against it (blue)"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.maps: dict[str, Map] = {}
        self._shown: list[str] = []
        self._paths: list[str] = []
        self._read = ""
        self._probes = {
            probe: ProbeSchedule(self, probe, every, _UNDER_WAY)
            for probe, every in (("saliency", _QUICK), ("occlusion", _SLOW), ("grad_cam", _SLOW))
        }
        self._make_choices()
        self._mosaic = ImageMosaic()
        self._mosaic.setAccessibleName(tr("Maps over the picture"))
        self._mosaic.over.connect(self._on_over)
        self._words = quiet(ElidedLabel())
        bar = flow(
            (tr("For"), self._target, 2),
            (tr("Layer"), self._layer, 2),
            (tr("Cover"), self._patch, 0),
        )
        foot = hbox((self._words, 1), ColourBar())
        self.fill(bar, (self._mosaic, 1), foot, margins=(10, 6, 10, 8), spacing=4)
        state.selection.input_changed.connect(self._on_other)
        state.timeline.weights_changed.connect(self._on_weights)
        state.training.restarted.connect(self._on_restart)
        state.training.chapter_changed.connect(self._on_restart)
        self.redraw_on(state.training.status_changed, themes().changed)
        self._on_restart()

    def _make_choices(self) -> None:
        self._target = combo_box(tr("Class"), tr("Class to explain"), changed=self._on_other)
        self._layer = combo_box(
            tr("Layer of the class activation map"),
            tr("Convolution used for the class activation map"),
            changed=self._on_other,
            elided=True,
        )
        self._patch = SpinBox(minimum=1, maximum=15, value=5, suffix=tr(" px"))
        self._patch.setAccessibleName(tr("Size of the cover"))
        self._patch.setToolTip(tr("Size of the patch that covers part of the picture"))
        self._patch.valueChanged.connect(self._on_other)

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
        self._on_other()

    def _on_other(self, *_: object) -> None:
        """Other maps are wanted: at once, and what is shown is of no use any more."""
        self.maps = {}
        for probe in self._probes.values():
            probe.renew()

    def _on_weights(self) -> None:
        for probe in self._probes.values():
            probe.ask_again()

    # -- asking -------------------------------------------------------------------------------

    def _ask(self) -> None:
        asked = {"picture": self._picture(), "target": chosen_class(self._target)}
        more: dict[str, dict[str, Any]] = {
            "saliency": {},
            "occlusion": {"patch": self._patch.value()},
        }
        if self._paths:
            more["grad_cam"] = {"path": self._paths[max(self._layer.currentIndex(), 0)]}
        for probe, own in more.items():
            self._probes[probe].poll(asked | own, partial(self._take, probe))

    def _take(self, probe: str, found: Any) -> None:
        classes = self.state.training.test.classes
        match probe:
            case "saliency":
                self.maps |= {key: one_map(getattr(found, key)) for key in _ALL[:3]}
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

    def _picture(self) -> NDArray[np.uint8]:
        return np.asarray(self.state.selection.input.value, np.uint8)

    # -- drawing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for what is due, and draw what is there."""
        if self.state.timeline.weights is None:
            self._fallback.explain(tr("The maps appear as soon as training is ready."))
            return
        self._fallback.show_content()
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


def one_map(found: Map) -> Map:
    """A map (H, W); of colours (3, H, W) the sum of what they say."""
    return np.asarray(found.sum(axis=0), np.float32) if found.ndim == 3 else found


def _over(picture: NDArray[np.uint8], found: Map | None) -> NDArray[np.uint8]:
    """A picture in faint ink, or faint colours, with a map in full colours over it: (3, H, W).

    Without a map ink is as dark as the theme's text, and colours are as they are.
    """
    theme = themes().theme
    paper, ink, plus, minus = (
        np.array(rgb(colour), np.float32)[:, None, None]
        for colour in (theme.panel, theme.text, theme.positive, theme.negative)
    )
    faint = np.float32(1 if found is None else _INK)
    if picture.ndim == 3:
        mixed = paper + (picture - paper) * faint
    else:
        mixed = paper + (ink - paper) * ((picture / np.float32(255)) * faint)
    if found is not None:
        strong = np.nan_to_num(found / max(float(np.abs(found).max()), 1e-12))
        colour = np.where(strong > 0, plus, minus)
        mixed = mixed + (colour - mixed) * np.abs(strong)
    return np.clip(mixed, 0, 255).astype(np.uint8)
