"""Arena: one flat vector for all parameters, one for all gradients; every parameter is a view."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakSet

import numpy as np
from numpy.typing import DTypeLike, NDArray

from core.arguments import describe
from core.errors import ArgumentError, LabError, ShapeError
from core.kernels.aligned import ALIGN, aligned_zeros
from core.translation import tr

if TYPE_CHECKING:
    from core.autograd.tensor import Tensor
    from core.nn.module import Module

_LANE = ALIGN // 4


@dataclass(frozen=True)
class ParamSpec:
    """Name, shape and first float of one parameter or buffer in an arena.

    `kind` is the class of the module that it belongs to, empty where only a record tells of it.
    """

    name: str
    shape: tuple[int, ...]
    offset: int
    kind: str = field(default="", compare=False)

    @property
    def size(self) -> int:
        """How many floats it has."""
        return prod(self.shape)


@dataclass(frozen=True)
class ArenaLayout:
    """Where each parameter and buffer lies in a flat vector of `size` floats, 64-byte aligned.

    The first `num_params` floats are parameters; buffers follow, which no optimiser touches.
    """

    specs: tuple[ParamSpec, ...]
    size: int
    num_params: int

    @classmethod
    def of(
        cls,
        shapes: Mapping[str, tuple[int, ...]],
        buffers: Mapping[str, tuple[int, ...]] | None = None,
        kinds: Mapping[str, str] | None = None,
    ) -> Self:
        """A layout for parameters and buffers of these shapes, in this order; `kinds` by path."""
        specs = []
        offset = num_params = 0
        for group in (shapes, buffers or {}):
            for name, shape in group.items():
                kind = (kinds or {}).get(name.rpartition(".")[0], "")
                specs.append(ParamSpec(name, tuple(shape), offset, kind))
                offset += -(-prod(shape) // _LANE) * _LANE
            num_params = offset if group is shapes else num_params
        return cls(tuple(specs), offset, num_params)

    def as_json(self) -> dict[str, Any]:
        """What a record keeps of it; the keys are those of older versions."""
        return {
            "slots": [{"name": s.name, "shape": s.shape, "offset": s.offset} for s in self.specs],
            "size": self.size,
            "trained": self.num_params,
        }

    def views(self, vector: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Every parameter of a flat vector (size,) in its own shape, without copying."""
        return {s.name: vector[s.offset : s.offset + s.size].reshape(s.shape) for s in self.specs}


class _Structure:
    """Tells when any module got another part or parameter, or any attribute at all.

    `changes` counts; `settings` is another number of the `clock` after every change.
    """

    changes = 0
    settings = -1


structure = _Structure()
clock = itertools.count()
"""No number comes twice, whichever threads ask."""
_arenas: "WeakSet[Arena]" = WeakSet()


class Arena:
    """Flat numbers `theta` and gradients `grad`, each (size,), with their layout.

    `params` and `params_grad` (num_params,) are the parts without buffers: what an optimiser moves
    and reads. All are of one type, float32 unless said otherwise.

    Whoever sets a parameter's `grad` to None or its `data` to another array cuts it from these
    vectors; `join()`, which every step calls, joins it to them again. A copy of an arena and its
    module, by copy.deepcopy or pickle, hang together as the originals do.
    """

    def __init__(self, layout: ArenaLayout, dtype: DTypeLike = np.float32) -> None:
        self.layout = layout
        self._make_vectors(dtype)
        self._module: Module | None = None
        self._members: list[_Member] = []
        self._seen = -1
        self._joins = 0

    def _make_vectors(self, dtype: DTypeLike) -> None:
        size, num_params = self.layout.size, self.layout.num_params
        self.theta, self.grad = aligned_zeros(size, dtype), aligned_zeros(size, dtype)
        self.params, self.params_grad = self.theta[:num_params], self.grad[:num_params]

    @classmethod
    def adopt(cls, module: "Module", dtype: DTypeLike = np.float32) -> Self:
        """Move a module's parameters, gradients and buffers into an arena; values stay.

        Raises ArgumentError for what is no module.
        """
        if not hasattr(module, "named_parameters") or not hasattr(module, "named_buffers"):
            raise ArgumentError(
                tr("Arena.adopt takes a module, such as Sequential(…), not {module}.").format(
                    module=describe(module)
                )
            )
        try:
            floats = np.dtype(dtype).kind == "f"
        except TypeError:
            floats = False
        if not floats:
            raise ArgumentError(
                tr("An arena is of floats, as np.float32, not {dtype}.").format(
                    dtype=describe(dtype)
                )
            )
        named, buffers = dict(module.named_parameters()), dict(module.named_buffers())
        kinds = {
            path: type(part).__name__ for path, part in getattr(module, "named_modules", tuple)()
        }
        arena = cls._of(named, buffers, dtype, kinds)
        arena._module = module
        return arena

    @classmethod
    def of_parameters(cls, parameters: Mapping[str, "Tensor"], dtype: DTypeLike) -> Self:
        """Move these parameters and their gradients into an arena, in this order; values stay."""
        return cls._of(parameters, {}, dtype)

    @classmethod
    def _of(
        cls,
        named: Mapping[str, "Tensor"],
        buffers: Mapping[str, "Tensor"],
        dtype: DTypeLike,
        kinds: Mapping[str, str] | None = None,
    ) -> Self:
        layout = ArenaLayout.of(
            {name: p.shape for name, p in named.items()},
            {name: b.shape for name, b in buffers.items()},
            kinds,
        )
        arena = cls(layout, dtype)
        thetas, grads = layout.views(arena.theta), layout.views(arena.grad)
        for name, tensor in {**named, **buffers}.items():
            thetas[name][...] = tensor.data
            tensor.data = thetas[name]
        for name, parameter in named.items():
            parameter.grad = grads[name]
        arena._members = [_Member(n, t, thetas[n], grads[n] if n in named else None)
                          for n, t in {**named, **buffers}.items()]  # fmt: skip
        _arenas.add(arena)
        return arena

    @classmethod
    def holding(cls, parameters: Iterable["Tensor"]) -> "Arena | None":
        """The arena in which all of these parameters lie, None where there is none."""
        wanted = {id(parameter) for parameter in parameters}
        for arena in list(_arenas):
            inside = {id(m.tensor) for m in arena._members if m.tensor.data is m.theta}
            if wanted <= inside:
                return arena
        return None

    def parameters(self) -> Iterator["Tensor"]:
        """Its parameters, in their order; none of an arena that was made without a module."""
        return (member.tensor for member in self._members if member.grad is not None)

    def spans(self, parameters: Iterable["Tensor"]) -> tuple[tuple[int, int], ...]:
        """Where in `params` these parameters lie: (start, stop), neighbours joined.

        Raises ArgumentError for a parameter of another arena.
        """
        specs = self.layout.specs
        ends = [*(spec.offset for spec in specs[1:]), self.layout.size]
        places = {
            id(member.tensor): (spec.offset, end)
            for member, spec, end in zip(self._members, specs, ends, strict=True)
            if member.grad is not None
        }
        found = [places.get(id(parameter)) for parameter in parameters]
        if None in found:
            raise ArgumentError(
                tr("A parameter does not lie in this arena. Call Arena.adopt of the whole network.")
            )
        joined: list[tuple[int, int]] = []
        for start, stop in sorted(place for place in found if place is not None):
            if joined and joined[-1][1] == start:
                start = joined.pop()[0]
            if stop > start:
                joined.append((start, stop))
        return tuple(joined)

    @property
    def lacks_parameters(self) -> bool:
        """Whether it belongs to a module in which no parameter was found."""
        return self._module is not None and not self.layout.num_params

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make the views anew: whoever copies arrays copies each by itself."""
        theta, grad = state["theta"], state["grad"]
        self.__dict__.update(state)
        self._make_vectors(theta.dtype)
        self.theta[:], self.grad[:] = theta, grad
        thetas, grads = self.layout.views(self.theta), self.layout.views(self.grad)
        for member in self._members:
            name, tensor = member.name, member.tensor
            joined = tensor.data is member.theta, tensor.grad is member.grad
            member.theta = thetas[name]
            if joined[0]:
                tensor.data = member.theta
            if member.grad is not None:
                member.grad = grads[name]
                if joined[1]:
                    tensor.grad = member.grad
        _arenas.add(self)

    def join(self) -> list[NDArray[Any]]:
        """See to it that the module computes with these vectors, and its gradients lie in them.

        New arrays of the right shape are copied in; a parameter that was replaced is taken in its
        place. Returns the numbers of parameters that are frozen now, as views. Raises LabError
        where the module has other parameters than at first.
        """
        self._joins += 1
        due = not self._joins & (self._joins - 1)  # 1, 2, 4, 8 …: lists and dicts tell nobody
        if self._module is not None and (due or self._seen != structure.changes):
            self._look_for_others(self._module)
            self._seen = structure.changes
        frozen = []
        for member in self._members:
            tensor = member.tensor
            if tensor.data is not member.theta or (
                tensor.grad is not member.grad and member.grad is not None
            ):
                member.join()
            if not tensor.requires_grad and member.grad is not None:
                frozen.append(member.theta)
        return frozen

    def _look_for_others(self, module: "Module") -> None:
        found = {**dict(module.named_parameters()), **dict(module.named_buffers())}
        names = [member.name for member in self._members]
        if found.keys() != set(names):
            new, gone = sorted(found.keys() - set(names)), sorted(set(names) - found.keys())
            parts = [f"{word}: {', '.join(x)}" for word, x in (("new", new), ("gone", gone)) if x]
            raise LabError(
                tr(
                    "{kind} has other parameters than when its arena was made ({parts}), so "
                    "the optimiser would not move them. Call Arena.adopt and make the "
                    "optimiser after the network is complete."
                ).format(kind=type(module).__name__, parts="; ".join(parts))
            )
        for member in self._members:
            if found[member.name] is not member.tensor:
                member.tensor = found[member.name]
                member.join()

    def zero_grad(self, spans: Iterable[tuple[int, int]] | None = None) -> None:
        """Forget all gradients, or those in these `spans` of `params_grad`."""
        if spans is None:
            self.grad.fill(0)
            due: Iterable[_Member] = self._members
        else:
            inside = tuple(spans)
            for start, stop in inside:
                self.params_grad[start:stop] = 0
            pairs = zip(self._members, self.layout.specs, strict=True)
            due = (m for m, s in pairs if any(a <= s.offset < b for a, b in inside))
        for member in due:
            if member.grad is not None and member.tensor.grad is not member.grad:
                member.tensor.grad = member.grad


@dataclass(slots=True, eq=False)
class _Member:
    """One parameter or buffer of a module, and its part of the vectors."""

    name: str
    tensor: "Tensor"
    theta: NDArray[Any]
    grad: NDArray[Any] | None

    def join(self) -> None:
        """Copy numbers and gradient in and look at the vectors again. Raises LabError."""
        tensor = self.tensor
        if tensor.data is not self.theta:
            self._copy("data", tensor.data, self.theta)
            tensor.data = self.theta
        if self.grad is not None and tensor.grad is not self.grad:
            if tensor.grad is None:
                self.grad[...] = 0
            else:
                self._copy("gradient", tensor.grad, self.grad)
            tensor.grad = self.grad

    def _copy(self, what: str, found: Any, own: NDArray[Any]) -> None:
        if np.shape(found) != own.shape:
            raise ShapeError(
                tr(
                    "The {what} of “{name}” is {found} now, its place in the arena {shape}. "
                    "Call Arena.adopt and make the optimiser again."
                ).format(what=what, name=self.name, found=np.shape(found), shape=own.shape)
            )
        own[...] = found
