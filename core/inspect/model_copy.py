"""ModelCopy: a copy of a run's network that is asked questions, so that the run is left alone."""

import copy
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.errors import LabError
from core.formatting import tr_format
from core.inspect.features.receptive_field import ReceptiveField, receptive_fields
from core.inspect.subset import evenly_spaced
from core.inspect.trace import Call, Trace, given, parts_of, trace
from core.inspect.units import UnitLayer, at_units, unit_layers
from core.knobs import Knobs
from core.nn import Conv2d, MaxPool2d, Module
from core.nn.arena import Arena
from core.nn.fusion import can_fuse
from core.training.evaluator import Regression
from core.training.task import Task
from core.training.trainer import Trainer

Pictures = NDArray[np.float32]
Seed = NDArray[np.floating]
T = TypeVar("T")


class ModelCopy:
    """A copy of a network in eval mode; nothing here touches the original or its gradients.

    Attributes: `task`, `model`, `arena`, its `theta` (P,), and `layers`, those with units. With
    `frozen` no gradients by weights are computed. Knobs that act on the model are applied where
    `knobs` are given; `dtype` is that of the weights.
    """

    def __init__(
        self,
        task: Task,
        model: Module,
        knobs: Knobs | None = None,
        dtype: Any = np.float32,
        frozen: bool = True,
    ) -> None:
        self.task = task
        self.model = copy.deepcopy(model)
        if knobs is not None and task.before_batch is not None:
            task.before_batch(self.model, knobs)
        self.model.eval()
        self.arena = Arena.adopt(self.model, dtype)
        self.theta = self.arena.theta
        self.layers = unit_layers(self.arena.layout)
        self._last: str | None = None  # the last layer with weights, once it is known
        self._makers: dict[str, str | None] = {}
        self._watched: dict[str, str] | None = None
        self._fields: dict[str, ReceptiveField] | None = None
        self._frozen = frozen
        self._parts = parts_of(self.model)
        if frozen:
            for parameter in list(self.model.parameters()):
                parameter.requires_grad, parameter.grad = False, None

    def layer(self, path: str) -> UnitLayer:
        """The layer of this name. Raises LabError where there is none."""
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

    def encode(self, inputs: NDArray[Any]) -> NDArray[Any]:
        """What the network receives, of stored samples or, of pictures, of ink from 0 to 1."""
        ink = inputs.dtype.kind == "f" and inputs.ndim > 2
        return self.task.encode(inputs * np.float32(255) if ink else inputs)

    def trace(self, inputs: NDArray[Any]) -> Trace:
        """The whole pass of samples (N, …)."""
        return self.trace_encoded(self.encode(inputs))

    def trace_encoded(self, x: NDArray[Any], paths: Collection[str] | None = None) -> Trace:
        """The whole pass of what the network receives; with `paths` only of these modules."""
        x = x.astype(self.theta.dtype) if x.dtype.kind == "f" else x
        return trace(self.model, x, paths, parts=self._parts)

    def trace_from(self, x: NDArray[Any], path: str) -> Trace:
        """The pass of what the network receives, with gradients by what a module hands on first.

        What comes before it is computed without a tape, where its output is a single tensor.
        """
        if self._frozen:
            x = x.astype(self.theta.dtype, copy=False) if x.dtype.kind == "f" else x
            seen = trace(self.model, x, {path}, start=path, parts=self._parts)
            if seen[path].output.node is None and seen[path].output.requires_grad:
                return seen
        return self.trace_encoded(x, {path})

    def trace_behind(self, inputs: NDArray[Any], path: str) -> tuple[Trace, Tensor]:
        """A pass, and what others take in of a layer when it is first called: gradients by that."""
        maker = self._maker(path, inputs)
        x = self.encode(inputs)
        if maker is not None and x.dtype.kind == "f":
            seen = self.trace_from(x, maker)
            return seen, seen[maker].output
        seen, found = self.trace_handing_on(inputs, [path])
        return seen, found[path][0]

    def trace_handing_on(
        self, inputs: NDArray[Any], paths: Iterable[str]
    ) -> tuple[Trace, dict[str, tuple[Tensor, ...]]]:
        """A pass and, by the path of a layer, the tensors in it that others take in.

        There are several where a layer is called several times. As quick as it can be: where
        modules alone tell, what lies in between is not noted.
        """
        makers = {path: self._maker(path, inputs) for path in paths}
        x = self.encode(inputs)
        noted = {maker for maker in makers.values() if maker is not None}
        if None in makers.values() or x.dtype.kind in "iu":
            seen = self.trace_encoded(x)
            return seen, {
                path: tuple(seen.handed_on(call) for call in seen.calls_of(path)) for path in makers
            }
        seen = self.trace_encoded(x, noted)
        return seen, {path: (seen[str(maker)].output,) for path, maker in makers.items()}

    def _maker(self, path: str, inputs: NDArray[Any]) -> str | None:
        """The module that makes what others take in of a layer; None where a function does."""
        if path not in self._makers:
            whole = self.trace(inputs[:1])
            call = whole.maker(whole.handed_on(path))
            alone = call is not None and call.module is not None and len(whole.calls_of(path)) == 1
            self._makers[path] = call.path if call is not None and alone else None
        return self._makers[path]

    @property
    def regresses(self) -> bool:
        """Whether its outputs are predicted numbers, not scores of classes."""
        return isinstance(self.task.evaluator, Regression)

    def probs(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Probabilities (N, C), of a sequence those at its last place; or predicted numbers."""
        return self.probs_of(self.outputs(inputs))

    def probs_of(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same of what the network makes of samples, (N, S) or (N, T, S)."""
        if self.regresses:
            return outputs.reshape(len(outputs), -1)
        if outputs.ndim > 2:
            outputs = outputs.reshape(len(outputs), -1, outputs.shape[-1])[:, -1]
        return self.task.probabilities(outputs)

    def outputs(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """What the network makes of samples (N, …), as quickly as it can."""
        with no_grad():
            return np.asarray(self.model(given(self.encode(inputs))).data)

    def gradient(
        self, x: Pictures, of: Callable[[Trace], tuple[Tensor, Seed]], paths: Collection[str] = ()
    ) -> tuple[NDArray[np.float32], Tensor]:
        """The gradient of a result by what the network receives, of x's shape, and the result.

        `of` picks it from the pass, in which only modules at `paths` are noted, with the seed of
        its backward pass.
        """
        seen = self.trace_encoded(x, paths)
        root, seed = of(seen)
        return np.array(seen.gradients(root, seed)(seen.inputs[0]), np.float32), root

    def strongest(self, inputs: NDArray[Any]) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """For every layer in turn its path and the maximum over all positions, (N, units).

        Of a convolution that is computed together with its max-pool, over what that keeps.
        """
        if self._watched is None:
            whole = self.trace(inputs[:1])
            self._watched = {
                layer.path: _pooled_for(whole, whole[layer.path])
                for layer in self.layers
                if layer.path in whole.calls
            }
        paths = {behind or path for path, behind in self._watched.items()}
        with no_grad():
            seen = trace(self.model, self.encode(inputs), paths, parts=self._parts)
        for layer in self.layers:
            if layer.path in self._watched:
                behind = self._watched[layer.path]
                if behind:
                    yield layer.path, position_maximum(seen[behind].inputs[0].data)
                else:
                    yield layer.path, position_maximum(self.values(seen, layer))

    def field(self, path: str, inputs: NDArray[Any]) -> ReceptiveField | None:
        """How the maps of a layer look at pictures such as `inputs`; None where that is unknown."""
        if self._fields is None:
            whole = self.trace(inputs[:1])
            fields = receptive_fields(whole)
            self._fields = {
                name: fields[id(call.output)]
                for name, call in whole.calls.items()
                if id(call.output) in fields
            }
        return self._fields.get(path)

    def values(self, seen: Trace, layer: UnitLayer) -> NDArray[np.float32]:
        """What a layer's units say when it is called first, (N, units, …)."""
        call = seen[layer.path]
        return at_units(samples_first(call.output.data, seen, call), layer.axis)

    def exact_values(self, inputs: NDArray[Any], layer: UnitLayer) -> NDArray[np.float32]:
        """What a layer's units say of samples when it is called first, (N, units, …).

        Nothing behind a convolution is computed.
        """
        x = self.encode(inputs)
        found: list[Any] = []

        def enough(module: Module, args: tuple[Any, ...], output: Any) -> None:
            found.append(output)
            raise _EnoughError

        module = next((part for path, part in self._parts.names if path == layer.path), None)
        with no_grad():
            if layer.kernels and module is not None and x.dtype.kind == "f":
                with suppress(_EnoughError), module.register_forward_hook(enough):
                    self.model(given(x.astype(self.theta.dtype, copy=False)))
                if found and isinstance(found[0], Tensor):
                    return at_units(found[0].data, layer.axis)
            return self.values(self.trace_encoded(x, {layer.path}), layer)

    def input_of_last(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """What the last layer with weights takes in, (N, …); of no layer, what the network does."""
        if self._last is None:
            links = self.trace(inputs[:1]).links
            weighing = [link.path for link in links if link.inputs and _weighs(link)]
            self._last = weighing[-1] if weighing else ""
        x = self.encode(inputs)
        if not self._last:
            return x
        with no_grad():
            seen = trace(self.model, x, {self._last}, parts=self._parts)
        call = seen[self._last]
        return samples_first(call.inputs[0].data, seen, call)

    def mean_activations(
        self, inputs: NDArray[Any], most: int = 256
    ) -> Mapping[str, NDArray[np.float32]]:
        """The mean |activation| of every unit (units,), by the path of its layer.

        Averaged over all positions and over up to `most` of the samples (N, …).
        """
        some = inputs[evenly_spaced(len(inputs), most)]
        used = self.trace(some[:1]).calls
        layers = [layer for layer in self.layers if layer.path in used]
        with no_grad():
            seen, handed_on = self.trace_handing_on(some, [layer.path for layer in layers])
        found = {}
        for layer in layers:
            values = samples_first(handed_on[layer.path][0].data, seen, used[layer.path])
            size = np.abs(at_units(values, layer.axis))
            axes = tuple(axis for axis in range(size.ndim) if axis != 1)
            found[layer.path] = np.asarray(size.mean(axis=axes), np.float32)
        return found


class _EnoughError(BaseException):
    """Ends a pass from which nothing more is wanted; no `except Exception` may take it."""


def _weighs(call: Call) -> bool:
    """Whether a layer mixes what comes in by weights of its own."""
    module = call.module
    return module is not None and any(weight.ndim > 1 for weight in module.parameters())


def _pooled_for(whole: Trace, call: Call) -> str:
    """The module that takes in what a max-pool, computed with this convolution, keeps of it."""
    users = whole.users(call.output)
    pool = users[0] if len(users) == 1 else None
    if pool is None or not isinstance(pool.module, MaxPool2d):
        return ""
    if not isinstance(call.module, Conv2d) or not can_fuse(call.module, pool.module):
        return ""
    behind = whole.users(pool.output)
    if len(behind) != 1 or behind[0].module is None:
        return ""
    alone = all(len(whole.calls_of(one.path)) == 1 for one in (call, pool, behind[0]))
    return behind[0].path if alone else ""


def position_maximum(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, units, …) → (N, units)."""
    return values.max(axis=tuple(range(2, values.ndim))) if values.ndim > 2 else values


def samples_first(values: NDArray[Any], seen: Trace, call: Call | None = None) -> NDArray[Any]:
    """Numbers of a pass with its samples first, (N, …).

    A sequence that `call` made may have time first, (T, N, …); what is the same for all samples,
    such as places of a sequence, is repeated.
    """
    count = len(seen.inputs[0])
    module = call.module if call is not None else None
    if values.ndim == 3 and not getattr(module, "batch_first", True):
        return np.moveaxis(values, 1, 0)
    axis = next((axis for axis in (0, 1) if values.shape[axis : axis + 1] == (count,)), None)
    if axis is None:
        return np.broadcast_to(values, (count, *values.shape))
    return np.moveaxis(values, axis, 0)


class ProbeContext:
    """A run that is asked questions, and what is kept from one question to the next.

    Attribute: `run`. The training process's session owns one.
    """

    def __init__(self, run: Trainer) -> None:
        self.run = run
        self._network: ModelCopy | None = None
        self._cache: dict[type, Any] = {}

    def network(self, theta: NDArray[np.float32] | None = None) -> ModelCopy:
        """A frozen copy of the run's network with the weights of this moment, or `theta` (P,)."""
        if self._network is None:
            self._network = ModelCopy(self.run.task, self.run.model)
        self._network.theta[:] = self.run.arena.theta if theta is None else theta
        return self._network

    def cached(self, kind: type[T]) -> T | None:
        """The last result of this class that was kept."""
        return self._cache.get(kind)

    def keep(self, result: T) -> T:
        """Keep a result, in place of an earlier one of its class."""
        self._cache[type(result)] = result
        return result
