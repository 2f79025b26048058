"""Blame, use and reach: shares add up, silent units count nothing, fields are where pixels act."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.errors import LabError
from core.inspect.attribution.unit_attribution import attribute_units
from core.inspect.layer_outputs import layer_outputs
from core.inspect.model_copy import ModelCopy
from core.nn import Conv2d, Flatten, Linear, LogSoftmax, MaxPool2d, Module, ReLU, Sequential
from core.nn.arena import Arena
from core.training.task import Split, Task


def network() -> Sequential:
    rng = np.random.default_rng(5)
    return Sequential(
        Conv2d(1, 4, 5, rng=rng), ReLU(), MaxPool2d(2),
        Conv2d(4, 6, 3, rng=rng), MaxPool2d(2), ReLU(),
        Flatten(), Linear(6 * 5 * 5, 3, rng=rng), LogSoftmax(),
    )  # fmt: skip


def picture(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (28, 28), dtype=np.uint8)


@pytest.fixture
def task() -> Task:
    few = Dataset.from_images(
        "few",
        np.stack([picture(i) for i in range(3)]),
        np.arange(3, dtype=np.uint8),
        ("a", "b", "c"),
    )
    whole = chapter("digit-kernels").task
    return replace(whole, data=lambda knobs: Split(few, few))


def made(task: Task, change: Callable[[Module], None] = lambda model: None) -> ModelCopy:
    model = network()
    change(model)
    Arena.adopt(model)
    return ModelCopy(task, model)


def test_shares_and_biases_make_up_the_lead_exactly(task: Task) -> None:
    extractor = made(task)
    found = attribute_units(extractor, picture(), 0, 2)
    scores = extractor.trace(picture()[None]).scores.data[0]
    assert found.path == "3" and found.shares.shape == (6,) and found.maps.shape == (6, 5, 5)
    assert found.difference == pytest.approx(scores[0] - scores[2], abs=1e-4)
    bias = dict(network().named_parameters())["7.bias"].data
    assert found.shares.sum() == pytest.approx(found.difference - bias[0] + bias[2], abs=1e-3)
    back = attribute_units(extractor, picture(), 2, 0)
    np.testing.assert_allclose(back.shares, -found.shares, atol=1e-4)


def test_the_guess_is_held_against_the_next_best(task: Task) -> None:
    extractor = made(task)
    found = attribute_units(extractor, picture())
    order = np.argsort(-found.probs)
    assert (found.target, found.runner_up) == (order[0], order[1]) and found.difference > 0


def test_what_is_no_question_is_a_sentence(task: Task) -> None:
    extractor = made(task)
    for target, runner_up, path in ((1, 1, None), (9, 0, None), (0, 1, "7"), (0, 1, "2")):
        with pytest.raises(LabError):
            attribute_units(extractor, picture(), target, runner_up, path)


def test_a_unit_that_is_switched_off_is_not_used_and_not_to_blame(task: Task) -> None:
    def off(model: Module) -> None:
        for name, parameter in model.named_parameters():
            if name.startswith("3."):
                parameter.data[2] = 0

    extractor = made(task, off)
    used = extractor.mean_activations(np.stack([picture(i) for i in range(4)]))
    assert {path: len(units) for path, units in used.items()} == {"0": 4, "3": 6, "7": 3}
    assert used["3"][2] == 0 < used["3"].max()
    assert attribute_units(extractor, picture(), 0, 1).shares[2] == 0


def test_only_pixels_in_its_field_change_a_number() -> None:
    model = network()
    blank = np.zeros((1, 1, 28, 28), np.float32)
    before = layer_outputs(model, blank)[1][5]
    assert before.reach is not None
    top, left, bottom, right = before.reach.field(1, 3, (28, 28))
    assert (top, left, bottom, right) == (4, 12, 16, 24)

    def there(x: np.ndarray) -> np.ndarray:
        return layer_outputs(model, x)[1][5].values[:, 1, 3]

    outside = np.random.default_rng(1).normal(size=blank.shape).astype(np.float32)
    outside[..., top:bottom, left:right] = 0
    assert np.array_equal(there(outside), there(blank))
    inside = np.random.default_rng(2).normal(size=blank.shape).astype(np.float32)
    inside[..., top + 1 : bottom, left + 1 : right] = 0
    assert not np.array_equal(there(outside + 9 * inside), there(outside))
