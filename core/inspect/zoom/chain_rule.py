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
from core.inspect.model_copy import ModelCopy
from core.inspect.zoom.numbers import pad_maps
from core.kernels.engine import use_engine
from core.knobs import Knobs
from core.nn import Conv2d, Linear, Module
from core.training.trainer import Trainer

Images = NDArray[Any]
Labels = NDArray[Any] | None

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
    """The terms of one weight of a convolution or a linear layer, for samples (N, …).

    Raises LabError for a parameter that is none of those, or a place outside it.
    """
    network = ModelCopy(run.task, run.model, knobs, frozen=False)
    place = _place(network, parameter, index)
    path, _, kind = parameter.rpartition(".")
    seen = network.trace(images)
    calls = [call for name, call in seen.calls.items() if name.partition("#")[0] == path]
    if not calls or not isinstance(calls[0].module, Conv2d | Linear):
        words = (
            "The terms of “{parameter}” cannot be written out: only weights of convolutions "
            "and linear layers are sums of products. Its gradient can still be checked."
        )
        raise LabError(tr_format(words, parameter=parameter))
    by = seen.gradients(run.task.loss(seen.output, labels, knobs))
    part = calls[0].module
    arriving, inputs = [], []
    for call in calls:  # a layer that is used twice has the terms of both
        g = _of_unit(part, by(call.output), place[0])
        met = np.ones_like(g) if kind == "bias" else _met(part, call.inputs[0].data, place, g.shape)
        arriving.append(g)
        inputs.append(met)
    return ChainRuleTerms(
        parameter=parameter,
        index=place,
        weight=float(_values(network, parameter)[place]),
        arriving=np.ascontiguousarray(np.concatenate(arriving, axis=1)),
        inputs=np.ascontiguousarray(np.concatenate(inputs, axis=1)),
        gradient=float(by(getattr(part, kind))[place]),
    )


def _of_unit(part: Module, arriving: NDArray[np.float32], unit: int) -> NDArray[np.float32]:
    """What arrives at one unit, (N, H, W); the places of a sequence are rows."""
    if isinstance(part, Conv2d):
        return arriving[:, unit]
    return arriving[..., unit].reshape(len(arriving), -1, 1)


def _met(
    part: Module, x: NDArray[np.float32], place: tuple[int, ...], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Which number a weight is multiplied with at every place, (N, H, W)."""
    if isinstance(part, Conv2d):
        unit, channel, i, j = place
        high, wide = part.weight.shape[2:]
        channel += part.weight.shape[1] * (
            unit // (len(part.weight.data) // getattr(part, "groups", 1))
        )
        step = pair(part.stride, "stride", 1)
        apart = pair(getattr(part, "dilation", 1), "dilation", 1)
        reach = 1 + (high - 1) * apart[0], 1 + (wide - 1) * apart[1]
        padded = pad_maps(x[:, channel], edges(part.padding, reach, step))
        (down, right), i, j = step, i * apart[0], j * apart[1]
        return padded[:, i : i + down * shape[1] : down, j : j + right * shape[2] : right]
    return x[..., place[1]].reshape(len(x), -1, 1)


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
        some = run.data.train.take(slice(_CHECKED_ON))
        images, labels = some.inputs, some.targets
    network = ModelCopy(run.task, run.model, knobs, np.float64, frozen=False)
    theta = _values(network, parameter)
    place = None if index is None else _place(network, parameter, index)
    x = network.encode(images)
    x = x.astype(np.float64) if x.dtype.kind == "f" else x

    def loss() -> Tensor:
        return run.task.loss(network.model(Tensor(x)), labels, knobs)

    with use_engine("reference"):
        loss().backward()
        slopes = network.arena.layout.views(network.arena.grad)[parameter]
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


def _values(network: ModelCopy, parameter: str) -> NDArray[Any]:
    names = [name for name, _ in network.model.named_parameters()]
    if parameter not in names:
        words = "There is no parameter “{parameter}”. There are: {names}."
        raise LabError(tr_format(words, parameter=parameter, names=", ".join(names)))
    return network.arena.layout.views(network.arena.theta)[parameter]


def _place(network: ModelCopy, parameter: str, index: Sequence[int]) -> tuple[int, ...]:
    shape, place = _values(network, parameter).shape, tuple(int(i) for i in index)
    if len(place) != len(shape) or not all(0 <= i < n for i, n in zip(place, shape, strict=True)):
        words = "“{parameter}” is {shape}; there is no place {place} in it."
        raise LabError(tr_format(words, parameter=parameter, shape=shape, place=place))
    return place
