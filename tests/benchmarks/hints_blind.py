"""Broken and healthy runs written by someone who had not read the rules; see `hints.py`."""

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.data.dataset import Dataset
from core.data.encodings import Normalize
from core.knobs import Knobs
from core.nn import Flatten, Linear, LogSoftmax, Module, Sequential, Sigmoid, Tanh
from core.training.task import Split
from core.training.trainer import Trainer
from tests.benchmarks.hints import Case, biased, rare, spread

_FILE = 10_000  # samples of a file of `filed`


def tanhs(knobs: Knobs, rng: np.random.Generator) -> Module:
    """The three layers of “Digits”, bent by tanh."""
    return Sequential(
        Flatten(),
        Linear(784, 128, rng=rng), Tanh(),
        Linear(128, 64, rng=rng), Tanh(),
        Linear(64, 10, rng=rng), LogSoftmax(),
    )  # fmt: skip


def deep_sigmoids(knobs: Knobs, rng: np.random.Generator) -> Module:
    """Six layers, a sigmoid between each two."""
    hidden = [part for _ in range(4) for part in (Linear(64, 64, rng=rng), Sigmoid())]
    return Sequential(
        Flatten(),
        Linear(784, 64, rng=rng), Sigmoid(),
        *hidden,
        Linear(64, 10, rng=rng), LogSoftmax(),
    )  # fmt: skip


def twins(found: Chapter, knobs: Knobs) -> NDArray[np.float32]:
    """Random weights, but all units of a hidden layer begin as copies of the first."""
    arena = Trainer(found.task, knobs).arena
    weights = list(arena.layout.views(arena.theta).values())
    for number in range(0, len(weights), 2):
        weight, bias = weights[number], weights[number + 1]
        if number > 0:
            weight[...] = weight[:, :1]  # from twins alike
        if number < len(weights) - 2:
            weight[...] = weight[:1]
            bias[...] = bias[:1]
    return arena.theta.copy()


def filed(split: Split, rng: np.random.Generator) -> Split:
    """The training set as six files joined end to end, each sorted by its digit."""
    train = split.train
    order = np.lexsort((train.labels, np.arange(len(train)) // _FILE))
    return Split(
        Dataset.from_images(train.name, train.images[order], train.labels[order], train.classes),
        split.test,
    )


def slipped(split: Split, rng: np.random.Generator) -> Split:
    """A third of the training labels slipped to the next class, 9 to 0."""
    train = split.train
    moved = rng.random(len(train)) < 1 / 3
    labels = ((train.labels + moved) % len(train.classes)).astype(np.uint8)
    return Split(Dataset.from_images(train.name, train.images, labels, train.classes), split.test)


BLIND: tuple[Case, ...] = (
    Case("too fast for 150, then sane", "digits", {"lr": 0.4, "seed": 3, "validate_every": 100},
         700, ("dead-units", "rate-high"), turned={150: {"lr": 0.03}}),
    Case("kernels that creep", "digit-kernels",
         {"lr": 3e-5, "seed": 5, "validate_every": 100}, 300, ("rate-low",)),
    Case("rate gone within a third of an epoch", "digits",
         {"optimizer": "sgd", "lr": 0.03, "schedule": "exponential", "schedule_epochs": 1,
          "schedule_end": 1e-4, "seed": 11}, 1500, ("rate-decayed",)),
    Case("decay 0.04 with momentum", "digits", {"weight_decay": 0.04, "seed": 4}, 800,
         ("decay-strong",)),
    Case("dropout 0.85 before 64 neurons", "inspection", {"dropout": 0.85, "seed": 2}, 400,
         ("dropout-strong",)),
    Case("momentum 0.985 at the usual rate", "digits",
         {"momentum": 0.985, "seed": 6, "validate_every": 100}, 500, ("momentum-high",)),
    Case("random weights, twin units", "digits", {"seed": 9}, 600, ("start-equal",), twins),
    Case("tanhs begun 15 × too wide", "digits", {"lr": 0.02, "seed": 18}, 600,
         ("start-wide",), spread(15), network=tanhs),
    Case("six sorted files, not shuffled", "digits", {"seed": 12, "validate_every": 50}, 800,
         ("samples-ordered",), data=filed, shuffled=False),
    Case("inputs 0…255", "digits", {"optimizer": "sgd", "lr": 0.01, "seed": 13}, 500,
         ("inputs-scale",), pixels=Normalize(mean=0, std=1 / 255)),
    Case("a third of the labels slipped by one", "digits", {"lr": 0.02, "seed": 14}, 1200,
         ("labels-wrong",), data=slipped),
    Case("few fours and nines", "digits", {"seed": 15}, 900, ("imbalance",),
         data=rare([4, 9], 0.01)),
    Case("six layers of sigmoids", "digits", {"seed": 16}, 800, ("vanishing",),
         network=deep_sigmoids),
    Case("biases begun at -0.5", "digit-kernels", {"seed": 17, "validate_every": 100}, 300,
         ("start-biased",), biased(-0.5)),
    Case("averaged over 6,000 steps", "letters", {"ema": 6000, "seed": 10, "validate_every": 100},
         400, ("averaging-slow",)),
    Case("healthy: as it comes", "digits", {"seed": 21}, 900, ()),
    Case("healthy: adam", "digits", {"optimizer": "adam", "lr": 0.001, "seed": 22}, 900, ()),
    Case("healthy: one neuron", "learning", {"seed": 23}, 600, ()),
    Case("healthy: a small rate", "digits", {"lr": 0.005, "seed": 24}, 1200, ()),
    Case("healthy: dropout 0.2", "inspection", {"dropout": 0.2, "seed": 25}, 500, ()),
)  # fmt: skip
