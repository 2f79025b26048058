"""RNN, GRU and LSTM over whole sequences, with torch's parameter names and layouts."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from core.arguments import Count, validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.tensor import raw
from core.errors import ShapeError
from core.nn import init
from core.nn.module import Module, parameter, tensor
from core.translation import tr


class _Recurrent(Module):
    """`num_layers` recurrent layers, each fed with the outputs of the one below.

    Layer k has weight_ih_lk (G·H, inputs), weight_hh_lk (G·H, H) and, with `bias`, bias_ih_lk and
    bias_hh_lk (G·H,), all even in ±1/√H at first.
    """

    gates: ClassVar[int]

    @validate_arguments
    def __init__(
        self,
        input_size: Count,
        hidden_size: Count,
        num_layers: Count = 1,
        bias: bool = True,
        batch_first: bool = False,
        *,
        rng: np.random.Generator,
    ) -> None:
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        wide = self.gates * hidden_size
        for layer in range(num_layers):
            inputs = hidden_size if layer else input_size
            shapes = {"weight_ih": (wide, inputs), "weight_hh": (wide, hidden_size)}
            biases = {"bias_ih": (wide,), "bias_hh": (wide,)} if bias else {}
            for name, shape in {**shapes, **biases}.items():
                values = init.fan_in_uniform(rng, shape, hidden_size)
                setattr(self, f"{name}_l{layer}", parameter(values))

    @abstractmethod
    def _forward_layer(self, layer: int, x: Tensor, *states: Tensor) -> tuple[Tensor, list[Tensor]]:
        """One layer: (T, N, I) and its states (N, H) → outputs (T, N, H), last states (1, N, H)."""

    def _weights(self, layer: int) -> list[Tensor]:
        """Weights of one layer, then its biases if it has any."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")[: 4 if self.bias else 2]
        return [getattr(self, f"{name}_l{layer}") for name in names]

    def _forward_layers(
        self, x: Tensor, states: Sequence[Tensor] | None, count: int
    ) -> tuple[Tensor, list[Tensor]]:
        """All layers: outputs of the last one, and `count` last states (num_layers, N, H)."""
        x, kind = tensor(x), type(self).__name__
        if x.ndim != 3:
            raise ShapeError(
                tr("{kind}: x {shape} must have three axes").format(kind=kind, shape=x.shape)
            )
        if self.batch_first:
            x = x.swapaxes(0, 1)
        wanted = (self.num_layers, x.shape[1], self.hidden_size)
        if states is None:
            states = [Tensor(np.zeros(wanted, x.dtype))] * count
        elif not isinstance(states, tuple | list):
            raise ShapeError(
                tr("{kind}: hx must be a pair (h, c), each {wanted}").format(
                    kind=kind, wanted=wanted
                )
            )
        elif len(states) != count:
            raise ShapeError(
                tr("{kind}: {n} states; it has {count}").format(
                    kind=kind, n=len(states), count=count
                )
            )
        states = [_state(state, x.dtype) for state in states]
        for state in states:
            if state.shape != wanted:
                raise ShapeError(
                    tr("{kind}: state {shape} should be {wanted}").format(
                        kind=kind, shape=state.shape, wanted=wanted
                    )
                )
        last: list[list[Tensor]] = []
        for layer in range(self.num_layers):
            x, ends = self._forward_layer(layer, x, *(state[layer] for state in states))
            last.append(ends)
        joined = [F.cat([ends[k] for ends in last]) for k in range(count)]
        return (x.swapaxes(0, 1) if self.batch_first else x), joined


def _state(value: Any, dtype: np.dtype) -> Tensor:
    """A first state in the floats of the inputs, unless it is derived by."""
    state = tensor(value)
    derived = isinstance(state, Tensor) and (state.requires_grad or state.node is not None)
    if derived or dtype.kind != "f" or state.dtype == dtype:
        return state
    return Tensor(raw(state).astype(dtype))


class _OneState(_Recurrent):
    """A recurrent layer whose state is its output."""

    def forward(self, x: Tensor, hx: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x (T, N, I), hx (num_layers, N, H) or zeros → (T, N, H), (num_layers, N, H)."""
        output, (last,) = self._forward_layers(x, None if hx is None else [hx], 1)
        return output, last


class RNN(_OneState):
    """The plain recurrent layer, h′ = tanh(W·x + b + U·h + c), or ReLU in place of tanh.

    (T, N, I) → outputs (T, N, H) and last states (num_layers, N, H). With `batch_first`, x and the
    outputs are (N, T, …). Elman 1990.
    """

    gates = 1

    @validate_arguments
    def __init__(
        self,
        input_size: Count,
        hidden_size: Count,
        num_layers: Count = 1,
        nonlinearity: Literal["tanh", "relu"] = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        *,
        rng: np.random.Generator,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, rng=rng)
        self.nonlinearity: Literal["tanh", "relu"] = nonlinearity

    def _forward_layer(self, layer: int, x: Tensor, *states: Tensor) -> tuple[Tensor, list[Tensor]]:
        """One layer over the whole sequence."""
        y = F.rnn(x, *states, *self._weights(layer), nonlinearity=self.nonlinearity)
        return y, [y[-1:]]


class GRU(_OneState):
    """Gated recurrent units with gates r, z, n, reset after the product. Cho et al. 2014.

    (T, N, I) → outputs (T, N, H) and last states (num_layers, N, H). With `batch_first`, x and the
    outputs are (N, T, …).
    """

    gates = 3

    def _forward_layer(self, layer: int, x: Tensor, *states: Tensor) -> tuple[Tensor, list[Tensor]]:
        """One layer over the whole sequence."""
        y = F.gru(x, *states, *self._weights(layer))
        return y, [y[-1:]]


class LSTM(_Recurrent):
    """Long short-term memory with gates i, f, g, o. Hochreiter & Schmidhuber 1997.

    (T, N, I) → outputs (T, N, H) and the last (h, c), each (num_layers, N, H). With `batch_first`,
    x and the outputs are (N, T, …).
    """

    gates = 4

    def forward(
        self, x: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """x (T, N, I), hx = (h, c) or zeros → (T, N, H), the last (h, c)."""
        output, (h, c) = self._forward_layers(x, hx, 2)
        return output, (h, c)

    def _forward_layer(self, layer: int, x: Tensor, *states: Tensor) -> tuple[Tensor, list[Tensor]]:
        """One layer over the whole sequence."""
        y = F.lstm(x, *states, *self._weights(layer))
        return y[:-1], [y[-2:-1], y[-1:]]
