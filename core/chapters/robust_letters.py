"""Chapter 7, “Robust letters”: a network for other people's handwriting."""

import numpy as np

from core.chapters.chapter import Chapter, Experiment
from core.chapters.digits import negative_log_likelihood
from core.chapters.shared.augmentation_knobs import (
    AUGMENT_KNOBS,
    UNCHANGED,
    augment_images,
    dropout_knob,
    set_dropout,
)
from core.chapters.shared.data_knobs import batch_knob, epochs_knob, seed_knob, validate_knob
from core.chapters.shared.letter_data import EMNIST_NORMALIZE, data_knob, letters
from core.chapters.shared.training_knobs import advanced_knobs, optimizer_knobs
from core.knobs import Knobs
from core.nn import (
    GELU,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LogSoftmax,
    MaxPool2d,
    Module,
    Sequential,
)
from core.ocr.glyph import EMNIST_STYLE
from core.training.task import Task


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """As in chapter 5, half as wide again and normalised, with dropout: 310,592 parameters."""
    return Sequential(
        Conv2d(1, 48, 3, rng=rng),
        MaxPool2d(2),
        BatchNorm2d(48),
        GELU(),
        Conv2d(48, 96, 3, rng=rng),
        MaxPool2d(2, ceil_mode=True),
        BatchNorm2d(96),
        GELU(),
        Conv2d(96, 192, 3, rng=rng),
        MaxPool2d(2),
        BatchNorm2d(192),
        GELU(),
        Flatten(),
        Dropout(knobs["dropout"], rng=rng),
        Linear(768, 128, rng=rng),
        GELU(),
        Linear(128, 26, rng=rng),
        LogSoftmax(),
    )


TASK = Task(
    data=letters,
    model=network,
    loss=negative_log_likelihood,
    probabilities=np.exp,
    normalize=EMNIST_NORMALIZE,
    before_batch=set_dropout,
    augment=augment_images,
)

KNOBS = (
    *optimizer_knobs(0.003, "adam"),
    batch_knob(64),
    epochs_knob(20),
    validate_knob(203),
    dropout_knob(0.2),
    *AUGMENT_KNOBS,
    data_knob(),
    *advanced_knobs(epochs=20),
    seed_knob(),
)

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
