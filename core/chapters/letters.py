"""Chapter 5, “Letters”: a convolutional network reads handwriting."""

import numpy as np

from core.chapters.chapter import Chapter, Experiment
from core.chapters.digits import negative_log_likelihood
from core.chapters.shared.data_knobs import batch_knob, epochs_knob, seed_knob, validate_knob
from core.chapters.shared.letter_data import EMNIST_NORMALIZE, data_knob, letters
from core.chapters.shared.training_knobs import advanced_knobs, optimizer_knobs
from core.nn import GELU, Conv2d, Flatten, Linear, LogSoftmax, MaxPool2d, Module, Sequential
from core.ocr.glyph import EMNIST_STYLE
from core.training.knobs import Knobs
from core.training.task import Task


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """28² → 32, 64, 128 kernels 3×3, each pooled and bent → 64 → 128 → 26: 137,178 parameters."""
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
        GELU(),
        Linear(64, 128, rng=rng),
        GELU(),
        Linear(128, 26, rng=rng),
        LogSoftmax(),
    )


CHAPTER = Chapter(
    key="letters",
    number=5,
    title="Letters",
    tagline="Small windows, moved over the whole picture, learn what a stroke is",
    task=Task(
        data=letters,
        model=network,
        loss=negative_log_likelihood,
        probabilities=np.exp,
        normalize=EMNIST_NORMALIZE,
    ),
    knobs=(
        *optimizer_knobs(0.001, "adam"),
        batch_knob(64),
        epochs_knob(10),
        validate_knob(203),
        data_knob(),
        *advanced_knobs(epochs=10),
        seed_knob(),
    ),
    views=(
        "curves", "weights", "confusion", "convolution", "samples", "activations", "posters",
        "zoom",
    ),
    experiments=(
        Experiment("The original's settings", "How long does plain descent take to see a letter?",
                   {"optimizer": "sgd", "lr": 0.01}),
        Experiment("With momentum", "Is momentum faster than plain gradient descent?",
                   {"optimizer": "momentum", "lr": 0.01, "momentum": 0.9}),
        Experiment("In one cycle", "A rate that rises and falls: how far in three epochs?",
                   {"lr": 0.003, "schedule": "one-cycle", "schedule_epochs": 3, "epochs": 3}),
    ),
    glyphs=EMNIST_STYLE,
    trained="letters.safetensors",
)  # fmt: skip
