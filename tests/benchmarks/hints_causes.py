"""A run for each cause, broken by data, network, weights or knobs; see `hints.py`."""

import numpy as np

from core.data.dataset import Dataset
from core.data.encodings import Normalize
from core.knobs import Knobs
from core.nn import Flatten, Linear, LogSoftmax, Module, ReLU, Sequential, Sigmoid
from core.training.task import Split
from tests.benchmarks.hints import Case, biased, by_class, mislabelled, rare, spread


def blank(split: Split, rng: np.random.Generator) -> Split:
    """Training pictures with nothing on them."""
    train = split.train
    return Split(
        Dataset.from_images(train.name, np.zeros_like(train.images), train.labels, train.classes),
        split.test,
    )


def inverted_test(split: Split, rng: np.random.Generator) -> Split:
    """Test pictures with ink and paper exchanged."""
    test = split.test
    return Split(
        split.train, Dataset.from_images(test.name, 255 - test.images, test.labels, test.classes)
    )


def deep_sigmoids(knobs: Knobs, rng: np.random.Generator) -> Module:
    """Eight layers of sigmoids."""
    layers: list[Module] = [Flatten(), Linear(784, 64, rng=rng), Sigmoid()]
    for _ in range(6):
        layers += [Linear(64, 64, rng=rng), Sigmoid()]
    return Sequential(*layers, Linear(64, 10, rng=rng), LogSoftmax())


def narrow(knobs: Knobs, rng: np.random.Generator) -> Module:
    """Two hidden units for ten classes."""
    return Sequential(
        Flatten(), Linear(784, 2, rng=rng), ReLU(), Linear(2, 10, rng=rng), LogSoftmax()
    )


_BACK = {300: {"lr": 0.4}, 500: {"lr": 0.048}}

CAUSES = (
    Case("rate 0.4 and back to 0.048", "digits", {"lr": 0.048}, 900, ("dead-units",),
         turned=_BACK),
    Case("sigmoids, rate 2", "one-by-one", {"lr": 2}, 30_000, ("saturated", "rate-high")),
    Case("momentum 0.99", "digits", {"momentum": 0.99}, 600, ("momentum-high",)),
    Case("decay 0.2", "digits", {"weight_decay": 0.2}, 600, ("decay-strong",)),
    Case("L1 0.01", "digits", {"l1": 0.01}, 600, ("decay-strong",)),
    Case("clipped to 0.001", "digits", {"optimizer": "sgd", "lr": 0.1, "clip_norm": 0.001}, 600,
         ("clip-strong",)),
    Case("warm-up of 2,000", "digits", {"warmup": 2000, "lr": 0.01, "optimizer": "sgd"}, 300,
         ("warmup-long",)),
    Case("decayed in an epoch", "digits",
         {"schedule": "exponential", "schedule_epochs": 1, "schedule_end": 1e-4, "lr": 0.01,
          "optimizer": "sgd"}, 2000, ("rate-decayed",)),
    Case("averaged over 10,000", "digits", {"ema": 10_000, "lr": 0.02}, 1200, ("averaging-slow",)),
    Case("4,096 samples a step", "digits", {"accumulate": 64, "lr": 0.02}, 70, ("batch-large",)),
    Case("dropout 0.9", "inspection", {"dropout": 0.9}, 250, ("dropout-strong",)),
    Case("redrawn beyond recognition", "robust-letters",
         {"shift": 4, "rotate": 45, "elastic": 3, "flip": 0.2, "blur": 1, "scale": 0.4}, 150,
         ("augmentation-strong",)),
    Case("half of the labels wrong", "digits", {}, 900, ("labels-wrong",), data=mislabelled(0.5)),
    Case("sorted by class", "digits", {}, 900, ("samples-ordered",), data=by_class,
         shuffled=False),
    Case("inputs from 0 to 255", "digits", {}, 600, ("inputs-scale",),
         pixels=Normalize(0, 1 / 255)),
    Case("inputs from 0 to 0.004", "digits", {"optimizer": "sgd"}, 600, ("inputs-scale",),
         pixels=Normalize(0, 255)),
    Case("blank pictures", "digits", {}, 600, ("inputs-constant",), data=blank),
    Case("three rare digits", "digits", {}, 500, ("imbalance",), data=rare([3, 5, 8], 0.01)),
    Case("inverted test set", "digits", {}, 600, ("test-differs",), data=inverted_test),
    Case("begun at zero", "digits", {}, 400, ("start-equal",), spread(0)),
    Case("biases of −3", "digits", {}, 400, ("start-biased",), biased(-3)),
    Case("begun 8 × too wide", "digits", {}, 600, ("start-wide",), spread(8)),
    Case("eight layers of sigmoids", "digits", {}, 600, ("vanishing",), network=deep_sigmoids),
    Case("two hidden units", "digits", {"lr": 0.02}, 1500, ("underfitting",), network=narrow),
    Case("stopped at 50 %", "learning", {"stop_at": 0.5}, 2000, ("stopped-early",)),
)  # fmt: skip
