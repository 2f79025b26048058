"""RNN, GRU and LSTM over whole sequences, with torch's parameter names and layouts."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from core.arguments import Count, UnitInterval, validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.decompositions import gru_step, lstm_step, rnn_step
from core.autograd.tensor import raw
from core.errors import ShapeError
from core.nn import init
from core.nn.dropout import draw_kept
from core.nn.module import Module, parameter, tensor
from core.translation import tr


class _Recurrent(Module):
    """`num_layers` recurrent layers, each fed with the outputs of the one below.

    Layer k has weight_ih_lk (G·H, inputs), weight_hh_lk (G·H, H) and, with `bias`, bias_ih_lk and
    bias_hh_lk (G·H,), all even in ±1/√H at first. With `bidirectional` a second set, “_reverse”,
    goes from the last step to the first; the outputs of both lie side by side, so that D = 2 and
    the next layer has 2·H inputs. `dropout` is the share of numbers zeroed between two layers in
    training; `rng` draws them.
    """

    _blocks: ClassVar[int]
    """G, how many blocks of H rows a weight has."""
    _states: ClassVar[tuple[str, ...]] = ("h",)
    """What a step hands on to the next, by its name in `gates`."""
    _step: ClassVar[Callable[..., dict[str, Tensor]]]

    @validate_arguments
    def __init__(
        self,
        input_size: Count,
        hidden_size: Count,
        num_layers: Count = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: UnitInterval = 0.0,
        bidirectional: bool = False,
        *,
        rng: np.random.Generator,
    ) -> None:
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self._rng = rng if dropout else None
        wide = self._blocks * hidden_size
        for layer in range(num_layers):
            inputs = hidden_size * len(self._directions) if layer else input_size
            shapes = {"weight_ih": (wide, inputs), "weight_hh": (wide, hidden_size)}
            biases = {"bias_ih": (wide,), "bias_hh": (wide,)} if bias else {}
            for direction in self._directions:
                for name, shape in {**shapes, **biases}.items():
                    values = init.fan_in_uniform(rng, shape, hidden_size)
                    setattr(self, f"{name}_l{layer}{direction}", parameter(values))

    @property
    def differs_in_training(self) -> bool:  # type: ignore[override]
        """Whether anything is dropped between layers in training."""
        return self.dropout > 0 and self.num_layers > 1

    def gates(self, input: Any, hx: Any = None) -> dict[str, Tensor]:
        """What every gate said and every state was, at each time step, by name.

        Takes what forward() takes. Names are those of the gates and states with the layer, as in
        the parameters: “r_l0”, “h_l1_reverse”. Each is (T, N, H), or (N, T, H) with `batch_first`,
        or (T, H) of one sequence; step t belongs to input t, in both directions. Gates are those
        after their sigmoid or tanh. The “h” of the last layer, both directions side by side, is
        the output of forward() in eval mode.

        Computed in plain operations, slower than forward(), and differentiable by inputs, states
        and parameters. Nothing is dropped, so no random number is drawn. `core.inspect.capture`
        shows these as the inside of the layer. Raises ShapeError as forward() does.
        """
        (given,) = self._as_parameters((tensor(input),))
        x, states, one = self._prepare(given, self._given(hx))
        if not len(x):
            raise ShapeError(
                tr("{kind}: x {shape} must have at least one step").format(
                    kind=type(self).__name__, shape=x.shape
                )
            )
        found: dict[str, Tensor] = {}
        for layer in range(self.num_layers):
            outputs = []
            for side, direction in enumerate(self._directions):
                row = layer * len(self._directions) + side
                steps = self._steps(f"l{layer}{direction}", x, [state[row] for state in states])
                for name in steps[0]:
                    whole = F.stack([step[name] for step in steps])
                    found[f"{name}_l{layer}{direction}"] = whole
                outputs.append(found[f"h_l{layer}{direction}"])
            x = _side_by_side(outputs)
        return {name: self._as_came(value, one) for name, value in found.items()}

    def _steps(self, place: str, x: Tensor, states: list[Tensor]) -> list[dict[str, Tensor]]:
        """The gates and states of one layer in one direction, by the place of their input."""
        order = range(len(x))
        steps: dict[int, dict[str, Tensor]] = {}
        for t in reversed(order) if place.endswith("_reverse") else order:
            steps[t] = type(self)._step(x[t], *states, *self._weights(place), **self._options())
            states = [steps[t][name] for name in self._states]
        return [steps[t] for t in order]

    def _options(self) -> dict[str, Any]:
        """What one step takes besides numbers."""
        return {}

    @abstractmethod
    def _forward_layer(self, place: str, x: Tensor, *states: Tensor) -> tuple[Tensor, list[Tensor]]:
        """One layer: (T, N, I) and its states (N, H) → outputs (T, N, H), last states (1, N, H).

        `place` is the end of its parameters' names.
        """

    @property
    def _directions(self) -> tuple[str, ...]:
        """The ends of the names of a layer's parameters, the forward direction first."""
        return ("", "_reverse") if self.bidirectional else ("",)

    def _weights(self, place: str) -> list[Any]:
        """Weights of one layer, then its biases or None."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")[: 4 if self.bias else 2]
        return [getattr(self, f"{name}_{place}") for name in names]

    def _forward_layers(self, input: Any, hx: Any) -> tuple[Tensor, list[Tensor]]:
        """All layers: outputs of the last one, and the last states (num_layers·D, N, H)."""
        x, states, one = self._prepare(tensor(input), self._given(hx))
        last: list[list[Tensor]] = []
        for layer in range(self.num_layers):
            x = self._drop(x) if layer else x
            outputs = []
            for direction in self._directions:
                before = [state[len(last)] for state in states]
                turned = x[::-1] if direction else x
                y, ends = self._forward_layer(f"l{layer}{direction}", turned, *before)
                outputs.append(y[::-1] if direction else y)
                last.append(ends)
            x = _side_by_side(outputs)
        joined = [F.cat([ends[k] for ends in last]) for k in range(len(self._states))]
        return self._as_came(x, one), [state[:, 0] for state in joined] if one else joined

    def _drop(self, x: Tensor) -> Tensor:
        """The outputs of a layer on their way to the next."""
        if not self.training or self._rng is None:
            return x
        return F.dropout(x, draw_kept(self._rng, x.shape, self.dropout), self.dropout)

    def _given(self, hx: Any) -> Sequence[Any] | None:
        """First states in a list. Raises ShapeError where there are not as many as there must be.

        Of one state, hx is the state itself.
        """
        kind, count = type(self).__name__, len(self._states)
        if hx is None or count == 1:
            return hx if hx is None else [hx]
        if not isinstance(hx, tuple | list):
            raise ShapeError(tr("{kind}: hx must be a pair (h, c)").format(kind=kind))
        if len(hx) != count:
            raise ShapeError(
                tr("{kind}: {n} states; it has {count}").format(kind=kind, n=len(hx), count=count)
            )
        return hx

    def _prepare(
        self, x: Any, states: Sequence[Any] | None
    ) -> tuple[Tensor, Sequence[Tensor], bool]:
        """Inputs (T, N, I), states (num_layers·D, N, H) each, and whether it is one sequence."""
        kind = type(self).__name__
        if x.ndim not in (2, 3):
            raise ShapeError(
                tr("{kind}: x {shape} must have three axes, or two for one sequence").format(
                    kind=kind, shape=x.shape
                )
            )
        one = x.ndim == 2
        if one:
            x = x[:, None]
        elif self.batch_first:
            x = x.swapaxes(0, 1)
        wanted = (self.num_layers * len(self._directions), x.shape[1], self.hidden_size)
        if states is None:
            return x, [Tensor(np.zeros(wanted, x.dtype))] * len(self._states), one
        found = [_state(state, x.dtype) for state in states]
        shape = (wanted[0], wanted[2]) if one else wanted
        for state in found:
            if state.shape != shape:
                raise ShapeError(
                    tr("{kind}: state {shape} should be {wanted}").format(
                        kind=kind, shape=state.shape, wanted=shape
                    )
                )
        return x, [state[:, None] for state in found] if one else found, one

    def _as_came(self, y: Tensor, one: bool) -> Tensor:
        """(T, N, H) with the axes of the input."""
        if one:
            return y[:, 0]
        return y.swapaxes(0, 1) if self.batch_first else y


def _side_by_side(outputs: list[Tensor]) -> Tensor:
    """The outputs of all directions along the last axis."""
    return outputs[0] if len(outputs) == 1 else F.cat(outputs, dim=2)


def _state(value: Any, dtype: np.dtype) -> Tensor:
    """A first state in the floats of the inputs, unless it is derived by."""
    state = tensor(value)
    derived = isinstance(state, Tensor) and (state.requires_grad or state.node is not None)
    if derived or dtype.kind != "f" or state.dtype == dtype:
        return state
    return Tensor(raw(state).astype(dtype))


class _OneState(_Recurrent):
    """A recurrent layer whose state is its output."""

    def forward(self, input: Tensor, hx: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(T, N, I), hx (num_layers·D, N, H) or zeros → (T, N, D·H), (num_layers·D, N, H).

        With `batch_first` the input and output are (N, T, …). One sequence, (T, I) with hx
        (num_layers·D, H), gives (T, D·H) and (num_layers·D, H). Raises ShapeError.
        """
        output, (last,) = self._forward_layers(input, hx)
        return output, last


class RNN(_OneState):
    """The plain recurrent layer, h′ = tanh(W·x + b + U·h + c), or ReLU in place of tanh.

    (T, N, I) → outputs (T, N, D·H) and last states (num_layers·D, N, H), with D = 2 if
    `bidirectional`, 1 otherwise. With `batch_first`, x and the outputs are (N, T, …). Elman 1990.
    """

    _blocks = 1
    _step = staticmethod(rnn_step)

    @validate_arguments
    def __init__(
        self,
        input_size: Count,
        hidden_size: Count,
        num_layers: Count = 1,
        nonlinearity: Literal["tanh", "relu"] = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: UnitInterval = 0.0,
        bidirectional: bool = False,
        *,
        rng: np.random.Generator,
    ) -> None:
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, rng=rng
        )
        self.nonlinearity: Literal["tanh", "relu"] = nonlinearity

    def _options(self) -> dict[str, Any]:
        return {"nonlinearity": self.nonlinearity}

    def _forward_layer(self, place: str, x: Tensor, *states: Tensor) -> tuple[Tensor, list[Tensor]]:
        """One layer over the whole sequence."""
        y = F.rnn(x, *states, *self._weights(place), nonlinearity=self.nonlinearity)
        return y, [y[-1:]]


class GRU(_OneState):
    """Gated recurrent units with gates r, z, n, reset after the product. Cho et al. 2014.

    (T, N, I) → outputs (T, N, D·H) and last states (num_layers·D, N, H), with D = 2 if
    `bidirectional`, 1 otherwise. With `batch_first`, x and the outputs are (N, T, …).
    """

    _blocks = 3
    _step = staticmethod(gru_step)

    def _forward_layer(self, place: str, x: Tensor, *states: Tensor) -> tuple[Tensor, list[Tensor]]:
        """One layer over the whole sequence."""
        y = F.gru(x, *states, *self._weights(place))
        return y, [y[-1:]]


class LSTM(_Recurrent):
    """Long short-term memory with gates i, f, g, o. Hochreiter & Schmidhuber 1997.

    (T, N, I) → outputs (T, N, D·H) and the last (h, c), each (num_layers·D, N, H), with D = 2 if
    `bidirectional`, 1 otherwise. With `batch_first`, x and the outputs are (N, T, …).
    """

    _blocks = 4
    _states = ("h", "c")
    _step = staticmethod(lstm_step)

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """(T, N, I), hx = (h, c) or zeros → (T, N, D·H), the last (h, c).

        h and c are (num_layers·D, N, H). With `batch_first` the input and output are (N, T, …).
        One sequence (T, I) has states (num_layers·D, H) and gives (T, D·H). Raises ShapeError.
        """
        output, (h, c) = self._forward_layers(input, hx)
        return output, (h, c)

    def _forward_layer(self, place: str, x: Tensor, *states: Tensor) -> tuple[Tensor, list[Tensor]]:
        """One layer over the whole sequence."""
        y = F.lstm(x, *states, *self._weights(place))
        return y[:-1], [y[-2:-1], y[-1:]]
