"""Forward and backward pass of one picture with all values and gradients.

found = forward_backward(run, knobs, picture, label)
found.stages[3].values, found.stages[3].gradient      what came out, and the slope of the loss by it

Nothing here touches the run: a copy of its network computes, part by part, as in use.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd.ops.convolution import edges, pair, reach
from core.inspect.features.receptive_field import moving_window
from core.inspect.model_copy import ModelCopy, samples_first
from core.inspect.trace import Call, Trace
from core.knobs import Knobs
from core.nn import AvgPool2d, Conv2d, MaxPool2d
from core.nn.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, RMSNorm
from core.training.trainer import Trainer

Array = NDArray[np.float32]
Edges = tuple[tuple[int, int], tuple[int, int]]

_NOTHING: Edges = ((0, 0), (0, 0))
_SUMS = ("conv2d", "linear")


@dataclass(frozen=True)
class LayerPass:
    """One part of a network, or the loss behind it.

    `op` is the operation that computed it, as in `OPS`; empty where several did, or none. `values`
    and `gradient` are (C, H, W), (T, F), (N,) or (): what it hands on, and the slope of the loss by
    that. `weight`, `bias` and their slopes belong to this picture alone. `size` and `stride` (down,
    right), `around` ((above, below), (left, right)) and `apart`, the steps within, tell of windows;
    in `groups` are the units of a convolution, each looking at its share of the maps. `option` is
    the number, or word, that an activation function may be told. `mean` and `spread` (C,)
    are what a normalisation takes away and divides by. `sources` are the numbers of the stages
    whose values came in, −1 for the sample itself; several where branches come together.
    """

    path: str
    name: str
    op: str
    values: Array
    gradient: Array
    weight: Array | None = None
    bias: Array | None = None
    d_weight: Array | None = None
    d_bias: Array | None = None
    size: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    around: Edges = _NOTHING
    apart: tuple[int, int] = (1, 1)
    groups: int = 1
    option: float | str | None = None
    mean: Array | None = None
    spread: Array | None = None
    sources: tuple[int, ...] = (-1,)

    @property
    def reach(self) -> tuple[int, int]:
        """From the first to the last number of a window, down and across."""
        return reach(self.size, self.apart)

    def channels(self, unit: int) -> slice:
        """Which of the maps that come in a unit of a convolution looks at."""
        if self.weight is None or self.weight.ndim < 4:
            return slice(None)
        first = self.weight.shape[1] * (unit // max(len(self.weight) // self.groups, 1))
        return slice(first, first + self.weight.shape[1])

    @property
    def maps(self) -> Array:
        """`values` as maps (C, H, W); each of a row of numbers is a map of one pixel."""
        return as_maps(self.values)

    @property
    def slopes(self) -> Array:
        """`gradient` as maps (C, H, W)."""
        return as_maps(self.gradient)


@dataclass(frozen=True)
class NetworkPass:
    """A sample's whole way. `picture` is what the network receives and `slope` the gradient of
    the loss by it, of a picture (C, H, W); the last of `stages` is the loss against `label`, −1
    where the target is no class.

    `probs` (classes,) are its probabilities, `step` the mini-batch after which it was asked.
    """

    step: int
    picture: Array
    slope: Array
    stages: tuple[LayerPass, ...]
    label: int
    probs: Array
    guessed: bool = field(default=False)

    def source(self, number: int) -> int:
        """Which stage hands on what stage `number` receives, of several the first; −1 for none."""
        return self.stages[number].sources[0]

    def inputs(self, number: int) -> Array:
        """What stage `number` receives, of several the first."""
        before = self.source(number)
        return self.picture if before < 0 else self.stages[before].values

    def slopes(self, number: int) -> Array:
        """The gradient of the loss by what stage `number` receives."""
        before = self.source(number)
        return self.slope if before < 0 else self.stages[before].gradient

    @property
    def loss(self) -> float:
        """How wrong the network is about this picture."""
        return float(self.stages[-1].values)


def as_maps(values: Array) -> Array:
    """(C, H, W) of maps, of a sequence (T, F), of a row of numbers (N,) or of a single one."""
    if values.ndim < 2:
        return values.reshape(-1, 1, 1)
    return values if values.ndim == 3 else values.reshape(-1, *values.shape[-2:])


def forward_backward(
    run: Trainer, knobs: Knobs, picture: NDArray[Any], label: int | NDArray[Any] | None
) -> NetworkPass:
    """Follow one sample forward and backward; without a label, or target, against the guess."""
    network = ModelCopy(run.task, run.model, knobs, frozen=False)
    seen = network.trace(picture[None])
    probs = network.probs_of(seen.output.data)[0]
    wanted = _target(network, seen.output.data, label)
    loss = run.task.loss(seen.output, wanted, knobs)
    by = seen.gradients(loss)
    fields: list[LayerPass] = []
    numbers: dict[int, int] = {id(x): -1 for x in seen.inputs}
    needed = _needed(seen, loss)
    for call in seen.links:
        if any(id(out) in needed for out in call.outputs):
            sources = tuple(dict.fromkeys(numbers.get(id(x), -1) for x in call.inputs))
            fields.append(_stage(seen, call, sources or (-1,), by))
            numbers |= {id(out): len(fields) - 1 for out in call.outputs}
    last = numbers.get(id(seen.output), len(fields) - 1)
    end = loss.node
    fields.append(
        LayerPass(
            "", "loss", end.op if end else "", _one(loss.data), np.ones((), np.float32),
            sources=(last,),
        )
    )  # fmt: skip
    x = seen.inputs[0]
    return NetworkPass(
        step=run.step,
        picture=np.array(x.data[0], np.float32),
        slope=np.array(by(x)[0], np.float32),
        stages=tuple(fields),
        label=int(wanted[0]) if wanted.shape == (1,) and not network.regresses else -1,
        probs=np.array(probs, np.float32),
        guessed=label is None,
    )


def _target(network: ModelCopy, outputs: Array, label: int | NDArray[Any] | None) -> NDArray[Any]:
    """What a sample should be, (1, …): as it is given, or as the network guesses."""
    if label is not None:
        return np.asarray(label)[None]
    if network.regresses:
        return outputs
    return outputs.argmax(axis=-1) if outputs.ndim > 2 else network.probs_of(outputs).argmax(axis=1)


def _needed(seen: Trace, loss: Tensor) -> set[int]:
    """The ids of all tensors that the loss is computed from."""
    found: set[int] = set()
    waiting = [seen.output, loss]
    while waiting:
        tensor = waiting.pop()
        if id(tensor) not in found:
            found.add(id(tensor))
            call = seen.maker(tensor)
            waiting += call.inputs if call is not None else ()
    return found


def _stage(
    seen: Trace, call: Call, sources: tuple[int, ...], by: Callable[[Tensor], Any]
) -> LayerPass:
    y, part = call.output, call.module
    node = y.node
    alone = node is not None and any(parent is x for parent in node.parents for x in call.inputs)
    values = _one(samples_first(y.data, seen, call))
    op = node.op if node is not None and alone and len(call.inputs) == 1 else ""
    if op in _SUMS and part is None:
        op = ""  # of a function's weights nobody knows the names
    if op in _SUMS and values.ndim != (3 if op == "conv2d" else 1):
        op = ""  # many sums in a row: no picture of single ones
    found: dict[str, Any] = {}
    for name in ("weight", "bias"):
        own = getattr(part, name, None)
        if isinstance(own, Tensor):
            found[name] = own.data.copy()
            found[f"d_{name}"] = np.array(by(own), np.float32)
    return LayerPass(
        path=call.path,
        name=call.kind,
        op=op,
        values=values,
        gradient=_one(samples_first(by(y), seen, call)).reshape(values.shape),
        sources=sources,
        option=_option(call, op),
        **found,
        **_window(call),
    )


_OPTIONS = {"leaky_relu": "negative_slope", "elu": "alpha", "gelu": "approximate",
            "softplus": "beta"}  # fmt: skip


def _option(call: Call, op: str) -> float | str | None:
    """The number, or word, that an activation function was told; None where it was told none."""
    name, node = _OPTIONS.get(op), call.output.node
    if name is None or node is None:
        return None
    told: Any = node.options.get(name, node.operands[1] if len(node.operands) > 1 else None)
    return told if isinstance(told, float | str) else None


def _window(call: Call) -> dict[str, Any]:
    """What moves over maps, or what a batch norm takes away and divides by."""
    part = call.module
    if part is None:
        moving = moving_window(call)
        if moving is None:
            return {}
        size = pair(moving[0], "kernel_size", 1)
        apart = size if moving[1] is None else pair(moving[1], "stride", 1)
        return {"size": size, "stride": apart, "around": edges(moving[2], size, apart)}
    match part:
        case Conv2d():
            high, wide = part.weight.shape[2:]
            step, apart = pair(part.stride, "stride", 1), pair(part.dilation, "dilation", 1)
            around = edges(part.padding, reach((high, wide), apart), step)
            return {"size": (high, wide), "stride": step, "around": around, "apart": apart,
                    "groups": part.groups}  # fmt: skip
        case MaxPool2d() | AvgPool2d():
            window = pair(part.kernel_size, "kernel_size", 1)
            step = window if part.stride is None else pair(part.stride, "stride", 1)
            down, right = pair(part.padding, "padding", 0)
            apart = pair(getattr(part, "dilation", 1), "dilation", 1)
            return {"size": window, "stride": step, "around": ((down, down), (right, right)),
                    "apart": apart}  # fmt: skip
        case GroupNorm():
            x = call.inputs[0].data[0]
            rows = x.reshape(part.num_groups, -1).astype(np.float64)
            each = x.shape[0] // part.num_groups
            spread = np.sqrt(rows.var(axis=1) + part.eps)
            return {"mean": np.repeat(rows.mean(axis=1), each).astype(np.float32),
                    "spread": np.repeat(spread, each).astype(np.float32)}  # fmt: skip
        case BatchNorm1d() | BatchNorm2d():
            if part.running_mean is not None and part.running_var is not None:
                spread = np.sqrt(part.running_var.data + np.float32(part.eps))
                return {"mean": part.running_mean.data.copy(), "spread": spread}
        case LayerNorm() | RMSNorm() if call.inputs[0].ndim == 2:
            row = call.inputs[0].data[0].astype(np.float64)
            mean = 0.0 if isinstance(part, RMSNorm) else row.mean()
            eps = np.finfo(call.inputs[0].dtype).eps if part.eps is None else part.eps
            size = np.sqrt(((row - mean) ** 2).mean() + eps)
            return {"mean": np.full(len(row), mean, np.float32),
                    "spread": np.full(len(row), size, np.float32)}  # fmt: skip
    return {}


def _one(batch: Any) -> Array:
    """The only sample of a batch, copied; a single number as it is."""
    array = np.asarray(batch)
    return np.array(array[0] if array.ndim else array, np.float32)
