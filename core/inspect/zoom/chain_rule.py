"""The chain-rule terms of one weight's gradient, and its check by a central difference.

A weight meets an input at many places and in many samples. At each it adds
(gradient arriving there) × (input there); the sum of all is ∂loss/∂weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.autograd.ops.convolution import edges, pair
from core.errors import LabError
from core.formatting import tr_format
from core.inspect.capture import NetworkCopy
from core.inspect.zoom.forward_backward import node_gradients
from core.inspect.zoom.numbers import pad_maps
from core.kernels.engine import use_engine
from core.knobs import Knobs
from core.nn import Conv2d, Linear, Module
from core.training.trainer import Trainer

Images = NDArray[np.uint8]
Labels = NDArray[np.integer]

_CHECKED_ON = 8  # pictures, where none are given: float64 is slow, and training waits
_STEPS = (1e-5, 1e-6, 1e-4)  # tried in this order until one agrees: a kink may lie within one
_AGREES, _TINY = 1e-4, 1e-7


@dataclass(frozen=True)
class ChainRuleTerms:
    """The chain rule of one weight, written out.

    `arriving` and `inputs` (N, H, W): at every place of the layer's result, in every sample, the
    gradient that arrives there and the number that the weight is multiplied with (ones for a bias).
    `gradient` is what the layer's rule left in the arena.
    """

    parameter: str
    index: tuple[int, ...]
    weight: float
    arriving: NDArray[np.float32]
    inputs: NDArray[np.float32]
    gradient: float

    @property
    def products(self) -> NDArray[np.float64]:
        """All terms (N, H, W)."""
        return self.arriving.astype(np.float64) * self.inputs

    @property
    def total(self) -> float:
        """Their sum."""
        return float(self.products.sum())

    def largest(self, count: int) -> list[tuple[tuple[int, int, int], float, float, float]]:
        """(sample, row, column), arriving, input, product of the largest terms, largest first."""
        products = self.products
        order = np.argsort(-np.abs(products), axis=None, kind="stable")[:count]
        found = []
        for flat in order:
            n, row, column = map(int, np.unravel_index(flat, products.shape))
            place = n, row, column
            g, x = float(self.arriving[place]), float(self.inputs[place])
            found.append((place, g, x, float(products[place])))
        return found


@dataclass(frozen=True)
class WeightGradientCheck:
    """One number of a parameter moved a little: does the loss follow its gradient?

    `quotient` is (`above` − `below`) / (2·`eps`), `gradient` what backward() says, all in float64
    and of the mean loss over `samples` pictures after mini-batch `step`; `error` is their
    difference relative to the larger one.
    """

    parameter: str
    index: tuple[int, ...]
    value: float
    gradient: float
    quotient: float
    eps: float
    above: float
    below: float
    samples: int
    step: int

    @property
    def error(self) -> float:
        """How far they are apart; 0 is the same."""
        scale = max(abs(self.gradient), abs(self.quotient), _TINY)
        return abs(self.gradient - self.quotient) / scale

    @property
    def agrees(self) -> bool:
        """Whether they are the same to one part in ten thousand."""
        return self.error <= _AGREES


def chain_rule_terms(
    run: Trainer, knobs: Knobs, images: Images, labels: Labels, parameter: str, index: Sequence[int]
) -> ChainRuleTerms:
    """The terms of one weight of a convolution or a linear layer, for pictures (N, 28, 28).

    Raises LabError for a parameter that is none of those, or a place outside it.
    """
    twin = NetworkCopy(run, knobs)
    place = _place(twin, parameter, index)
    path, _, kind = parameter.rpartition(".")
    parts = dict(twin.parts)
    part = parts.get(path)
    if not isinstance(part, Conv2d | Linear):
        words = (
            "The terms of “{parameter}” cannot be written out: only weights of convolutions "
            "and linear layers in a row are sums of products. Its gradient can still be "
            "checked."
        )
        raise LabError(tr_format(words, parameter=parameter))
    here = Tensor(run.task.encode(images))
    x = y = here
    for name, one in twin.parts:
        before, here = here, one(here)
        if name == path:
            x, y = before, here
    slopes, leaves = node_gradients(run.task.loss(here, labels, knobs))
    for own in twin.model.parameters():
        if own.grad is not None and id(own) in leaves:
            own.grad += leaves[id(own)]
    arriving = slopes.get(y.node) if y.node is not None else None
    if arriving is None:  # nothing behind it counts
        arriving = np.zeros_like(y.data)
    unit = place[0]
    g = arriving[:, unit] if arriving.ndim == 4 else arriving[:, unit, None, None]
    return ChainRuleTerms(
        parameter=parameter,
        index=place,
        weight=float(_values(twin, parameter)[place]),
        arriving=np.ascontiguousarray(g),
        inputs=np.ones_like(g) if kind == "bias" else _met(part, x.data, place, g.shape),
        gradient=float(twin.arena.layout.views(twin.arena.grad)[parameter][place]),
    )


def _met(
    part: Module, x: NDArray[np.float32], place: tuple[int, ...], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Which number a weight is multiplied with at every place, (N, H, W)."""
    if isinstance(part, Conv2d):
        _, channel, i, j = place
        high, wide = part.weight.shape[2:]
        step = pair(part.stride, "stride", 1)
        padded = pad_maps(x[:, channel], edges(part.padding, (high, wide), step))
        down, right = step
        part_of = padded[:, i : i + down * shape[1] : down, j : j + right * shape[2] : right]
        return np.ascontiguousarray(part_of)
    return np.ascontiguousarray(x[:, place[1], None, None])


def check_gradient(
    run: Trainer,
    knobs: Knobs,
    parameter: str,
    index: Sequence[int] | None = None,
    images: Images | None = None,
    labels: Labels | None = None,
) -> WeightGradientCheck:
    """Compare one number's gradient with a central difference, in float64.

    Without an index it is the number whose gradient is the largest, without pictures the first few
    of the training set are looked at.
    Raises LabError for a parameter or a place that there is not.
    """
    if images is None or labels is None:
        images, labels = run.data.train.images[:_CHECKED_ON], run.data.train.labels[:_CHECKED_ON]
    twin = NetworkCopy(run, knobs, np.float64)
    theta = _values(twin, parameter)
    place = None if index is None else _place(twin, parameter, index)
    x = run.task.encode(images).astype(np.float64)

    def loss() -> Tensor:
        return run.task.loss(twin.model(Tensor(x)), labels, knobs)

    with use_engine("reference"):
        loss().backward()
        slopes = twin.arena.layout.views(twin.arena.grad)[parameter]
        if place is None:
            largest = np.abs(slopes).argmax()
            place = tuple(int(i) for i in np.unravel_index(largest, slopes.shape))
        gradient = float(slopes[place])
        value = float(theta[place])
        best: WeightGradientCheck | None = None
        with no_grad():
            for eps in _STEPS:
                theta[place] = value + eps
                above = loss().item()
                theta[place] = value - eps
                below = loss().item()
                theta[place] = value
                quotient = (above - below) / (2 * eps)
                found = WeightGradientCheck(
                    parameter, place, value, gradient, quotient, eps, above, below, len(x), run.step
                )
                if best is None or found.error < best.error:
                    best = found
                if best.agrees:
                    break
    assert best is not None
    return best


def _values(twin: NetworkCopy, parameter: str) -> NDArray[Any]:
    names = [name for name, _ in twin.model.named_parameters()]
    if parameter not in names:
        words = "There is no parameter “{parameter}”. There are: {names}."
        raise LabError(tr_format(words, parameter=parameter, names=", ".join(names)))
    return twin.arena.layout.views(twin.arena.theta)[parameter]


def _place(twin: NetworkCopy, parameter: str, index: Sequence[int]) -> tuple[int, ...]:
    shape, place = _values(twin, parameter).shape, tuple(int(i) for i in index)
    if len(place) != len(shape) or not all(0 <= i < n for i, n in zip(place, shape, strict=True)):
        words = "“{parameter}” is {shape}; there is no place {place} in it."
        raise LabError(tr_format(words, parameter=parameter, shape=shape, place=place))
    return place
