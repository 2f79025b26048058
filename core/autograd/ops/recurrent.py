"""rnn, gru and lstm: one op for one layer over a whole sequence.

x is (T, N, I), a state (N, H), weight_ih (G·H, I), weight_hh (G·H, H), biases (G·H,) or None, with
G gates. Backpropagation through time stays inside the op.
"""

from typing import Any

import numpy as np

from core.autograd.operands import Array, Constant, Float
from core.autograd.tape import Needs, Result, op
from core.errors import ShapeError
from core.kernels.engine import kernel
from core.translation import tr

_ALL: Needs = (True,) * 7


@op
def rnn(
    x: Float, h0: Float, weight_ih: Float, weight_hh: Float, bias_ih: Float = None,
    bias_hh: Float = None, nonlinearity: Constant = "tanh",
    needs_input_grad: Needs = _ALL,
) -> Result:  # fmt: skip
    """hₜ = tanh(W·xₜ + b + U·hₜ₋₁ + c) for all t, or ReLU in place of tanh. → (T, N, H).

    Elman 1990. Raises ShapeError.
    """
    _check(1, x, weight_ih, weight_hh, bias_ih, bias_hh, h0=h0)
    if nonlinearity not in ("tanh", "relu"):
        raise ShapeError(
            tr("nonlinearity is “tanh” or “relu”, not “{nonlinearity}”").format(
                nonlinearity=nonlinearity
            )
        )
    biases = _or_zeros(weight_ih, bias_ih, bias_hh)
    return kernel("rnn")(
        x,
        h0,
        weight_ih,
        weight_hh,
        *biases,
        relu=nonlinearity == "relu",
        wants_x=needs_input_grad[0],
    )


@op
def gru(
    x: Float, h0: Float, weight_ih: Float, weight_hh: Float, bias_ih: Float = None,
    bias_hh: Float = None, needs_input_grad: Needs = _ALL,
) -> Result:  # fmt: skip
    """Gated recurrent unit, gates r, z, n as in torch (reset after the product). → (T, N, H).

    r, z = σ(W·x + b + U·h + c); n = tanh(W·x + b + r ∘ (U·h + c)); h′ = (1 − z) ∘ n + z ∘ h.
    Cho et al. 2014. Raises ShapeError.
    """
    _check(3, x, weight_ih, weight_hh, bias_ih, bias_hh, h0=h0)
    biases = _or_zeros(weight_ih, bias_ih, bias_hh)
    return kernel("gru")(x, h0, weight_ih, weight_hh, *biases, wants_x=needs_input_grad[0])


@op
def lstm(
    x: Float, h0: Float, c0: Float, weight_ih: Float, weight_hh: Float,
    bias_ih: Float = None, bias_hh: Float = None, needs_input_grad: Needs = _ALL,
) -> Result:  # fmt: skip
    """Long short-term memory, gates i, f, g, o. → (T + 1, N, H): outputs, then the last cell state.

    c′ = σ(f) ∘ c + σ(i) ∘ tanh(g); h′ = σ(o) ∘ tanh(c′), all four from W·x + b + U·h + c.
    Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000. Raises ShapeError.
    """
    _check(4, x, weight_ih, weight_hh, bias_ih, bias_hh, h0=h0, c0=c0)
    biases = _or_zeros(weight_ih, bias_ih, bias_hh)
    return kernel("lstm")(x, h0, c0, weight_ih, weight_hh, *biases, wants_x=needs_input_grad[0])


def _check(
    gates: int, x: Array, weight_ih: Array, weight_hh: Array, *biases: Array | None, **states: Array
) -> None:
    if not all(isinstance(a, np.ndarray) for a in (x, weight_ih, weight_hh, *states.values())):
        raise NotImplementedError(tr("the kernels of recurrent layers take arrays only"))
    if x.ndim != 3 or not len(x):
        raise ShapeError(
            tr("x {shape} must be (T, N, features) with at least one step").format(shape=x.shape)
        )
    hidden = weight_hh.shape[-1]
    wanted: dict[str, tuple[Any, tuple[int, ...]]] = {
        "weight_hh": (weight_hh, (gates * hidden, hidden)),
        "weight_ih": (weight_ih, (gates * hidden, x.shape[2])),
        **{name: (state, (x.shape[1], hidden)) for name, state in states.items()},
        **{name: (bias, (gates * hidden,))
           for name, bias in zip(("bias_ih", "bias_hh"), biases, strict=True) if bias is not None},
    }  # fmt: skip
    for name, (array, shape) in wanted.items():
        if array.shape != shape:
            raise ShapeError(
                tr("{name} {shape} should be {wanted} for x {x_shape}").format(
                    name=name, shape=array.shape, wanted=shape, x_shape=x.shape
                )
            )


def _or_zeros(weight: Array, *biases: Array | None) -> list[Array]:
    return [np.zeros(len(weight), weight.dtype) if bias is None else bias for bias in biases]
