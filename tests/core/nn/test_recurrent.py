"""Recurrent layers: their gates in plain sight, dropout between layers, random shapes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core import nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.gradcheck import gradcheck
from core.autograd.higher_order import grad
from core.errors import ArgumentError, ShapeError
from core.kernels.engine import use_engine

GATES = {"RNN": "h", "GRU": "rznh", "LSTM": "ifgoch"}
KINDS = pytest.mark.parametrize("kind", GATES)


def _layer(kind: str, *sizes: int, **options: Any) -> Any:
    return getattr(nn, kind)(*sizes, **options, rng=np.random.default_rng(0))


def _normal(*shape: int, dtype: type = np.float32) -> NDArray[Any]:
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(dtype)


@KINDS
@pytest.mark.parametrize("shape", [(4, 3, 5), (4, 5)])
@pytest.mark.parametrize("batch_first", [False, True])
def test_gates_have_names_shapes_and_the_output(
    kind: str, shape: tuple[int, ...], batch_first: bool
) -> None:
    layer = _layer(kind, 5, 7, 2, bidirectional=True, batch_first=batch_first)
    x = _normal(*shape)
    gates = layer.gates(x)
    places = [f"l{k}{direction}" for k in (0, 1) for direction in ("", "_reverse")]
    assert set(gates) == {f"{name}_{place}" for name in GATES[kind] for place in places}
    assert {gate.shape for gate in gates.values()} == {(*shape[:-1], 7)}
    output, _ = layer(Tensor(x))
    both = np.concatenate([gates["h_l1"].data, gates["h_l1_reverse"].data], axis=-1)
    np.testing.assert_allclose(both, output.data, rtol=2e-5, atol=2e-6)


def test_gates_of_a_gru_make_its_state() -> None:
    layer, first = _layer("GRU", 5, 7), _normal(1, 3, 7)
    gates = {name: gate.data for name, gate in layer.gates(_normal(4, 3, 5), first).items()}
    before = np.concatenate([first, gates["h_l0"][:-1]])
    mixed = (1 - gates["z_l0"]) * gates["n_l0"] + gates["z_l0"] * before
    np.testing.assert_allclose(mixed, gates["h_l0"], rtol=1e-6, atol=1e-6)
    assert gates["r_l0"].min() > 0 and gates["r_l0"].max() < 1


def test_gates_of_an_lstm_make_its_states() -> None:
    layer, first = _layer("LSTM", 5, 7), (_normal(1, 3, 7), _normal(1, 3, 7) / 2)
    found = layer.gates(_normal(4, 3, 5), first)
    i, f, g, o, c, h = (found[f"{name}_l0"].data for name in "ifgoch")
    np.testing.assert_allclose(
        f * np.concatenate([first[1], c[:-1]]) + i * g, c, rtol=1e-6, atol=1e-6
    )
    np.testing.assert_allclose(o * np.tanh(c), h, rtol=1e-6, atol=1e-6)


@KINDS
def test_gates_are_derivable_twice(kind: str) -> None:
    layer = _layer(kind, 2, 2, 2, bidirectional=True)
    for weights in layer.parameters():
        weights.data = weights.data.astype(np.float64)

    def inside(x: Tensor) -> Tensor:
        return F.cat(list(layer.gates(x).values()), dim=2)

    def slope(x: Tensor) -> Tensor:
        leaf = Tensor(x.data, requires_grad=True)
        return grad(F.sum(F.sin(inside(leaf))), [leaf])[0]

    x = _normal(3, 1, 2, dtype=np.float64)
    gradcheck(inside, x)
    leaf = Tensor(x, requires_grad=True)
    (first,) = grad(F.sum(F.sin(inside(leaf))), [leaf], create_graph=True)
    way = _normal(*x.shape, 1, dtype=np.float64)[..., 0]
    (second,) = grad(F.sum(first * way), [leaf])
    step = 1e-5
    quotient = (slope(Tensor(x + step * way)).data - slope(Tensor(x - step * way)).data) / 2 / step
    np.testing.assert_allclose(second.data, quotient, rtol=1e-5, atol=1e-7)


@KINDS
def test_two_layers_in_both_directions_have_second_derivatives(kind: str) -> None:
    """Fused kernels as in training; the rules run on Tensors through their textbook parts."""
    layer = _layer(kind, 2, 2, 2, bidirectional=True)
    for weights in layer.parameters():
        weights.data = weights.data.astype(np.float64)
    x = _normal(3, 2, 2, dtype=np.float64)

    def penalty(compute: Any) -> tuple[NDArray[Any], ...]:
        layer.zero_grad()
        leaf = Tensor(x, requires_grad=True)
        (slope,) = grad(F.sum(F.sin(compute(leaf))), [leaf], create_graph=True)
        F.sum(slope * slope).backward()
        return tuple(weights.grad.copy() for weights in layer.parameters())

    def in_parts(leaf: Tensor) -> Tensor:
        gates = layer.gates(leaf)
        return F.cat([gates["h_l1"], gates["h_l1_reverse"]], dim=2)

    whole, parts = penalty(lambda leaf: layer(leaf)[0]), penalty(in_parts)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-11)


@KINDS
def test_dropout_lies_between_layers_in_training_only(kind: str) -> None:
    layer, x = _layer(kind, 3, 4, 2, dropout=0.5), Tensor(_normal(5, 2, 3))
    plain = _layer(kind, 3, 4, 2)
    expected = plain(x)[0].data
    assert np.array_equal(layer.eval()(x)[0].data, expected)
    assert layer.differs_in_training and not plain.differs_in_training
    layer.train()
    once, again = layer(x)[0].data, layer(x)[0].data
    assert not np.array_equal(once, expected) and not np.array_equal(once, again)
    single = _layer(kind, 3, 4, dropout=0.5)
    assert np.array_equal(single(x)[0].data, _layer(kind, 3, 4)(x)[0].data)


@KINDS
def test_everything_dropped_leaves_a_layer_fed_with_zeros(kind: str) -> None:
    layer, x = _layer(kind, 3, 4, 2, dropout=1.0), Tensor(_normal(5, 2, 3))
    alone = _layer(kind, 4, 4)
    alone.load_state_dict(
        {name.replace("l1", "l0"): w for name, w in layer.state_dict().items() if "l1" in name}
    )
    expected, _ = alone(Tensor(np.zeros((5, 2, 4), np.float32)))
    np.testing.assert_array_equal(layer(x)[0].data, expected.data)


@KINDS
def test_dropout_keeps_the_mean(kind: str) -> None:
    layer, x = _layer(kind, 3, 4, 2, dropout=0.25), np.ones((1, 20_000, 3), np.float32)
    below, _ = layer._forward_layer("l0", Tensor(x), *[Tensor(np.zeros((20_000, 4), np.float32))]
                                    * (2 if kind == "LSTM" else 1))  # fmt: skip
    dropped = layer._drop(below).data
    assert abs(np.mean(dropped == 0) - 0.25) < 0.01
    np.testing.assert_allclose(dropped.mean(axis=1), below.data.mean(axis=1), rtol=0.03)


def test_looking_at_gates_draws_nothing() -> None:
    layer, x = _layer("GRU", 3, 4, 2, dropout=0.5), _normal(5, 2, 3)
    state = layer._rng.bit_generator.state
    layer.gates(x)
    assert layer._rng.bit_generator.state == state


def test_a_numpy_array_in_float64_is_looked_at_in_the_floats_of_the_layer() -> None:
    assert _layer("GRU", 3, 4).gates(_normal(5, 2, 3, dtype=np.float64))["r_l0"].dtype == np.float32


def test_misfits_of_gates_are_named() -> None:
    layer = _layer("LSTM", 3, 4)
    with pytest.raises(ShapeError, match="at least one step"):
        layer.gates(np.zeros((0, 2, 3), np.float32))
    with pytest.raises(ShapeError, match=r"LSTM: hx must be a pair \(h, c\)"):
        layer.gates(_normal(5, 2, 3), _normal(1, 2, 4))
    with pytest.raises(ShapeError, match="1 states; it has 2"):
        layer.gates(_normal(5, 2, 3), (_normal(1, 2, 4),))
    with pytest.raises(ArgumentError, match=r"dropout is 1\.5"):
        _layer("GRU", 3, 4, 2, dropout=1.5)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(list(GATES)), st.integers(1, 6), st.integers(1, 5), st.integers(1, 9),
       st.integers(1, 20), st.integers(1, 3), st.booleans(), st.booleans(),
       st.booleans())  # fmt: skip
def test_random_shapes_on_both_engines_against_float64(
    kind: str, steps: int, samples: int, inputs: int, hidden: int, layers: int, bidirectional: bool,
    batch_first: bool, bias: bool,
) -> None:  # fmt: skip
    layer = _layer(kind, inputs, hidden, layers, bidirectional=bidirectional,
                   batch_first=batch_first, bias=bias)  # fmt: skip
    shape = (samples, steps) if batch_first else (steps, samples)
    x = _normal(*shape, inputs)
    upstream = _normal(*shape, hidden * (1 + bidirectional))
    found = []
    for engine, dtype in (
        ("reference", np.float64),
        ("reference", np.float32),
        ("fast", np.float32),
    ):
        for weights in layer.parameters():
            weights.data, weights.grad = weights.data.astype(dtype), None
        leaf = Tensor(x.astype(dtype), requires_grad=True)
        with use_engine(engine):  # type: ignore[arg-type]
            output, last = layer(leaf)
            output.backward(upstream)
        ends = last if isinstance(last, tuple) else (last,)
        slopes = [weights.grad for weights in layer.parameters()]
        found.append([output.data, *(end.data for end in ends), leaf.grad, *slopes])
    exact, *others = found
    for other in others:
        for one, truth in zip(other, exact, strict=True):
            assert one.dtype == np.float32 and one.shape == truth.shape
            np.testing.assert_allclose(one, truth, rtol=2e-4, atol=2e-5)
