"""Module: the base class of layers; parameters are found by walking the attributes."""

import inspect
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AnySet
from reprlib import recursive_repr
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.arguments import describe
from core.autograd import Tensor
from core.autograd.context import module_scope, module_stack
from core.autograd.tensor import raw
from core.errors import ArgumentError, LabError, WeightsError
from core.nn import init
from core.nn.arena import clock, structure
from core.nn.hooks import ForwardHooks, RemovableHandle
from core.translation import tr

_F32 = np.dtype(np.float32)


class Buffer(Tensor):
    """float32 numbers that a layer keeps besides its parameters, such as running statistics."""

    __slots__ = ()

    def __init__(self, values: ArrayLike) -> None:
        super().__init__(np.array(values, np.float32))


class Module:
    """A part of a network, found by its attributes.

    Parts are Modules, parameters Tensors made with `requires_grad` (also while they are frozen),
    alone or in lists, tuples and mappings, nested or not; a set has no order and is refused.
    Buffers are kept and saved with them, but not learnt by descent. Inputs of float64 and float16
    are taken as float32 where the parameters are float32, so that the fast engine computes.
    """

    training = True
    _forward_hooks: ForwardHooks | None = None
    differs_in_training = False
    """Whether the result depends on `training`, as it does for dropout and batch normalisation."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Module | list | tuple | dict) or getattr(value, "learnable", False):
            structure.changes += 1
        object.__setattr__(self, name, value)
        if name != "training":
            structure.settings = next(clock)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        structure.settings = next(clock)

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Compute; operations inside belong to this module."""
        if not module_stack.get():
            for x in (*inputs, *options.values()) if options else inputs:
                if _is_other_float(x):
                    inputs = self._as_parameters(inputs)
                    values = self._as_parameters(tuple(options.values()))
                    options = dict(zip(options, values, strict=True))
                    break
        with module_scope(self):
            output = self.forward(*inputs, **options)
            hooks = self._forward_hooks
            return output if hooks is None else hooks(self, inputs, options, output)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after every forward(), in the order registered.

        What it returns, unless None, takes the place of the output. With `with_kwargs` it is called
        as `hook(module, args, kwargs, output)`, with `prepend` before all others. A module with a
        hook is never fused with its neighbours.
        """
        if self._forward_hooks is None:
            self._forward_hooks = ForwardHooks()
        return self._forward_hooks.add(self, hook, prepend, with_kwargs)

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """What the module computes; every module says its own."""
        raise NotImplementedError(
            tr("{kind} does not say what it computes").format(kind=type(self).__name__)
        )

    def _as_parameters(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Inputs of other floats as float32, where the first parameter is of that type."""
        first = next(self.parameters(), None)
        if first is None or first.data.dtype != np.float32:
            return inputs
        return tuple(
            Tensor((x.data if isinstance(x, Tensor) else x).astype(np.float32))
            if _is_other_float(x)
            else x
            for x in inputs
        )

    @recursive_repr()
    def __repr__(self) -> str:
        lines = [f"  ({name}): {part!r}".replace("\n", "\n  ") for name, part in self.children()]
        return "\n".join([f"{type(self).__name__}(", *lines, ")"]) if lines else self._title()

    def _title(self) -> str:
        """Its name with its settings: what the constructor takes, then other plain attributes.

        A switch such as `bias`, under whose name a parameter is kept, says whether there is one.
        """
        kept = vars(self)
        found = {}
        for name, parameter in inspect.signature(type(self)).parameters.items():
            if name in kept:
                switch = parameter.annotation is bool and not isinstance(kept[name], bool)
                found[name] = kept[name] is not None if switch else kept[name]
        for name, value in kept.items():
            if name[0] != "_" and name != "training":
                found.setdefault(name, value)
        settings = (
            f"{name}={value!r}"
            for name, value in found.items()
            if isinstance(value, int | float | str | tuple)
        )
        return f"{type(self).__name__}({', '.join(settings)})"

    def children(self) -> Iterator[tuple[str, "Module"]]:
        """Parts by name, in order of creation."""
        for name, value in vars(self).items():
            yield from _found(name, value, Module)

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, "Module"]]:
        """This module and all below it, by path; each once, so that a part may know its owner."""
        yield from self._walk(prefix, set())

    def _walk(self, path: str, seen: set[int]) -> Iterator[tuple[str, "Module"]]:
        if id(self) in seen:
            return
        seen.add(id(self))
        yield path, self
        for name, child in self.children():
            yield from child._walk(f"{path}.{name}" if path else name, seen)

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """All parameters by torch's names, such as “0.weight”, frozen ones too; each once."""
        seen: set[int] = set()
        for name, tensor in self._named_tensors():
            if id(tensor) not in seen and not isinstance(tensor, Buffer):
                seen.add(id(tensor))
                yield name, tensor

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """All buffers by torch's names, such as “1.running_mean”."""
        return ((name, t) for name, t in self._named_tensors() if isinstance(t, Buffer))

    def _named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Parameters and buffers of all modules; one that has two names comes twice.

        Raises LabError where two have one name, as under the keys 1 and "1" of a dict.
        """
        names: dict[str, Tensor] = {}
        for path, module in self.named_modules():
            for name, value in vars(module).items():
                for place, tensor in _found(name, value, Tensor):
                    if _kept(tensor) and tensor.node is None:
                        full = f"{path}.{place}" if path else place
                        if names.setdefault(full, tensor) is not tensor:
                            raise LabError(
                                tr(
                                    "Two parameters are called “{full}”, so one would be "
                                    "lost. Give the keys of dicts other names."
                                ).format(full=full)
                            )
                        yield full, tensor

    def parameters(self) -> Iterator[Tensor]:
        """All parameters."""
        return (parameter for _, parameter in self.named_parameters())

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Parameters, then buffers, by torch's names; the arrays themselves, not copies."""
        found = list(self._named_tensors())
        found.sort(key=lambda pair: isinstance(pair[1], Buffer))  # stable
        return {name: tensor.data for name, tensor in found}

    def load_state_dict(self, state: Mapping[str, ArrayLike]) -> None:
        """Copy values in: arrays, torch tensors or anything else that becomes an array.

        Raises WeightsError when names or shapes differ; then nothing changes.
        """
        if not isinstance(state, Mapping):
            raise ArgumentError(
                tr("Weights are a mapping of names to arrays, not {state}.").format(
                    state=describe(state)
                )
            )
        own = self.state_dict()
        if missing := sorted(own.keys() - state.keys()):
            raise WeightsError(tr("The weights lack {missing}.").format(missing=", ".join(missing)))
        if extra := sorted(map(str, state.keys() - own.keys())):
            raise WeightsError(
                tr("The weights have {extra}, which this network lacks.").format(
                    extra=", ".join(extra)
                )
            )
        found = {name: _values(name, value, own[name]) for name, value in state.items()}
        for name, array in own.items():
            if found[name].shape != array.shape:
                raise WeightsError(
                    tr("“{name}” is {shape} in the weights, {array_shape} in the network.").format(
                        name=name, shape=found[name].shape, array_shape=array.shape
                    )
                )
            if found[name].dtype.kind not in "fiub":
                raise WeightsError(
                    tr("“{name}” holds {dtype} values, not numbers.").format(
                        name=name, dtype=found[name].dtype
                    )
                )
        for name, array in own.items():
            array[...] = found[name]

    def train(self, mode: bool = True) -> "Module":
        """Behave as in training, or as in use."""
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self) -> "Module":
        """Behave as in use."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for parameter in self.parameters():
            if parameter.grad is not None:
                parameter.grad[...] = 0


def _found(
    name: str, value: Any, kind: type[Any], around: tuple[int, ...] = ()
) -> Iterator[tuple[str, Any]]:
    """What is of one kind in an attribute: itself, or in lists, tuples and mappings, by path.

    `around` are the containers that it lies in, so that one which holds itself has an end.
    """
    if isinstance(value, kind):
        yield name, value
        return
    if type(value) in _SIMPLE or id(value) in around:
        return
    for key, part in _parts(name, value):
        yield from _found(f"{name}.{key}", part, kind, (*around, id(value)))


_SIMPLE = frozenset((int, float, bool, str, type(None), np.ndarray, np.random.Generator))


def _parts(name: str, value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return iter(value.items())
    if isinstance(value, AnySet) and any(
        isinstance(part, Module) or (isinstance(part, Tensor) and _kept(part)) for part in value
    ):
        raise ArgumentError(
            tr(
                "“{name}” is a set: it has no order, so its parameters would have other names "
                "in every process. Keep them in a list or a dict."
            ).format(name=name)
        )
    return enumerate(value) if isinstance(value, list | tuple | deque) else iter(())


def _kept(tensor: Tensor) -> bool:
    return tensor.requires_grad or tensor.learnable or isinstance(tensor, Buffer)


def _is_other_float(x: Any) -> bool:
    """Whether an input is data in another float type than float32: nothing that is derived by."""
    if isinstance(x, Tensor):
        if x.node is not None or x.requires_grad:
            return False
        x = x.data
    return isinstance(x, np.ndarray) and x.dtype is not _F32 and x.dtype.kind == "f"


def _values(name: str, value: ArrayLike, own: NDArray[Any]) -> NDArray[Any]:
    """What will be copied in; a copy itself, as it may be another part of the same network."""
    try:
        found = np.asarray(raw(value))
        return found if found is own else found.copy()
    except Exception as error:  # whatever a foreign object says when it is asked for numbers
        raise WeightsError(
            tr("“{name}” in the weights is no array: {error}").format(name=name, error=error)
        ) from error


def tensor(x: Any) -> Any:
    """An input as it is where it has a shape, as a Tensor otherwise. Raises ArgumentError."""
    return x if isinstance(x, Tensor | np.ndarray) else Tensor(x)


def weight_and_bias(
    rng: np.random.Generator, shape: tuple[int, ...], outputs: int, bias: bool
) -> tuple[Tensor, Tensor | None]:
    """A weight (out, in, …) and a bias (outputs,) if wanted, both even in ±1/√(in·…)."""
    fan_in = math.prod(shape[1:])
    weight = parameter(init.fan_in_uniform(rng, shape, fan_in))
    return weight, parameter(init.fan_in_uniform(rng, (outputs,), fan_in)) if bias else None


def parameter(values: NDArray[np.floating]) -> Tensor:
    """A float32 Tensor to be learnt."""
    return Tensor(np.ascontiguousarray(values, np.float32), requires_grad=True)
