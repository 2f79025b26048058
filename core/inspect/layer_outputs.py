"""The output of every layer for one sample."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.formatting import tr_format
from core.inspect.capture import inner_values
from core.inspect.features.receptive_field import ReceptiveField, receptive_fields
from core.inspect.model_copy import samples_first
from core.inspect.trace import Call, Trace, is_layer, trace
from core.nn import Conv2d, Module, Sequential
from core.nn.normalization import BatchNorm1d, BatchNorm2d, LayerNorm
from core.translation import tr

_SHARES = ("LogSoftmax", "Softmax", "log_softmax", "softmax")
_RESHAPES = ("Flatten", "Dropout", "flatten", "reshape", "permute", "getitem", "dropout", "squeeze")
_PLAIN = {
    "Linear": "neurons", "linear": "neurons", "MaxPool2d": "max-pool", "max_pool2d": "max-pool",
    "Flatten": "flatten", "LogSoftmax": "log-softmax", "log_softmax": "log-softmax",
    "relu": "ReLU", "gelu": "GELU", "MultiheadAttention": "attention", "add": "+", "mul": "×",
}  # fmt: skip
"""What people call some layers and operations."""
_INSIDE = {
    "weights": "attention weights", "r": "reset gate", "z": "update gate", "n": "new state",
    "i": "input gate", "f": "forget gate", "g": "cell gate", "o": "output gate",
    "h": "hidden state", "c": "cell state",
}  # fmt: skip
"""What people call the inside of attention and recurrence, by the first part of its name."""


@dataclass(frozen=True)
class LayerOutput:
    """`values` are maps (C, H, W), a sequence (T, F) or numbers (N,), what came out of `path`.

    `words` say how, in order. `has_weights`: with weights of its own that mix what came in.
    `shares`: the scores were only turned into (logarithms of) probabilities. `reshapes`: the
    numbers were merely put in another shape. `reach`: what each number of maps sees of the
    picture; None for what sees all of it. `path` is that of the weights. `inside`: it tells of what
    happened in the next layer, as weights of attention and gates do.
    """

    words: tuple[str, ...]
    values: NDArray[np.float32]
    has_weights: bool = False
    shares: bool = False
    reshapes: bool = False
    reach: ReceptiveField | None = None
    path: str = ""
    inside: bool = False


class LayerOutputs:
    """The outputs of a network that stays as it is, for one sample after the other.

    Where it is one layer after the other, the first sample tells so, and the others of its shape
    go from layer to layer without being traced.
    """

    def __init__(self, model: Module) -> None:
        self._model = model
        self._steps: tuple[_Step, ...] | None = None
        self._shape: tuple[int, ...] = ()

    def __call__(self, x: NDArray[Any]) -> tuple[Tensor, list[LayerOutput]]:
        """The output of the network for one sample (1, …), and that of every layer in it."""
        if self._shape != x.shape:
            output, layers = layer_outputs(self._model, x)
            self._shape, self._steps = x.shape, self._in_line(x, layers)
            return output, layers
        if self._steps is None:
            return layer_outputs(self._model, x)
        here, made = Tensor(x), []
        with no_grad():
            for step in self._steps:
                here = step.module(here)
                values = np.array(here.data[0], np.float32)
                word = _word(step.module, type(step.module).__name__)
                made.append(LayerOutput((word,), values, *step.rest))
        return here, made

    def _in_line(self, x: NDArray[Any], layers: list[LayerOutput]) -> "tuple[_Step, ...] | None":
        """The modules that made these layers, if nothing else happens; None where it does."""
        parts = list(_in_line(self._model, ""))
        names = [path for path, _ in parts]
        plain = x.dtype.kind == "f" and [layer.path for layer in layers] == names
        if not plain or any(layer.inside for layer in layers):
            return None
        if not all(is_layer(part) and part._forward_hooks is None for _, part in parts):
            return None
        if any(getattr(part, "batch_first", None) is not None for _, part in parts):
            return None  # recurrence and attention return more than one thing
        here = Tensor(x)
        with no_grad():
            for _, part in parts:
                here = part(here)
                if here.shape[:1] != (1,):
                    return None  # the sample does not come first
        return tuple(
            _Step(part, (one.has_weights, one.shares, one.reshapes, one.reach, one.path))
            for (_, part), one in zip(parts, layers, strict=True)
        )


@dataclass(frozen=True)
class _Step:
    """A module, and what is known of its output behind the words and the values."""

    module: Module
    rest: tuple[Any, ...]


def _in_line(module: Module, path: str) -> Iterator[tuple[str, Module]]:
    """The modules of Sequentials within each other, by path."""
    if type(module) is not Sequential or module._forward_hooks is not None:
        yield path, module
        return
    for name, part in module.children():
        yield from _in_line(part, f"{path}.{name}" if path else name)


def layer_outputs(model: Module, x: Any) -> tuple[Tensor, list[LayerOutput]]:
    """The output of the network for one sample (1, …), and that of every layer and operation.

    `x` is an array, or a tuple of them for a network with several inputs.
    """
    seen = trace(model, x)
    fields = receptive_fields(seen)
    used = _used(seen)
    layers = []
    for call in seen.links:
        if call.path in used and call.output.dtype.kind == "f":
            layers += [_inner(call, name, values, seen) for name, values in inner_values(call)]
            own = samples_first(call.output.data, seen, call)[0]
            layers.append(_layer(call, own, fields.get(id(call.output))))
    return seen.output, layers


def _inner(call: Call, name: str, values: NDArray[Any], seen: Trace) -> LayerOutput:
    one = np.array(samples_first(values, seen, call)[0], np.float32)
    kind, _, place = name.partition("_")
    word = _INSIDE.get(kind, name)
    if place not in ("", "l0"):
        word = tr_format("{word}, {place}", word=tr(word), place=place)
    return LayerOutput((word,), one, path=f"{call.path}.{name}", inside=True)


def _used(seen: Trace) -> set[str]:
    """The links that the result depends on; what is computed and thrown away is no layer."""
    found: set[str] = set()
    waiting = [seen.output]
    links = {id(out): call for call in seen.links for out in call.outputs}
    kept: set[int] = set()
    while waiting:
        here = waiting.pop()
        if id(here) in kept:
            continue
        kept.add(id(here))
        call = seen.maker(here) or links.get(id(here))
        if call is not None:
            found.add(call.path)
            waiting += call.inputs
    through = [call for call in seen.links if any(out is x for out in call.outputs
               for x in call.inputs)]  # fmt: skip
    found.update(call.path for call in through if id(call.output) in kept)
    return found


def merge_layers(layers: Sequence[LayerOutput]) -> list[LayerOutput]:
    """One layer for all that follows on the same weights: kernels with their pool and activation.

    What comes before the first weights joins them; a last step from scores to probabilities is
    left out.
    """
    groups: list[list[LayerOutput]] = []
    group: list[LayerOutput] | None = None
    for layer in layers[:-1] if layers and layers[-1].shares else layers:
        if layer.inside:
            groups.append([layer])
            continue
        if group is None or (layer.has_weights and any(one.has_weights for one in group)):
            group = []
            groups.append(group)
        group.append(layer)
    return [one[0] if one[0].inside else _joined(one) for one in groups]


def _joined(group: Sequence[LayerOutput]) -> LayerOutput:
    """As the last of them left it; merely turning maps into a row hides nothing worth seeing."""
    words = tuple(word for layer in group if not layer.reshapes for word in layer.words)
    seen = [layer for layer in group if not layer.reshapes] or group
    path = next((layer.path for layer in group if layer.has_weights), seen[-1].path)
    return LayerOutput(
        words or group[0].words, seen[-1].values, True, reach=seen[-1].reach, path=path
    )


def _layer(call: Call, y: NDArray[Any], reach: ReceptiveField | None) -> LayerOutput:
    weighs = call.module is not None and any(
        parameter.ndim > 1 for parameter in call.module.parameters()
    )
    return LayerOutput(
        words=(_word(call.module, call.kind),),
        values=np.array(y, np.float32),
        has_weights=weighs,
        shares=call.kind in _SHARES,
        reshapes=call.kind in _RESHAPES,
        reach=reach if y.ndim == 3 else None,
        path=call.path,
    )


def _word(module: Module | None, name: str) -> str:
    match module:
        case Conv2d() as part:
            high, wide = part.weight.shape[2:]
            return tr_format("{high}×{wide} kernels", high=high, wide=wide)
        case BatchNorm1d() | BatchNorm2d() | LayerNorm():
            return "normalised"
    if name in _PLAIN:
        return _PLAIN[name]
    return name if name.isupper() or name == "ReLU" else name.lower()
