"""Feature extraction: activations and gradients of any layer of a copy of a run's network.

Nothing here touches the run: neither its weights nor its gradients nor its tape. A `Sequential` can
be computed from layer to layer, as with torch's forward hooks.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.autograd.tape import backprop
from core.data.encodings import Normalize
from core.errors import LabError
from core.formatting import tr_format
from core.inspect.features.receptive_field import PixelRect, receptive_field
from core.inspect.subset import evenly_spaced
from core.knobs import Knobs
from core.nn import Conv2d, Flatten, Linear, LogSoftmax, MaxPool2d, Module, Sequential
from core.nn.arena import Arena, ArenaLayout
from core.nn.fusion import can_fuse
from core.training.task import Task
from core.training.trainer import Trainer

Pictures = NDArray[np.float32]
T = TypeVar("T")

_CLOSE = 1e-3


@dataclass(frozen=True)
class UnitLayer:
    """A convolution or linear layer: `units` kernels or neurons.

    `path` is the module's, so that its weight is “`path`.weight”; `kernels`: whether it is a
    convolution; `last`: whether its units are the logits.
    """

    path: str
    units: int
    kernels: bool
    last: bool

    @property
    def weight(self) -> str:
        """The name of its weight."""
        return f"{self.path}.weight"


def unit_layers(layout: ArenaLayout) -> tuple[UnitLayer, ...]:
    """Convolutions and linear layers of a network, first one first."""
    found = [
        (slot.name.removesuffix(".weight"), slot.shape[0], len(slot.shape) == 4)
        for slot in layout.specs
        if slot.name.endswith(".weight") and len(slot.shape) in (2, 4)
    ]
    return tuple(
        UnitLayer(path, units, kernels, number == len(found) - 1)
        for number, (path, units, kernels) in enumerate(found)
    )


class FeatureExtractor:
    """A frozen copy of a network in eval mode: gradients by its input, none by its weights.

    Attributes: `task`, `layers`, and `theta` (P,), the weights it computes with.
    """

    def __init__(self, task: Task, model: Module) -> None:
        self.task = task
        self._model = copy.deepcopy(model)
        self._model.eval()
        arena = Arena.adopt(self._model)
        self.theta = arena.theta
        self.layers = unit_layers(arena.layout)
        for parameter in list(self._model.parameters()):
            parameter.requires_grad, parameter.grad = False, None
        self._steps = list(in_line(self._model))
        self._places = {path: number for number, (path, _) in enumerate(self._steps)}
        if len(self._steps) == 1 and self.layers:  # not in a line: its result is all there is
            self.layers = self.layers[-1:]
            self._places = {self.layers[0].path: 0}

    def layer(self, path: str) -> UnitLayer:
        """The layer of this name. Raises LabError where there is none, or it cannot be reached."""
        for layer in self.layers:
            if layer.path == path:
                return layer
        known = ", ".join(f"“{one.path}”" for one in self.layers)
        words = "This network has no layer “{path}” to look into. It has: {known}."
        raise LabError(tr_format(words, path=path, known=known))

    def unit(self, path: str, unit: int) -> UnitLayer:
        """The layer, once it is checked that it has this unit. Raises LabError."""
        layer = self.layer(path)
        if not 0 <= unit < layer.units:
            words = "Layer “{path}” has units 0 to {units}; there is no {unit}."
            raise LabError(tr_format(words, path=path, units=layer.units - 1, unit=unit))
        return layer

    # -- computing ----------------------------------------------------------------------------

    def numbers(self, images: NDArray[np.uint8] | Pictures) -> Pictures:
        """What the network receives, (N, 1, 28, 28), of bytes or of ink from 0 to 1."""
        pixels = self.task.encoding
        if images.dtype == np.uint8:
            return pixels(images)
        assert isinstance(pixels, Normalize)
        scaled = (images - np.float32(pixels.mean)) / np.float32(pixels.std)
        return np.asarray(scaled, np.float32)[:, None]

    def scores(self, x: Tensor, after: str | None = None) -> Tensor:
        """Raw scores (N, S) before they become log-probabilities.

        `x` is what the network receives or, with `after`, what that layer hands on.
        """
        return self._between(0 if after is None else self._places[after] + 1, self._scored, x)

    def to(self, path: str, x: Tensor) -> Tensor:
        """The outputs of a layer before its activation, (N, units) or (N, units, H, W)."""
        return self._between(0, self._places[path] + 1, x)

    def before(self, path: str, x: Tensor) -> Tensor:
        """The input of a layer (N, …); the picture itself for the first."""
        return self._between(0, self._places[path], x)

    def activations(self, path: str, x: Tensor) -> Tensor:
        """The input of the next layer: activated and pooled, maps still as maps.

        (N, units) or (N, units, H, W); `x` is what the network receives.
        """
        return self._between(0, self._heard_until(path), x)

    def logits_from_activations(self, path: str, x: Tensor) -> Tensor:
        """Raw scores (N, S) of what was `heard` of a layer."""
        return self._between(self._heard_until(path), self._scored, x)

    def _heard_until(self, path: str) -> int:
        """The index of the first module after a layer that mixes its units, or of the logits."""
        begin = self._places[path] + 1
        mixing = (
            number
            for number in range(begin, self._scored)
            if isinstance(self._steps[number][1], Conv2d | Linear | Flatten)
        )
        return next(mixing, self._scored)

    @property
    def _scored(self) -> int:
        """The number of modules up to the logits."""
        return len(self._steps) - isinstance(self._steps[-1][1], LogSoftmax)

    def probs(self, images: NDArray[np.uint8] | Pictures) -> NDArray[np.float32]:
        """Probabilities (N, C)."""
        with no_grad():
            return self.task.probabilities(self._model(Tensor(self.numbers(images))).data)

    def gradient(
        self, x: Pictures, of: Callable[[Tensor], tuple[Tensor, NDArray[np.floating]]]
    ) -> tuple[NDArray[np.float32], Tensor]:
        """The gradient of a result by `x`, of x's shape, and the result.

        `of(x)` returns the result and the seed of its backward pass.
        """
        leaf = Tensor(x, requires_grad=True)
        root, start = of(leaf)
        found = np.zeros_like(x)

        def deliver(_: Tensor, gradient: NDArray[np.float32]) -> None:
            found[...] += gradient

        backprop(root, start.astype(root.dtype), lambda node: node.pullback, deliver)
        return found, root

    def strongest(self, images: NDArray[np.uint8]) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """For every layer in turn its path and the maximum over all positions, (N, units)."""
        x = Tensor(self.numbers(images))
        begin = 0
        with no_grad():
            for layer in self.layers:
                end = self._places[layer.path] + 1
                end += self._pooled(end)
                x = self._between(begin, end, x)
                begin = end
                yield layer.path, x.data.max(axis=(2, 3)) if x.ndim == 4 else x.data

    def mean_activations(
        self, images: NDArray[np.uint8], most: int = 256
    ) -> Mapping[str, NDArray[np.float32]]:
        """The mean |activation| of every unit (units,), by the path of its layer.

        Averaged over all positions and over up to `most` of the pictures (N, 28, 28).
        """
        x = Tensor(self.numbers(images[evenly_spaced(len(images), most)]))
        found = {}
        with no_grad():
            for layer in self.layers:
                size = np.abs(self.activations(layer.path, x).data)
                axes = (0, 2, 3) if size.ndim == 4 else (0,)
                found[layer.path] = np.asarray(size.mean(axis=axes), np.float32)
        return found

    def _pooled(self, end: int) -> bool:
        """Whether a fused max-pool follows, which keeps the maximum."""
        if end >= len(self._steps):
            return False
        one, two = self._steps[end - 1][1], self._steps[end][1]
        return isinstance(one, Conv2d) and isinstance(two, MaxPool2d) and can_fuse(one, two)

    def _between(self, begin: int, end: int, x: Tensor) -> Tensor:
        if (begin, end) == (0, len(self._steps)):
            scores: Tensor = self._model(x)
            return scores
        part = Sequential(*(module for _, module in self._steps[begin:end]))
        part.training = False
        passed: Tensor = part(x)
        return passed

    # -- where things are ---------------------------------------------------------------------

    def field(self, path: str, row: int, column: int, size: tuple[int, int]) -> PixelRect:
        """The receptive field of one position, clipped to a picture of this size.

        A neuron's is the whole picture.
        """
        height, width = size
        if not self.layer(path).kernels:
            return 0, 0, height, width
        top, left, bottom, right = self.sees(path, row, column)
        return max(top, 0), max(left, 0), min(bottom, height), min(right, width)

    def sees(self, path: str, row: int, column: int) -> PixelRect:
        """The receptive field of one position, not clipped."""
        steps = self._steps[: self._places[path] + 1]
        return receptive_field(module for _, module in steps).sees(row, column)


class NetworkCopy:
    """A copy of a run's network in eval mode with gradients of its own.

    Attributes: `model`, `arena`, and `parts`, its `sequential_leaves`.
    """

    def __init__(self, run: Trainer, knobs: Knobs, dtype: Any = np.float32) -> None:
        self.model = copy.deepcopy(run.model)
        if run.task.before_batch is not None:
            run.task.before_batch(self.model, knobs)
        self.model.eval()
        self.arena = Arena.adopt(self.model, dtype)
        x = run.task.encode(run.data.test.images[:1]).astype(self.arena.theta.dtype)
        with no_grad():
            self.parts = sequential_leaves(self.model, Tensor(x))


def sequential_leaves(model: Module, x: Tensor) -> list[tuple[str, Module]]:
    """The leaf modules by path, where applying them in order computes what the model computes of x.

    Otherwise the model itself is the only one.
    """
    leaves = [(path, part) for path, part in model.named_modules() if not any(part.children())]
    whole = model(x).data
    try:
        y = x
        for _, leaf in leaves:
            y = leaf(y)
    except (LabError, TypeError, ValueError):
        return [("", model)]
    same = y.shape == whole.shape and np.allclose(y.data, whole, _CLOSE, _CLOSE)
    return leaves if same else [("", model)]


class ProbeContext:
    """A run that is asked questions, and what is kept from one question to the next.

    Attribute: `run`. The training process's session owns one.
    """

    def __init__(self, run: Trainer) -> None:
        self.run = run
        self._extractor: FeatureExtractor | None = None
        self._cache: dict[type, Any] = {}

    def extractor(self, theta: NDArray[np.float32] | None = None) -> FeatureExtractor:
        """The run's one extractor with the weights of this moment, or with `theta` (P,)."""
        if self._extractor is None:
            self._extractor = FeatureExtractor(self.run.task, self.run.model)
        self._extractor.theta[:] = self.run.arena.theta if theta is None else theta
        return self._extractor

    def cached(self, kind: type[T]) -> T | None:
        """The last result of this class that was kept."""
        return self._cache.get(kind)

    def keep(self, result: T) -> T:
        """Keep a result, in place of an earlier one of its class."""
        self._cache[type(result)] = result
        return result


def in_line(module: Module, path: str = "") -> Iterator[tuple[str, Module]]:
    """The modules of nested Sequentials in order, by path."""
    if not isinstance(module, Sequential):
        yield path, module
        return
    for name, part in module.children():
        yield from in_line(part, f"{path}.{name}" if path else name)
