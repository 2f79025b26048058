"""Chapter 7, “Robust letters”: a network for other people's handwriting."""

from dataclasses import replace

import numpy as np

from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.augmentation_knobs import (
    AUGMENT_KNOBS,
    UNCHANGED,
    augment_images,
    dropout_knob,
    set_dropout,
)
from core.chapters.shared.letter_data import LETTERS_KNOB, LETTERS_TASK
from core.chapters.shared.networks import letter_convolutions, linear_layers
from core.chapters.shared.training_knobs import training_knobs
from core.knobs import Knobs
from core.nn import GELU, Dropout, Module, Sequential
from core.ocr.glyph import EMNIST_STYLE


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """As in chapter 5, half as wide again and normalised, with dropout: 310,592 parameters."""
    return Sequential(
        *letter_convolutions(rng, 48, 96, 192, normalized=True),
        Dropout(knobs["dropout"], rng=rng),
        *linear_layers(rng, 768, 128, 26, activation=GELU),
    )


TASK = replace(LETTERS_TASK, model=network, before_batch=set_dropout, augment=augment_images)

KNOBS = training_knobs(0.003, "adam", 20, 203, dropout_knob(0.2), *AUGMENT_KNOBS, LETTERS_KNOB)

CHAPTER = Chapter(
    key="robust-letters",
    number=7,
    title="Robust letters",
    tagline=("Training on pictures that never look the same twice carries over to other "
        "handwriting"),
    task=TASK,
    knobs=KNOBS,
    views=(
        "curves", "augmentation", "confusion", "samples", "robustness", "quantise", "decay",
        "regularising",
    ),
    experiments=(
        Experiment("Pictures as they are", "How soon does a network overfit its letters?",
                   {**UNCHANGED, "dropout": 0}),
        Experiment("Shifted and noisy", "The original's way: two pixels of shift, five flipped",
                   {**UNCHANGED, "shift": 2, "flip": 0.0064, "dropout": 0}),
        Experiment("Dropout alone", "What if a random half of a layer's outputs is off?",
                   {**UNCHANGED, "dropout": 0.5}),
        Experiment("Weight decay", "Which weights are not needed?",
                   {"optimizer": "adamw", "weight_decay": 0.05}),
        Experiment("In one cycle", "A rate that rises and falls: how far in five epochs?",
                   {"schedule": "one-cycle", "schedule_epochs": 5, "epochs": 5}),
    ),
    glyphs=EMNIST_STYLE,
    trained="handwriting.safetensors",
)  # fmt: skip
