"""Chapter 6, “Looking inside”: what single weights do while a network learns, and who is faster."""

import numpy as np

from core.chapters.chapter import Chapter, Experiment
from core.chapters.digits import negative_log_likelihood
from core.chapters.shared.augmentation_knobs import dropout_knob, set_dropout
from core.chapters.shared.data_knobs import batch_knob, epochs_knob, seed_knob, validate_knob
from core.chapters.shared.letter_data import EMNIST_NORMALIZE, data_knob, letters
from core.chapters.shared.training_knobs import advanced_knobs, optimizer_knobs
from core.nn import (
    GELU,
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
from core.training.knobs import Knobs
from core.training.task import Task


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """That of chapter 5, with dropout behind its first linear layer: 137,178 parameters."""
    return Sequential(
        Conv2d(1, 32, 3, rng=rng),
        MaxPool2d(2),
        GELU(),
        Conv2d(32, 64, 3, rng=rng),
        MaxPool2d(2, ceil_mode=True),
        GELU(),
        Conv2d(64, 128, 3, rng=rng),
        MaxPool2d(2),
        GELU(),
        Flatten(),
        Linear(512, 64, rng=rng),
        Dropout(knobs["dropout"], rng=rng),
        GELU(),
        Linear(64, 128, rng=rng),
        GELU(),
        Linear(128, 26, rng=rng),
        LogSoftmax(),
    )


CHAPTER = Chapter(
    key="inspection",
    number=6,
    title="Looking inside",
    tagline="What single weights do while a network learns, and why Adam is faster",
    task=Task(
        data=letters,
        model=network,
        loss=negative_log_likelihood,
        probabilities=np.exp,
        normalize=EMNIST_NORMALIZE,
        before_batch=set_dropout,
    ),
    knobs=(
        *optimizer_knobs(0.001, "adam"),
        batch_knob(64),
        dropout_knob(0.0),
        epochs_knob(10),
        validate_knob(100),
        data_knob(),
        *advanced_knobs(epochs=10),
        seed_knob(),
    ),
    views=(
        "curves", "traces", "health", "histograms", "weights", "hints", "descent", "race",
    ),
    experiments=(
        Experiment("Adam", "After how many mini-batches does accuracy reach 80 %?",
                   {"optimizer": "adam", "lr": 0.001}),
        Experiment("Plain descent", "The same start without Adam: how much longer does it take?",
                   {"optimizer": "sgd", "lr": 0.01, "epochs": 20}),
        Experiment("Ten times the rate", "How much of Adam's lead was just too small a rate?",
                   {"optimizer": "sgd", "lr": 0.1}),
        Experiment("Rate far too high", "What do layers look like when learning has stopped?",
                   {"optimizer": "adam", "lr": 0.1, "epochs": 1}),
        Experiment("Watch one kernel", "Nine weights, single pictures: how much is noise?",
                   {"optimizer": "sgd", "lr": 0.01, "batch_size": 1, "validate_every": 2000,
                    "epochs": 1}),
    ),
    glyphs=EMNIST_STYLE,
)  # fmt: skip
