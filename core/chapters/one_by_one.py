"""“One at a time”: a lecture's network of sigmoids, which learns from every single digit."""

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.data_knobs import (
    DIGITS,
    SEED_KNOB,
    all_digits,
    batch_knob,
    epochs_knob,
    rate_knob,
    validate_knob,
)
from core.knobs import Knob, Knobs
from core.nn import Flatten, Linear, Module, Sequential, Sigmoid
from core.ocr.glyph import MNIST_STYLE
from core.training.online import one_hot, online_sgd
from core.training.task import Split, Task

_SIZES = {"100 and 100": (100, 100), "1,000 and 100": (1000, 100), "all": (60_000, 10_000)}


def some_digits(knobs: Knobs) -> Split:
    """The first digits of MNIST, as many as the knob `samples` says."""
    counts = _SIZES[knobs.name_of("samples")]
    return Split(*(
        data.take(slice(count))
        for data, count in zip(all_digits(knobs), counts, strict=True)
    ))  # fmt: skip


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """784 → 500 → 200 → 10, a sigmoid each: 494,710 parameters, even in ±½, biases zero."""
    model = Sequential(
        Flatten(),
        Linear(784, 500, rng=rng), Sigmoid(),
        Linear(500, 200, rng=rng), Sigmoid(),
        Linear(200, 10, rng=rng), Sigmoid(),
    )  # fmt: skip
    for parameter in model.parameters():
        shape = parameter.shape
        parameter.data[...] = rng.uniform(-0.5, 0.5, shape) if len(shape) > 1 else 0
    return model


def squared_error(scores: Tensor, labels: NDArray[np.integer], knobs: Knobs) -> Tensor:
    """Σ(y − t)² over the ten outputs, mean over the samples."""
    return F.squared_error(scores, one_hot(labels, len(DIGITS))) / max(len(labels), 1)


def normalized_outputs(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Outputs (N, 10) between 0 and 1, made to add up to one."""
    return scores / np.maximum(scores.sum(axis=1, keepdims=True), 1e-9)


CHAPTER = Chapter(
    key="one-by-one",
    number=4,
    title="One at a time",
    tagline="Every single digit moves half a million weights",
    task=Task(
        data=some_digits, model=network, loss=squared_error, probabilities=normalized_outputs
    ),
    knobs=(
        rate_knob(0.3),
        Knob.choice(
            "samples", "Digits", tuple(_SIZES), "all",
            help="Number of training digits and of test digits.",
        ),
        batch_knob(1),
        epochs_knob(5),
        validate_knob(2000),
        SEED_KNOB,
    ),
    views=("curves", "weights", "confusion", "samples", "health", "histograms", "hints", "draw"),
    glyphs=MNIST_STYLE,
    experiments=(
        Experiment("The lecture's hundred",
                   "Fifty epochs on a hundred digits: learnt or just memorised?",
                   {"samples": "100 and 100", "epochs": 50, "validate_every": 100}),
        Experiment("A thousand digits", "Ten times the data, the same time",
                   {"samples": "1,000 and 100", "epochs": 5, "validate_every": 500}),
        Experiment("Half as fast", "Does a smaller rate read more digits in the end?", {"lr": 0.1}),
        Experiment("Sixty-four at a time",
                   "The same rate, a mean gradient: which is ahead after an epoch?",
                   {"batch_size": 64, "validate_every": 100}),
    ),
    steps=online_sgd("squared_error"),
)  # fmt: skip
