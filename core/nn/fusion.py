"""Fusion: a pass that plans how neighbouring modules are computed in one op, with the same result.

`fuse` makes the plan, `Sequential` keeps it and runs its steps one after the other.
Linear layers with their activations become `fused_mlp`, a convolution and its 2×2 max-pool
`conv2d_max_pool2d`. A ReLU before a max-pool is computed after it, on fewer numbers: both are
monotonic, so the result is the same. A subclass with its own forward() is never fused, nor a layer
with a forward hook.
"""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any, TypeGuard, TypeVar

from core.autograd import functional as F
from core.autograd.context import module_scope, op_hook
from core.autograd.ops.convolution import edges, pair
from core.errors import ShapeError
from core.nn.arena import structure
from core.nn.convolution import Conv2d
from core.nn.layers import GELU, Flatten, Linear, LogSoftmax, ReLU, Sigmoid
from core.nn.module import Module
from core.nn.pooling import MaxPool2d

M = TypeVar("M", bound=Module)
_PLAIN = (Conv2d, Flatten, GELU, Linear, LogSoftmax, MaxPool2d, ReLU, Sigmoid)
_FORWARDS: dict[type[Module], Any] = {kind: kind.forward for kind in _PLAIN}
_CALL = Module.__call__
_ACTIVATIONS: dict[Any, tuple[type[Module], str]] = {
    ReLU.forward: (ReLU, "relu"),
    GELU.forward: (GELU, "gelu"),
    Sigmoid.forward: (Sigmoid, "sigmoid"),
}
"""Activations that fused_mlp computes, by their forward()."""


Step = Callable[[Any], Any]
"""What one op computes of a Sequential: a module, or several that are fused."""


def fuse(modules: Iterable[Module]) -> tuple[Step, ...]:
    """The steps that compute all modules in order, neighbours fused where possible."""
    pending = _relu_after_pool(tuple(modules))[::-1]
    steps: list[Step] = []
    while pending:
        before = pending[::-1]
        if layers := linear_layers(pending):
            steps.append(FusedLinear(layers, before[: len(before) - len(pending)]))
            continue
        module = pending.pop()
        after = pending[-1] if pending else None
        if is_plain(module, Conv2d) and is_plain(after, MaxPool2d) and can_fuse(module, after):
            pending.pop()
            steps.append(FusedConvPool(module, after))
        else:
            steps.append(module)
    return tuple(steps)


class FusedLinear:
    """Linear layers with their activations in one op, where the input is (N, features)."""

    def __init__(self, layers: list[tuple[Linear, str | None]], modules: list[Module]) -> None:
        self._layers = layers
        self._modules = modules
        self._names = [name for _, name in layers]

    def __call__(self, x: Any) -> Any:
        """(N, in) → (N, out); of an input with other axes module by module."""
        if getattr(x, "ndim", 0) != 2:
            for module in self._modules:
                x = module(x)
            return x
        layers = self._layers
        if op_hook.get() is None:
            parameters = [p for layer, _ in layers for p in (layer.weight, layer.bias)]
            with module_scope(layers[0][0]) if len(layers) == 1 else nullcontext():
                try:
                    return F.fused_mlp(x, *parameters, activations=self._names)
                except ShapeError:
                    pass
        # One by one, so that an op hook or an error names the layer.
        for layer, name in layers:
            with module_scope(layer):
                x = F.linear(x, layer.weight, layer.bias)
                x = x if name is None else getattr(F, name)(x)
        return x


class FusedConvPool:
    """A convolution and the max-pool behind it in one op."""

    def __init__(self, conv: Conv2d, pool: MaxPool2d) -> None:
        self._conv, self._pool = conv, pool

    def __call__(self, x: Any) -> Any:
        """(N, C, H, W) → (N, O, OH/2, OW/2)."""
        conv = self._conv
        with module_scope(conv):
            high, wide = conv.weight.shape[2:]
            around = edges(conv.padding, (high, wide), (1, 1))
            x = F.pad(x, around) if any(map(any, around)) else x
            return F.conv2d_max_pool2d(x, conv.weight, conv.bias, self._pool.ceil_mode)


class FusionPlan:
    """The steps of some modules, until an attribute of any module or a class's forward changes.

    A copy and a pickle are None: the plan is made again.
    """

    def __init__(self, modules: tuple[Module, ...]) -> None:
        self.modules = modules
        self.time = structure.settings
        self.steps = fuse(modules)
        kinds = {type(module) for module in modules}
        self._forwards = tuple((kind, kind.forward, kind.__call__) for kind in kinds)

    def holds(self, modules: object) -> bool:
        """Whether these modules would be fused in the same way."""
        if self.modules is not modules or self.time != structure.settings:
            return False
        for kind, forward, call in self._forwards:
            if kind.forward is not forward or kind.__call__ is not call:
                return False
        return True

    def __reduce__(self) -> tuple[Any, ...]:
        return _no_plan, ()


def _no_plan() -> None:
    return None


def linear_layers(pending: list[Module]) -> list[tuple[Linear, str | None]]:
    """Pop the linear layers at the end of `pending`, each with the name of its activation."""
    layers: list[tuple[Linear, str | None]] = []
    while pending and is_plain(layer := pending[-1], Linear) and layer.bias is not None:
        pending.pop()
        name = _activation(pending[-1]) if pending else None
        if name:
            pending.pop()
        layers.append((layer, name))
    return layers


def _activation(module: Module) -> str | None:
    """The name of an activation that fused_mlp computes; None for any other module."""
    if isinstance(module, GELU) and module.approximate != "none":
        return None
    found = _ACTIVATIONS.get(type(module).forward)
    return found[1] if found and is_plain(module, found[0]) else None


def is_plain(module: object, kind: type[M]) -> TypeGuard[M]:
    """Whether a module computes exactly what its kind does, so that a fused op may replace it.

    A subclass with its own forward() does not, nor a layer whose forward was replaced, or which
    has a forward hook: that wants to see what the layer alone hands on.
    """
    own: Any = type(module)
    return (
        isinstance(module, kind)
        and own.forward is _FORWARDS[kind]
        and own.__call__ is _CALL
        and "forward" not in module.__dict__
        and module._forward_hooks is None
    )


def can_fuse(conv: Conv2d, pool: MaxPool2d) -> bool:
    """Whether conv2d_max_pool2d computes both."""
    step = pool.kernel_size if pool.stride is None else pool.stride
    return (
        conv.groups == 1
        and pair(conv.stride, "stride", 1) == (1, 1)
        and pair(conv.dilation, "dilation", 1) == (1, 1)
        and pair(pool.kernel_size, "kernel_size", 1) == (2, 2)
        and pair(step, "stride", 1) == (2, 2)
        and pair(pool.padding, "padding", 0) == (0, 0)
        and pair(pool.dilation, "dilation", 1) == (1, 1)
    )


def _relu_after_pool(modules: tuple[Module, ...]) -> list[Module]:
    order = list(modules)
    for i in range(len(order) - 1):
        if is_plain(order[i + 1], MaxPool2d) and is_plain(order[i], ReLU):
            order[i], order[i + 1] = order[i + 1], order[i]
    return order
