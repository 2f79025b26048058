"""A small convolutional digit net, so that kernels can be seen moving."""

import numpy as np

from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.data_knobs import all_digits
from core.chapters.shared.networks import linear_layers, negative_log_likelihood
from core.chapters.shared.training_knobs import training_knobs
from core.knobs import Knobs
from core.nn import Conv2d, Flatten, MaxPool2d, Module, ReLU, Sequential
from core.ocr.glyph import MNIST_STYLE
from core.training.task import Task


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """28² → 16 kernels 5×5 → pool → 24 kernels 3×3 → pool → 64 → 10: 43,010 parameters."""
    return Sequential(
        Conv2d(1, 16, 5, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Conv2d(16, 24, 3, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        *linear_layers(rng, 24 * 5 * 5, 64, 10),
    )


CHAPTER = Chapter(
    key="digit-kernels",
    number=4,
    title="Digits with kernels",
    tagline="Sixteen small windows learn what to look for",
    task=Task(data=all_digits, model=network, loss=negative_log_likelihood, probabilities=np.exp),
    knobs=training_knobs(0.05, "momentum", epochs=5, validate_every=469),
    views=(
        "curves", "weights", "confusion", "samples", "mistakes", "maps", "draw", "page",
    ),
    glyphs=MNIST_STYLE,
    experiments=(
        Experiment("A tenth of the rate", "Do the kernels find the same edges, only later?",
                   {"lr": 0.005}),
        Experiment("Adam", "A step size for every weight", {"optimizer": "adam", "lr": 0.001}),
    ),
    trained="digit-kernels.safetensors",
)  # fmt: skip
