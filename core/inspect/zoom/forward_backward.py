"""Forward and backward pass of one picture with all values and gradients.

found = forward_backward(run, knobs, picture, label)
found.stages[3].values, found.stages[3].gradient      what came out, and the slope of the loss by it

Nothing here touches the run: a copy of its network computes, part by part, as in use.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd.ops.convolution import edges, pair
from core.autograd.tape import Node, backprop
from core.inspect.capture import NetworkCopy
from core.knobs import Knobs
from core.nn import AvgPool2d, Conv2d, MaxPool2d, Module
from core.nn.normalization import BatchNorm1d, BatchNorm2d
from core.training.trainer import Trainer

Array = NDArray[np.float32]
Edges = tuple[tuple[int, int], tuple[int, int]]

_NOTHING: Edges = ((0, 0), (0, 0))


@dataclass(frozen=True)
class LayerPass:
    """One part of a network, or the loss behind it.

    `op` is the operation that computed it, as in `OPS`; empty where several did, or none. `values`
    and `gradient` are (C, H, W), (N,) or (): what it hands on, and the slope of the loss by that.
    `weight`, `bias` and their slopes belong to this picture alone. `size` and `stride` (down,
    right) and `around` ((above, below), (left, right)) tell of windows. `mean` and `spread` (C,)
    are what a batch norm takes away and divides by.
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
    mean: Array | None = None
    spread: Array | None = None

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
    """A picture's whole way. `picture` is what the network receives and `slope` the gradient of
    the loss by it, both (C, H, W); the last of `stages` is the loss against `label`.

    `probs` (classes,) are its probabilities, `step` the mini-batch after which it was asked.
    """

    step: int
    picture: Array
    slope: Array
    stages: tuple[LayerPass, ...]
    label: int
    probs: Array
    guessed: bool = field(default=False)

    def inputs(self, number: int) -> Array:
        """What stage `number` receives."""
        return self.stages[number - 1].values if number else self.picture

    def slopes(self, number: int) -> Array:
        """The gradient of the loss by what stage `number` receives."""
        return self.stages[number - 1].gradient if number else self.slope

    @property
    def loss(self) -> float:
        """How wrong the network is about this picture."""
        return float(self.stages[-1].values)


def as_maps(values: Array) -> Array:
    """(C, H, W) of maps, of a row of numbers (N,) or of a single one."""
    return values if values.ndim == 3 else values.reshape(-1, 1, 1)


def forward_backward(
    run: Trainer, knobs: Knobs, picture: NDArray[np.uint8], label: int | None
) -> NetworkPass:
    """Follow one picture (28, 28) forward and backward; without a label against the guess."""
    twin = NetworkCopy(run, knobs)
    x = Tensor(run.task.encode(picture[None]), requires_grad=True)
    here, results = x, []
    for _, part in twin.parts:
        here = part(here)
        results.append(here)
    probs = run.task.probabilities(here.data)[0]
    wanted = int(probs.argmax()) if label is None else int(label)
    loss = run.task.loss(here, np.array([wanted]), knobs)
    arriving, leaves = node_gradients(loss)
    stages = []
    before: Tensor = x
    for (path, part), result in zip(twin.parts, results, strict=True):
        slope = arriving.get(result.node) if result.node is not None else None
        stages.append(_stage(path, part, before, result, slope, leaves))
        before = result
    end = loss.node
    stages.append(
        LayerPass("", "loss", end.op if end else "", _one(loss.data), np.ones((), np.float32))
    )
    slope = leaves.get(id(x))
    return NetworkPass(
        step=run.step,
        picture=np.array(x.data[0], np.float32),
        slope=np.zeros_like(x.data[0]) if slope is None else _one(slope),
        stages=tuple(stages),
        label=wanted,
        probs=np.array(probs, np.float32),
        guessed=label is None,
    )


def node_gradients(loss: Tensor) -> tuple[dict[Node, Any], dict[int, Any]]:
    """What arrives at every node, and at every leaf by its id; the leaves themselves keep none."""
    arriving: dict[Node, Any] = {}
    leaves: dict[int, Any] = {}

    def pullback_of(node: Node) -> Any:
        def noted(g: Any) -> Any:
            arriving[node] = g
            return node.pullback(g)

        return noted

    def deliver(leaf: Tensor, gradient: Any) -> None:
        known = leaves.get(id(leaf))
        leaves[id(leaf)] = gradient if known is None else known + gradient

    backprop(loss, np.ones_like(loss.data), pullback_of, deliver)
    return arriving, leaves


def _stage(
    path: str, part: Module, x: Tensor, y: Tensor, slope: Any, leaves: dict[int, Any]
) -> LayerPass:
    node = y.node
    alone = node is not None and y is not x and any(parent is x for parent in node.parents)
    values = _one(y.data)
    found: dict[str, Any] = {}
    for name in ("weight", "bias"):
        own = getattr(part, name, None)
        if isinstance(own, Tensor):
            found[name] = own.data.copy()
            d = leaves.get(id(own))
            found[f"d_{name}"] = None if d is None else np.array(d, np.float32)
    match part:
        case Conv2d():
            high, wide = part.weight.shape[2:]
            step = pair(part.stride, "stride", 1)
            found |= {"size": (high, wide), "stride": step}
            found["around"] = edges(part.padding, (high, wide), step)
        case MaxPool2d() | AvgPool2d():
            window = pair(part.kernel_size, "kernel_size", 1)
            step = window if part.stride is None else pair(part.stride, "stride", 1)
            down, right = pair(part.padding, "padding", 0)
            found |= {"size": window, "stride": step, "around": ((down, down), (right, right))}
        case BatchNorm1d() | BatchNorm2d():
            if part.running_mean is not None and part.running_var is not None:
                found["mean"] = part.running_mean.data.copy()
                found["spread"] = np.sqrt(part.running_var.data + np.float32(part.eps))
    return LayerPass(
        path=path,
        name=type(part).__name__,
        op=node.op if alone and node is not None else "",
        values=values,
        gradient=np.zeros_like(values) if slope is None else _one(slope).reshape(values.shape),
        **found,
    )


def _one(batch: Any) -> Array:
    """The only sample of a batch, copied; a single number as it is."""
    array = np.asarray(batch)
    return np.array(array[0] if array.ndim else array, np.float32)
