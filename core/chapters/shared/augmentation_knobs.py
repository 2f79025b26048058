"""Knobs of augmentation and dropout: how much harder a network is made to learn."""

import numpy as np
from numpy.typing import NDArray

from core.data.transforms import Augmentation, augment
from core.knobs import Knob, Knobs
from core.nn import Dropout, Module

AUGMENT_KNOBS: tuple[Knob, ...] = (
    Knob("shift", "Shift", 1.0, 0.0, 4.0, unit="pixels",
         help="Largest random shift, horizontally and vertically."),
    Knob("rotate", "Rotate", 8.0, 0.0, 45.0, unit="degrees",
         help="Largest random rotation, in either direction."),
    Knob("scale", "Scale", 0.08, 0.0, 0.4,
         help="Largest random change of size as a fraction, width and height separately."),
    Knob("shear", "Slant", 0.14, 0.0, 0.6,
         help="Largest random slant: pixels sideways per pixel of height."),
    Knob("elastic", "Elastic", 0.8, 0.0, 3.0, unit="pixels",
         help="Typical elastic distortion, as if drawn on a rubber sheet."),
    Knob("thickness", "Thickness", 0.5, 0.0, 1.0, unit="pixels",
         help="Largest change of stroke thickness on each side."),
    Knob("blur", "Blur", 0.5, 0.0, 1.0,
         help="Largest random blur; 1 mixes every pixel with its eight neighbours."),
    Knob("flip", "Flipped pixels", 0.0, 0.0, 0.2, unit="of all",
         help="Share of random pixels that switch from ink to paper or back."),
)  # fmt: skip
"""How far pictures are redrawn before the network sees them; all live."""

UNCHANGED: dict[str, float | str] = dict.fromkeys((knob.key for knob in AUGMENT_KNOBS), 0.0)
"""Settings under which every picture stays as it is."""


def augment_images(
    images: NDArray[np.uint8], rng: np.random.Generator, knobs: Knobs
) -> NDArray[np.uint8]:
    """(N, 28, 28) pictures as the knobs have them redrawn."""
    return augment(images, rng, Augmentation(**{key: knobs[key] for key in UNCHANGED}))


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
