"""Knobs of augmentation and dropout: how much harder a network is made to learn."""

import numpy as np
from numpy.typing import NDArray

from core.data.transforms import Augmentation, augment
from core.knobs import Knob, Knobs
from core.nn import Dropout, Module

_AS_USUAL = {"shift": 1.0, "rotate": 8.0, "scale": 0.08, "shear": 0.14, "elastic": 0.8,
             "thickness": 0.5, "blur": 0.5, "flip": 0.0}  # fmt: skip

AUGMENT_KNOBS: tuple[Knob, ...] = (
    Knob("shift", "Shift", _AS_USUAL["shift"], 0.0, 4.0, unit="pixels",
         help="Largest random shift, horizontally and vertically."),
    Knob("rotate", "Rotate", _AS_USUAL["rotate"], 0.0, 45.0, unit="degrees",
         help="Largest random rotation, in either direction."),
    Knob("scale", "Scale", _AS_USUAL["scale"], 0.0, 0.4,
         help="Largest random change of size as a fraction, width and height separately."),
    Knob("shear", "Slant", _AS_USUAL["shear"], 0.0, 0.6,
         help="Largest random slant: pixels sideways per pixel of height."),
    Knob("elastic", "Elastic", _AS_USUAL["elastic"], 0.0, 3.0, unit="pixels",
         help="Typical elastic distortion, as if drawn on a rubber sheet."),
    Knob("thickness", "Thickness", _AS_USUAL["thickness"], 0.0, 1.0, unit="pixels",
         help="Largest change of stroke thickness on each side."),
    Knob("blur", "Blur", _AS_USUAL["blur"], 0.0, 1.0,
         help="Largest random blur; 1 mixes every pixel with its eight neighbours."),
    Knob("flip", "Flipped pixels", _AS_USUAL["flip"], 0.0, 0.2, unit="of all",
         help="Share of random pixels that switch from ink to paper or back."),
)  # fmt: skip
"""How far pictures are redrawn before the network sees them; all live."""

UNCHANGED: dict[str, float | str] = dict.fromkeys(_AS_USUAL, 0.0)
"""Settings under which every picture stays as it is."""


def augmentation(knobs: Knobs) -> Augmentation:
    """What the knobs ask for."""
    return Augmentation(**{key: knobs[key] for key in _AS_USUAL})


def augment_images(
    images: NDArray[np.uint8], rng: np.random.Generator, knobs: Knobs
) -> NDArray[np.uint8]:
    """(N, 28, 28) pictures as the knobs have them redrawn."""
    return augment(images, rng, augmentation(knobs))


def dropout_knob(default: float) -> Knob:
    """How much of what a layer says is left out while the network learns."""
    return Knob(
        "dropout", "Dropout", default, 0.0, 0.9,
        help="Share of a layer's outputs set to 0 during training, chosen anew for each "
            "picture, so that the network cannot rely on single outputs.",
    )  # fmt: skip


def set_dropout(model: Module, knobs: Knobs) -> None:
    """All dropout layers of the model as the knob says."""
    for _, part in model.named_modules():
        if isinstance(part, Dropout):
            part.p = knobs["dropout"]
