"""Layers, optimisers and engines refuse settings that they cannot take, when they are given."""

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import core.nn
from core import nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.higher_order import grad
from core.errors import LabError
from core.kernels.engine import kernel, set_engine, use_engine
from core.nn import init
from core.nn.arena import Arena
from core.optim import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    RMSprop,
    Schedule,
    clip_grad_norm_,
    clip_grad_value_,
)

NAN, INF = float("nan"), float("inf")
STRANGE: tuple[Any, ...] = (
    None, True, 0, 1, 2, -1, 1.5, -0.5, NAN, INF, -INF, 2**70, "a", b"a", (), (1,), (2, 2), (0, 1),
    (-1, 2), (1, 2, 3), [2, 2], ["a"], {}, object(), len, 1j, np.int64(2), np.float32(0.5),
    np.array([2, 2]), np.array(0.5), np.ones((2, 2)), np.random.default_rng(0), Tensor(np.ones(2)),
    np.random.RandomState(0), nn.ReLU(),
)  # fmt: skip


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _encoder_layer() -> nn.Module:
    return nn.TransformerEncoderLayer(4, 2, 3, rng=_rng())


def _decoder_layer() -> nn.Module:
    return nn.TransformerDecoderLayer(4, 2, 3, rng=_rng())


PICTURE, ROWS, TEXT = (2, 2, 6, 6), (3, 4), (2, 3, 4)
LAYERS: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "AdaptiveAvgPool1d": ({"output_size": 2}, TEXT),
    "AdaptiveAvgPool2d": ({"output_size": 2}, PICTURE),
    "AvgPool1d": ({"kernel_size": 2}, TEXT),
    "AvgPool2d": ({"kernel_size": 2}, PICTURE),
    "BatchNorm1d": ({"num_features": 4}, ROWS),
    "BatchNorm2d": ({"num_features": 2}, PICTURE),
    "Conv1d": ({"in_channels": 3, "out_channels": 3, "kernel_size": 2}, TEXT),
    "Conv2d": ({"in_channels": 2, "out_channels": 3, "kernel_size": 2}, PICTURE),
    "ConvTranspose1d": ({"in_channels": 3, "out_channels": 3, "kernel_size": 2}, TEXT),
    "ConvTranspose2d": ({"in_channels": 2, "out_channels": 3, "kernel_size": 2}, PICTURE),
    "Dropout": ({"p": 0.5}, ROWS),
    "Embedding": ({"num_embeddings": 4, "embedding_dim": 3}, ()),
    "Flatten": ({}, PICTURE),
    "ELU": ({}, ROWS),
    "GELU": ({}, ROWS),
    "GPT": ({"vocab_size": 5, "block_size": 4, "d_model": 4, "nhead": 2, "num_layers": 1}, ()),
    "GRU": ({"input_size": 4, "hidden_size": 3}, TEXT),
    "GroupNorm": ({"num_groups": 2, "num_channels": 2}, PICTURE),
    "LSTM": ({"input_size": 4, "hidden_size": 3}, TEXT),
    "LayerNorm": ({"normalized_shape": 4}, ROWS),
    "LeakyReLU": ({}, ROWS),
    "Linear": ({"in_features": 4, "out_features": 3}, ROWS),
    "LogSoftmax": ({}, ROWS),
    "MaxPool1d": ({"kernel_size": 2}, TEXT),
    "MaxPool2d": ({"kernel_size": 2}, PICTURE),
    "MultiheadAttention": ({"embed_dim": 4, "num_heads": 2}, TEXT),
    "RNN": ({"input_size": 4, "hidden_size": 3}, TEXT),
    "RMSNorm": ({"normalized_shape": 4}, ROWS),
    "ReLU": ({}, ROWS),
    "SiLU": ({}, ROWS),
    "Sigmoid": ({}, ROWS),
    "Softmax": ({}, ROWS),
    "Softplus": ({}, ROWS),
    "Tanh": ({}, ROWS),
    "TransformerBlock": ({"d_model": 4, "nhead": 2}, TEXT),
    "TransformerDecoder": ({"decoder_layer": _decoder_layer(), "num_layers": 2}, TEXT),
    "TransformerDecoderLayer": ({"d_model": 4, "nhead": 2, "dim_feedforward": 3}, TEXT),
    "TransformerEncoder": ({"encoder_layer": _encoder_layer(), "num_layers": 2}, TEXT),
    "TransformerEncoderLayer": ({"d_model": 4, "nhead": 2, "dim_feedforward": 3}, TEXT),
}


def test_every_layer_is_swept() -> None:
    kinds = {name for name in core.nn.__all__ if name not in ("Module", "Sequential")}
    assert set(LAYERS) == kinds


def _settings(kind: type, given: dict[str, Any]) -> dict[str, Any]:
    wants = inspect.signature(kind).parameters
    return {**given, "rng": _rng()} if "rng" in wants else dict(given)


def _input(shape: tuple[int, ...]) -> Tensor:
    if not shape:
        return Tensor(np.array([[0, 1, 2]]))
    return Tensor(np.linspace(-1, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape))


def _both(name: str, x: Any) -> tuple[Any, ...]:
    """What a layer is given: a decoder the same as target and as memory."""
    return (x, x) if name.startswith("TransformerDecoder") else (x,)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_made_and_computes_or_says_why_not(name: str) -> None:
    given, shape = LAYERS[name]
    kind = getattr(nn, name)
    plain = kind(**_settings(kind, given))
    plain(*_both(name, _input(shape)))
    for setting in inspect.signature(kind).parameters:
        for value in STRANGE:
            try:
                layer = kind(**{**_settings(kind, given), setting: value})
                with np.errstate(all="ignore"):
                    layer(*_both(name, _input(shape)))
            except LabError as error:
                assert str(error)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_takes_strange_inputs_or_says_why_not(name: str) -> None:
    given, shape = LAYERS[name]
    kind = getattr(nn, name)
    layer = kind(**_settings(kind, given))
    inputs = [*STRANGE, _input(shape).data.tolist(), np.ones((0, 4), np.float32), np.ones((9,) * 5)]
    for value in inputs:
        given_both = _both(name, value)
        for model in (layer, nn.Sequential(layer))[: 3 - len(given_both)]:
            with np.errstate(all="ignore"), contextlib.suppress(LabError):
                model(*given_both)


SIZES = [
    ("Linear", (0, 3)), ("Linear", (-1, 3)), ("Linear", (3, 0)), ("Linear", (1.5, 3)),
    ("Linear", ("3", 3)), ("Linear", (True, 3)), ("Conv2d", (0, 1, 3)), ("Conv2d", (1, 0, 3)),
    ("Conv2d", (1, 1, 0)), ("Conv2d", (1, 1, (3, -1))), ("Conv2d", (1, 1, 3, 0)),
    ("Conv2d", (1, 1, 3, 1, -1)), ("ConvTranspose2d", (1, 1, 2, 1, 0, -1)),
    ("Conv2d", (4, 4, 3, 1, 0, 0)), ("Conv2d", (4, 6, 3, 1, 0, 1, 4)), ("Conv1d", (3, 4, (2, 2))),
    ("Conv1d", (3, 4, 2, 1, 0, 1, 2)), ("ConvTranspose1d", (4, 6, 2, 1, 0, 0, 4)),
    ("Embedding", (0, 3)),
    ("RNN", (0, 3)), ("GRU", (3, 0)), ("LSTM", (3, 3, 0)), ("MultiheadAttention", (4, 0)),
    ("MultiheadAttention", (4, 3)), ("MultiheadAttention", (0, 1)), ("GPT", (0, 4, 4, 2, 1)),
    ("TransformerBlock", (4, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sizes"), SIZES)
def test_sizes_that_make_no_layer(name: str, sizes: tuple[Any, ...]) -> None:
    with pytest.raises(LabError):
        getattr(nn, name)(*sizes, rng=_rng())


REFUSED: dict[str, Callable[[], Any]] = {
    "BatchNorm1d(0)": lambda: nn.BatchNorm1d(0),
    "BatchNorm1d, eps": lambda: nn.BatchNorm1d(3, eps=-1.0),
    "BatchNorm1d, momentum": lambda: nn.BatchNorm1d(3, momentum=2.0),
    "LayerNorm(0)": lambda: nn.LayerNorm(0),
    "LayerNorm, eps": lambda: nn.LayerNorm(3, eps=NAN),
    "MaxPool2d(0)": lambda: nn.MaxPool2d(0),
    "AvgPool2d, stride": lambda: nn.AvgPool2d(2, 0),
    "Dropout(2)": lambda: nn.Dropout(2.0, rng=_rng()),
    "Dropout(NaN)": lambda: nn.Dropout(NAN, rng=_rng()),
    "GELU": lambda: nn.GELU("erf"),  # type: ignore[arg-type]
    "RNN": lambda: nn.RNN(2, 2, nonlinearity="gelu", rng=_rng()),  # type: ignore[arg-type]
    "a seed as rng": lambda: nn.Linear(2, 2, rng=0),  # type: ignore[arg-type]
    "no rng": lambda: nn.Linear(2, 2),  # type: ignore[call-arg]
    "Sequential of a list": lambda: nn.Sequential([nn.ReLU()]),  # type: ignore[arg-type]
    "Sequential of a function": lambda: nn.Sequential(F.relu),  # type: ignore[arg-type]
    "Sequential of a class": lambda: nn.Sequential(nn.ReLU),  # type: ignore[arg-type]
    "engine": lambda: set_engine("gpu"),  # type: ignore[arg-type]
    "engine of a block": lambda: use_engine("gpu").__enter__(),  # type: ignore[arg-type]
    "load_state_dict": lambda: nn.Linear(2, 2, rng=_rng()).load_state_dict([1]),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str) -> None:
    with pytest.raises(LabError):
        REFUSED[what]()


def test_a_missing_generator_is_explained() -> None:
    with pytest.raises(LabError, match=r"Linear: rng is missing.*np\.random\.default_rng\(0\)"):
        nn.Linear(2, 2)  # type: ignore[call-arg]


# -- optimisers -----------------------------------------------------------------------------------


def _arena() -> Arena:
    return Arena.adopt(nn.Linear(2, 2, rng=_rng()))


def _named(value: object) -> str:
    """A name that is the same in every process: no address."""
    return "object" if type(value) is object else str(value)


NOT_A_RATE = (NAN, INF, -INF, -0.1, "0.1", 1j, [0.1], True, object())
OPTIMISERS = pytest.mark.parametrize("make", [SGD, Adam, AdamW, RMSprop, Adagrad])


@OPTIMISERS
@pytest.mark.parametrize("value", NOT_A_RATE, ids=_named)
@pytest.mark.parametrize("setting", ["lr", "weight_decay", "l1", "momentum"])
def test_a_step_refuses_what_is_no_rate_and_moves_nothing(
    make: Any, setting: str, value: Any
) -> None:
    arena = _arena()
    optimizer = make(arena)
    arena.grad[:] = 1
    before = arena.theta.copy()
    with pytest.raises(LabError, match=setting):
        optimizer.step(**{"lr": 0.1, setting: value})
    assert np.array_equal(arena.theta, before) and optimizer.steps == 0


@OPTIMISERS
@pytest.mark.parametrize("value", NOT_A_RATE, ids=_named)
def test_the_rate_in_the_constructor_is_refused_there(make: Any, value: Any) -> None:
    with pytest.raises(LabError, match="lr"):
        make(_arena(), lr=value)


SETTINGS: dict[str, Callable[[], Any]] = {
    **{f"Adam, betas {b}": lambda b=b: Adam(_arena(), betas=b)  # type: ignore[misc]
       for b in ((1, 1), (0.9, 1.0), (-0.1, 0.9), (0.9,), (0.9, NAN), 0.9, "ab", (0.9, "a"), None)},
    **{f"{kind.__name__}, eps {eps}": lambda kind=kind, eps=eps: kind(_arena(), eps=eps)  # type: ignore[misc]
       for kind in (Adam, AdamW, RMSprop, Adagrad) for eps in (-1e-8, NAN, INF, "a", None)},
    **{f"RMSprop, alpha {a}": lambda a=a: RMSprop(_arena(), alpha=a)  # type: ignore[misc]
       for a in (-0.1, 1.5, NAN, "a")},
    "SGD, a number in place of a switch": lambda: SGD(_arena(), nesterov=0.1),  # type: ignore[arg-type]
    "SGD with no rate": lambda: SGD(_arena(), lr=None),  # type: ignore[arg-type]
    "AdamW, a negative decay": lambda: AdamW(_arena(), weight_decay=-0.1),
    **{f"clip_grad_norm_ {x}": lambda x=x: clip_grad_norm_(np.ones(3, np.float32), x)  # type: ignore[misc]
       for x in (-1.0, NAN, "a", None)},
    **{f"clip_grad_value_ {x}": lambda x=x: clip_grad_value_(np.ones(3, np.float32), x)  # type: ignore[misc]
       for x in (-1.0, NAN, "a", None)},
}  # fmt: skip


@pytest.mark.parametrize("what", SETTINGS)
def test_settings_of_optimisers(what: str) -> None:
    with pytest.raises(LabError):
        SETTINGS[what]()


@OPTIMISERS
def test_the_rate_of_the_constructor_serves_steps_that_say_none(make: Any) -> None:
    one, other = _arena(), _arena()
    for arena in (one, other):
        arena.grad[:] = 1
    make(one, lr=0.25).step()
    make(other).step(0.25)
    assert np.array_equal(one.theta, other.theta)


def test_batch_norm_without_momentum_keeps_the_mean_of_all_batches() -> None:
    layer = nn.BatchNorm1d(2, momentum=None)
    batches = np.random.default_rng(0).standard_normal((3, 5, 2)).astype(np.float32)
    for batch in batches:
        layer(Tensor(batch))
    means = np.mean([batch.mean(axis=0) for batch in batches], axis=0)
    spreads = np.mean([batch.var(axis=0, ddof=1) for batch in batches], axis=0)
    np.testing.assert_allclose(layer.running_mean.data, means, 1e-5)  # type: ignore[union-attr]
    np.testing.assert_allclose(layer.running_var.data, spreads, 1e-5)  # type: ignore[union-attr]


# -- kernels that no operation stands before -------------------------------------------------------


@pytest.mark.parametrize("name", ["sgd", "momentum", "adagrad", "rmsprop", "adam"])
def test_steps_refuse_vectors_that_do_not_fit(name: str) -> None:
    memories = {"sgd": 0, "adam": 2}.get(name, 1)
    numbers = {"sgd": (0.1,), "adagrad": (0.1, 1e-8), "rmsprop": (0.1, 0.9, 1e-8),
               "adam": (0.1, 0.9, 0.9, 0.5, 1e-8)}.get(name, (0.1, 0.9))  # fmt: skip
    right = [np.ones(8, np.float32) for _ in range(2 + memories)]
    with use_engine("fast"):
        kernel(name)(*right, *numbers)
        for place in range(1, len(right)):
            for wrong in (np.ones(4, np.float32), np.ones(8), np.ones((2, 4), np.float32)):
                with pytest.raises(LabError, match="one length and type"):
                    kernel(name)(*right[:place], wrong, *right[place + 1 :], *numbers)


def test_online_descent_refuses_arrays_that_do_not_fit() -> None:
    def zeros(*shape: int) -> Any:
        return np.zeros(shape, np.float32)

    weights, biases = [zeros(4, 3), zeros(2, 4)], [zeros(4), zeros(2)]
    x, targets = zeros(5, 3), zeros(5, 2)
    right = [weights, biases, ["relu", None], x, targets]
    wrongs: list[tuple[int, Any]] = [
        (0, [zeros(4, 3), zeros(2, 5)]),
        (0, [zeros(4, 2), zeros(2, 4)]),
        (1, [zeros(3), zeros(2)]),
        (3, zeros(5, 2)),
        (4, zeros(4, 2)),
        (4, zeros(5, 3)),
    ]
    with use_engine("fast"):
        descend = kernel("online_descent")
        descend(*right, 0.1, "squared_error")
        for place, wrong in wrongs:
            with pytest.raises(LabError, match="do not fit"):
                descend(*right[:place], wrong, *right[place + 1 :], 0.1, "squared_error")


# -- everything else that takes arguments ----------------------------------------------------------


OTHERS: dict[str, Callable[[], Any]] = {
    "backward from a word": lambda: F.sum(Tensor([1.0], requires_grad=True)).backward("a"),  # type: ignore[arg-type]
    "grad of a number": lambda: grad(3.0, []),  # type: ignore[arg-type]
    "grad by a number": lambda: grad(F.sum(Tensor([1.0], requires_grad=True)), [3]),  # type: ignore[list-item]
    "numpy's sum": lambda: np.sum(Tensor([1.0])),  # type: ignore[call-overload]
    "numpy's concatenate": lambda: np.concatenate([Tensor([1.0])]),  # type: ignore[call-overload]
    "a result into an array": lambda: np.add(Tensor([1.0]), 1, out=np.ones(1)),  # type: ignore[call-overload]
    "weights that are ragged": lambda: nn.Linear(2, 2, rng=_rng()).load_state_dict(
        {"weight": [[1], [1, 2]], "bias": [1, 2]}
    ),
    "an optimiser's state, none": lambda: SGD(_arena()).load_state_dict(None),  # type: ignore[arg-type]
    "an optimiser's state, words": lambda: SGD(_arena()).load_state_dict({"steps": "x"}),
    "an arena of words": lambda: Arena.adopt(nn.Linear(2, 2, rng=_rng()), "text"),
    "an arena of whole numbers": lambda: Arena.adopt(nn.Linear(2, 2, rng=_rng()), int),
    "a list that is clipped": lambda: clip_grad_norm_([1.0], 1.0),  # type: ignore[arg-type]
    "a module beside the last": lambda: nn.Sequential(nn.ReLU())[1],
    "a schedule that ends below zero": lambda: Schedule("exponential", total=10, end=-1.0),
    "first weights of a seed": lambda: init.kaiming_normal(0, (3, 2)),  # type: ignore[arg-type]
    "first weights of no number": lambda: init.xavier_uniform(_rng(), (0, 3)),
}


@pytest.mark.parametrize("what", OTHERS)
def test_everything_else_refuses_in_words(what: str) -> None:
    with pytest.raises(LabError):
        OTHERS[what]()
