"""Chapter 3, “Autograd”: chapter 2's neuron, this time with gradients that find themselves."""

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.data_knobs import (
    MARGIN_KNOB,
    PAIR_KNOBS,
    SEED_KNOB,
    batch_knob,
    epochs_knob,
    two_digits,
    validate_knob,
)
from core.chapters.shared.training_knobs import advanced_knobs, optimizer_knobs
from core.chapters.three_or_seven import PIXELS, margin_loss
from core.knobs import Knob, Knobs
from core.nn import Flatten, Linear, Module, ReLU, Sequential
from core.ocr.glyph import MNIST_STYLE
from core.training.task import Task, binary_probabilities

_MARGIN, _CROSS_ENTROPY = "margin", "cross-entropy"


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """One neuron of 784 weights, or a hidden layer of ReLUs before it."""
    hidden = int(knobs["hidden"])
    if not hidden:
        return Sequential(Flatten(), Linear(PIXELS, 1, rng=rng))
    return Sequential(
        Flatten(), Linear(PIXELS, hidden, rng=rng), ReLU(), Linear(hidden, 1, rng=rng)
    )


def loss(scores: Tensor, labels: NDArray[np.integer], knobs: Knobs) -> Tensor:
    """The loss that the knob `mistake` names, mean over the samples."""
    if knobs.name_of("mistake") == _MARGIN:
        return margin_loss(scores, labels, knobs)
    targets = labels.astype(np.float32)[:, None]
    return F.binary_cross_entropy_with_logits(scores, targets)


CHAPTER = Chapter(
    key="autograd",
    number=3,
    title="Autograd",
    tagline="Derivatives are computed, not written by hand",
    task=Task(data=two_digits, model=network, loss=loss, probabilities=binary_probabilities),
    knobs=(
        *optimizer_knobs(0.01, "sgd", high=1.0, advanced=True),
        Knob.choice(
            "mistake", "Mistake", (_MARGIN, _CROSS_ENTROPY), _MARGIN, live=True,
            help="What training minimises: the hinge loss of chapter 2, or minus the "
                "logarithm of the right digit's probability. Autograd finds the gradient of "
                "either.",
        ),
        Knob(
            "hidden", "Hidden neurons", 0, 0, 256, integer=True, live=False,
            help="With 0 it is the single neuron of chapter 2. Otherwise a layer of ReLUs "
                "comes before it, and the chain of derivatives is longer.",
        ),
        MARGIN_KNOB,
        batch_knob(16),
        epochs_knob(3),
        validate_knob(50),
        *advanced_knobs(epochs=3),
        *PAIR_KNOBS,
        SEED_KNOB,
    ),
    views=("autograd", "curves"),
    together=1,
    glyphs=MNIST_STYLE,
    experiments=(
        Experiment("The neuron of chapter 2", "Does autograd find the rule that we wrote by hand?",
                   {"batch_size": 1, "epochs": 1, "validate_every": 20}),
        Experiment("Another loss", "What changes when the loss does? Only the end of the graph.",
                   {"mistake": _CROSS_ENTROPY, "lr": 0.1}),
        Experiment("A hidden layer", "How does a gradient come through a ReLU?",
                   {"hidden": 32, "mistake": _CROSS_ENTROPY, "lr": 0.1}),
    ),
)  # fmt: skip
