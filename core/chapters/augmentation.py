"""Knobs of augmentation and dropout: how much harder a network is made to learn."""

import numpy as np
from numpy.typing import NDArray

from core.data.augment import Augmentation, augment
from core.nn import Dropout, Module
from core.train.knobs import Knob, Knobs

_AS_USUAL = {"shift": 1.0, "rotate": 8.0, "scale": 0.08, "shear": 0.14, "elastic": 0.8,
             "thickness": 0.5, "blur": 0.5, "flip": 0.0}  # fmt: skip

AUGMENT_KNOBS: tuple[Knob, ...] = (
    Knob("shift", "Shift", _AS_USUAL["shift"], 0.0, 4.0, unit="pixels",
         help="Each picture is moved by up to so much, across and down."),
    Knob("rotate", "Rotate", _AS_USUAL["rotate"], 0.0, 45.0, unit="degrees",
         help="Each picture is turned by up to so much, either way."),
    Knob("scale", "Scale", _AS_USUAL["scale"], 0.0, 0.4,
         help="Each picture grows or shrinks by up to this fraction, width and height apart."),
    Knob("shear", "Slant", _AS_USUAL["shear"], 0.0, 0.6,
         help="Each picture leans by up to so many pixels sideways for each pixel of height."),
    Knob("elastic", "Elastic", _AS_USUAL["elastic"], 0.0, 3.0, unit="pixels",
         help="Parts of each picture are pulled about by about so much, as on a rubber sheet."),
    Knob("thickness", "Thickness", _AS_USUAL["thickness"], 0.0, 1.0, unit="pixels",
         help="Strokes become thicker or thinner by up to so much on each side."),
    Knob("blur", "Blur", _AS_USUAL["blur"], 0.0, 1.0,
         help="Each picture is softened by up to so much; 1 mixes every pixel with its eight "
         "neighbours."),
    Knob("flip", "Flipped pixels", _AS_USUAL["flip"], 0.0, 0.2, unit="of all",
         help="So many pixels, chosen at random, turn from ink to paper or back."),
)  # fmt: skip
"""How far pictures are redrawn before the network sees them; all live."""

UNCHANGED: dict[str, float | str] = dict.fromkeys(_AS_USUAL, 0.0)
"""Settings under which every picture stays as it is."""


def augmentation(knobs: Knobs) -> Augmentation:
    """What the knobs ask for."""
    return Augmentation(**{key: knobs[key] for key in _AS_USUAL})


def redrawn(images: NDArray[np.uint8], rng: np.random.Generator, knobs: Knobs) -> NDArray[np.uint8]:
    """(N, 28, 28) pictures as the knobs have them redrawn."""
    return augment(images, rng, augmentation(knobs))


def dropout_knob(default: float) -> Knob:
    """How much of what a layer says is left out while the network learns."""
    return Knob(
        "dropout", "Dropout", default, 0.0, 0.9,
        help="So many of the numbers between two layers, chosen anew for each picture, count as "
        "zero while the network learns. None of them can then be relied on alone.",
    )  # fmt: skip


def set_dropout(model: Module, knobs: Knobs) -> None:
    """All dropout layers of the model as the knob says."""
    for _, part in model.named_modules():
        if isinstance(part, Dropout):
            part.p = knobs["dropout"]
