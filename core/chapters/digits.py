"""Chapter 4, “Digits”: three layers read all ten digits."""

import numpy as np

from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.data_knobs import all_digits
from core.chapters.shared.networks import linear_layers, negative_log_likelihood
from core.chapters.shared.training_knobs import training_knobs
from core.knobs import Knob, Knobs
from core.nn import GELU, BatchNorm2d, Conv2d, Flatten, MaxPool2d, Module, Sequential
from core.ocr.glyph import MNIST_STYLE
from core.training.task import Task

THREE_LAYERS = "three layers"
KERNELS = "kernels"


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """What the knob `network` names."""
    return kernels(rng) if knobs.name_of("network") == KERNELS else three_layers(rng)


def three_layers(rng: np.random.Generator) -> Module:
    """784 → 128 ReLU → 64 ReLU → 10 log-probabilities: 109,386 parameters."""
    return Sequential(Flatten(), *linear_layers(rng, 784, 128, 64, 10))


def kernels(rng: np.random.Generator) -> Module:
    """32 and 64 kernels 5×5, each with pooling and GELU, then 128 GELU → 10: 184,586 parameters.

    The first layer only centres and scales the pixels.
    """
    return Sequential(
        BatchNorm2d(1, affine=False),
        Conv2d(1, 32, 5, rng=rng),
        MaxPool2d(2),
        GELU(),
        Conv2d(32, 64, 5, rng=rng),
        MaxPool2d(2),
        GELU(),
        Flatten(),
        *linear_layers(rng, 1024, 128, 10, activation=GELU),
    )


CHAPTER = Chapter(
    key="digits",
    number=4,
    title="Digits",
    tagline="Three layers, ten digits and gradient descent",
    task=Task(data=all_digits, model=network, loss=negative_log_likelihood, probabilities=np.exp),
    knobs=training_knobs(
        0.05, "momentum", epochs=10, validate_every=300,
        last=(Knob.choice(
            "network", "Network", (THREE_LAYERS, KERNELS), THREE_LAYERS, live=False, advanced=True,
            help="Three layers as in the text, or two layers of 5×5 kernels and two of neurons.",
        ),),
    ),
    views=(
        "curves", "weights", "confusion", "samples", "draw", "zoom", "hints", "page",
    ),
    glyphs=MNIST_STYLE,
    experiments=(
        Experiment("The original's settings", "How far does plain descent get in as many steps?",
                   {"lr": 0.01, "optimizer": "sgd", "batch_size": 64, "epochs": 4}),
        Experiment("Learning rate 1", "What happens when every step is too large?",
                   {"lr": 1.0, "optimizer": "sgd"}),
        Experiment("One at a time", "Is a mini-batch of one better, or just noisier?",
                   {"batch_size": 1, "lr": 0.005, "optimizer": "sgd"}),
        Experiment("A thousand at once", "Fewer, better steps: which is ahead after an epoch?",
                   {"batch_size": 1000, "lr": 0.05}),
        Experiment("99 percent in one epoch", "How much is learnt from seeing each digit once?",
                   {"network": KERNELS, "optimizer": "adam", "lr": 0.004, "schedule": "one-cycle",
                    "schedule_epochs": 1, "epochs": 1, "validate_every": 469}),
        Experiment("Adam", "A step size for every weight", {"optimizer": "adam", "lr": 0.001}),
    ),
    trained="digits.safetensors",
)  # fmt: skip
