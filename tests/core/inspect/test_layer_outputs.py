"""The layers a picture is followed through are those that the network computes with."""

from dataclasses import replace

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters.chapter import Chapter
from core.chapters.registry import chapter, chapters
from core.chapters.shared.predictor import Predictor
from core.inspect.layer_outputs import LayerOutputs, layer_outputs, merge_layers
from core.inspect.model_copy import ModelCopy
from core.nn import Linear, Module
from core.training.evaluator import Classification

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (28, 28)).astype(np.uint8)


CLASSIFIERS = [one for one in chapters() if isinstance(one.task.evaluator, Classification)]


@pytest.mark.parametrize("every", CLASSIFIERS, ids=lambda every: every.key)
def test_the_last_layer_is_what_the_network_says(every: Chapter) -> None:
    reader = Predictor(every, every.defaults(), ())
    sample = every.task.data(every.defaults()).test.inputs[0]
    probs, layers = reader.follow(sample)
    np.testing.assert_allclose(probs, reader.classify(sample[None])[0], atol=1e-5)
    last = every.task.probabilities(layers[-1].values.reshape(1, -1))[0]
    np.testing.assert_allclose(last, probs, atol=1e-5)
    assert len(layers) > 1, "every chapter's network has parts that can be followed"


def test_layers_on_the_same_weights_are_told_as_one() -> None:
    letters = chapter("letters")
    _, layers = Predictor(letters, letters.defaults(), ()).follow(PICTURE)
    few = merge_layers(layers)
    assert [one.values.shape for one in few] == [
        (32, 13, 13), (64, 6, 6), (128, 2, 2), (64,), (128,), (26,),
    ]  # fmt: skip
    assert few[0].words == ("3×3 kernels", "max-pool", "GELU")
    assert few[-1].words == ("neurons",), "scores, not probabilities"


def test_a_model_of_plain_functions_and_a_layer_used_twice_is_followed() -> None:
    class Twice(Module):
        def __init__(self) -> None:
            self.half = Linear(784, 784, rng=RNG)

        def forward(self, x: Tensor) -> Tensor:
            x = x.reshape(1, 784)
            return self.half(F.relu(self.half(x)) + x)

    scores, layers = layer_outputs(Twice(), np.ones((1, 1, 28, 28), np.float32))
    assert [one.path for one in layers] == ["reshape", "half", "relu", "add", "half#2"]
    assert [one.words for one in layers[1:4]] == [("neurons",), ("ReLU",), ("+",)]
    np.testing.assert_array_equal(layers[-1].values, scores.data[0])
    first, second = merge_layers(layers)
    assert first.words == ("neurons", "ReLU", "+") and second.path == "half#2"


@pytest.mark.parametrize("key", ["digits", "letters", "colour-lenet"])
def test_the_second_sample_is_followed_as_the_first_one_was(key: str) -> None:
    one = chapter(key)
    model = one.task.model(one.defaults(), RNG)
    model.eval()
    follow = LayerOutputs(model)
    shape = (1, 3, 32, 32) if key == "colour-lenet" else (1, 1, 28, 28)
    for _ in range(2):
        x = RNG.standard_normal(shape).astype(np.float32)
        scores, layers = follow(x)
        whole, traced = layer_outputs(model, x)
        np.testing.assert_array_equal(scores.data, whole.data)
        for layer, known in zip(layers, traced, strict=True):
            np.testing.assert_array_equal(layer.values, known.values)
            assert replace(layer, values=known.values) == known


def test_gradients_begin_where_a_trace_is_told_to() -> None:
    letters = chapter("letters")
    copy = ModelCopy(letters.task, letters.task.model(letters.defaults(), RNG))
    x = copy.encode(PICTURE[None])
    part, whole = copy.trace_from(x, "6"), copy.trace_encoded(x, {"6"})
    seed = np.ones(part.scores.shape, np.float32)
    np.testing.assert_array_equal(part.scores.data, whole.scores.data)
    ours, known = (one.gradients(one.scores, seed)(one["6"].output) for one in (part, whole))
    assert np.abs(known).max() > 0
    np.testing.assert_allclose(ours, known, rtol=1e-5, atol=1e-8)
    assert not part.gradients(part.scores, seed)(part.inputs[0]).any()
