"""Dead units are found where they are made, and only there."""

from dataclasses import replace

import numpy as np

from core.chapters.inspection import CHAPTER
from core.data.dataset import Dataset
from core.inspect.health.dead_units import dead_units
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.knobs import Knobs
from core.nn import Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential, Sigmoid
from core.training.task import Split
from core.training.trainer import Trainer

RNG = np.random.default_rng(0)
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")


def run_of(model: Module) -> Trainer:
    images = RNG.integers(0, 256, (70, 28, 28)).astype(np.uint8)
    data = Dataset.from_images("noise", images, (np.arange(70) % 26).astype(np.uint8), LETTERS)

    def network(knobs: Knobs, rng: np.random.Generator) -> Module:
        return model

    task = replace(CHAPTER.task, data=lambda knobs: Split(data, data), model=network)
    return Trainer(task, CHAPTER.defaults())


def test_a_kernel_that_is_always_below_zero_is_dead_and_a_loud_sigmoid_saturated() -> None:
    conv, narrow = Conv2d(1, 4, 3, rng=RNG), Linear(676, 3, rng=RNG)
    model = Sequential(
        conv, MaxPool2d(2), ReLU(), Flatten(), narrow, Sigmoid(), Linear(3, 26, rng=RNG)
    )
    assert conv.bias is not None and narrow.bias is not None
    conv.bias.data[1] = -100
    narrow.weight.data[0], narrow.bias.data[0] = 0, 9
    narrow.weight.data[1:], narrow.bias.data[1:] = 0, 0.1
    run = run_of(model)
    first, second = dead_units(run)
    assert (first.layer, first.kind, first.pictures) == ("0", "ReLU", 70)
    assert first.flat[1] == 1 and first.dead == 1
    assert ((first.flat[[0, 2, 3]] >= 0) & (first.flat[[0, 2, 3]] < 1)).all()
    assert (second.layer, second.kind) == ("4", "Sigmoid")
    np.testing.assert_array_equal(second.flat, [1, 0, 0])
    assert run.model.training


def test_the_share_is_that_of_a_plain_count() -> None:
    linear = Linear(784, 5, rng=RNG)
    run = run_of(Sequential(Flatten(), linear, ReLU(), Linear(5, 26, rng=RNG)))
    (found,) = dead_units(run)
    assert linear.bias is not None
    x = run.task.encode(run.data.test.images).reshape(70, 784)
    below = x @ linear.weight.data.T + linear.bias.data <= 0
    np.testing.assert_allclose(found.flat, below.mean(axis=0), atol=1e-6)


def test_the_letters_network_has_an_activation_behind_every_layer_but_the_last() -> None:
    model = CHAPTER.task.model(CHAPTER.defaults(), RNG)
    run = run_of(model)
    found = run_probe("dead_units", ProbeContext(run), CHAPTER.defaults(), {})
    weights = [name.rpartition(".")[0] for name, _ in model.named_parameters()]
    assert [one.layer for one in found] == list(dict.fromkeys(weights))[:-1]
    assert [len(one.flat) for one in found] == [32, 64, 128, 64, 128]


def test_a_network_without_activations_has_nothing_to_say() -> None:
    assert dead_units(run_of(Sequential(Flatten(), Linear(784, 26, rng=RNG)))) == ()
