"""One module after the other, with short cuts that change no number."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any, TypeGuard, TypeVar, overload

from core.arguments import shown
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.context import module_scope, op_hook
from core.autograd.ops.convolution import edges, pair
from core.errors import ArgumentError, OutOfBoundsError, ShapeError
from core.nn.convolution import Conv2d, MaxPool2d
from core.nn.layers import GELU, Flatten, Linear, LogSoftmax, ReLU, Sigmoid
from core.nn.module import Module


class Sequential(Module):
    """Modules in order. Some pairs of neighbours are computed in one pass, with the same result:

    linear layers with their activations, and a convolution with its 2×2 max-pool. A ReLU before a
    max-pool waits until after it, where fewer numbers are left: both are monotonic, so the same
    numbers survive. A layer with a forward() of its own is always called. Raises ArgumentError for
    what is no module.
    """

    def __init__(self, *modules: Module) -> None:
        for number, module in enumerate(modules):
            if not isinstance(module, Module):
                raise ArgumentError(
                    f"Sequential takes modules one after the other; number {number} is "
                    f"{shown(module)}. Of a list say Sequential(*modules), of a function its layer."
                )
        self.modules = modules

    def __len__(self) -> int:
        return len(self.modules)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Module]:
        return iter(self.modules)

    @overload
    def __getitem__(self, index: int) -> Module: ...

    @overload
    def __getitem__(self, index: slice) -> "Sequential": ...

    def __getitem__(self, index: int | slice) -> Module:
        try:
            found = self.modules[index]
        except (IndexError, TypeError) as error:
            raise OutOfBoundsError(f"Sequential of {len(self)} modules: {error}") from None
        return Sequential(*found) if isinstance(found, tuple) else found

    def children(self) -> Iterator[tuple[str, Module]]:
        """Parts, named by their number, then those that a subclass has beside them."""
        for number, module in enumerate(self.modules):
            yield str(number), module
        for name, part in super().children():
            if not name.startswith("modules."):
                yield name, part

    def forward(self, x: Tensor) -> Tensor:
        """Through all modules in order."""
        waiting = _relu_after_pool(self.modules)[::-1]
        while waiting:
            if getattr(x, "ndim", 0) == 2 and (layers := linear_layers(waiting)):
                x = self._through(layers, x)
                continue
            module = waiting.pop()
            after = waiting[-1] if waiting else None
            if is_plain(module, Conv2d) and is_plain(after, MaxPool2d) and fit(module, after):
                waiting.pop()
                with module_scope(module):
                    high, wide = module.weight.shape[2:]
                    around = edges(module.padding, (high, wide), (1, 1))
                    x = F.pad(x, around) if any(map(any, around)) else x
                    x = F.conv2d_max_pool2d(x, module.weight, module.bias, after.ceil_mode)
            else:
                x = module(x)
        return x

    def _through(self, layers: list[tuple[Linear, str | None]], x: Tensor) -> Tensor:
        parameters = [p for layer, _ in layers for p in (layer.weight, layer.bias)]
        if op_hook.get() is None:
            with module_scope(layers[0][0]) if len(layers) == 1 else nullcontext():
                try:
                    return F.fused_mlp(x, *parameters, activations=[name for _, name in layers])
                except ShapeError:
                    pass
        # One by one, so that whoever looks for a culprit is told which layer it is.
        for layer, name in layers:
            with module_scope(layer):
                x = F.linear(x, layer.weight, layer.bias)
                x = x if name is None else getattr(F, name)(x)
        return x


M = TypeVar("M", bound=Module)
_PLAIN = (Conv2d, Flatten, GELU, Linear, LogSoftmax, MaxPool2d, ReLU, Sigmoid)
_FORWARDS: dict[type[Module], Any] = {kind: kind.forward for kind in _PLAIN}
_CALL = Module.__call__
_NAMES: dict[Any, tuple[type[Module], str]] = {
    ReLU.forward: (ReLU, "relu"),
    GELU.forward: (GELU, "gelu"),
    Sigmoid.forward: (Sigmoid, "sigmoid"),
}
"""Activations that the layer before computes, by what they do."""


def linear_layers(waiting: list[Module]) -> list[tuple[Linear, str | None]]:
    """The linear layers that come next, with their activations; taken from what waits."""
    layers: list[tuple[Linear, str | None]] = []
    while waiting and is_plain(layer := waiting[-1], Linear) and layer.bias is not None:
        waiting.pop()
        name = _activation(waiting[-1]) if waiting else None
        if name:
            waiting.pop()
        layers.append((layer, name))
    return layers


def _activation(module: Module) -> str | None:
    """What `module` is called where the layer before it computes it; None for any other module."""
    if isinstance(module, GELU) and module.approximate != "none":
        return None
    found = _NAMES.get(type(module).forward)
    return found[1] if found and is_plain(module, found[0]) else None


def is_plain(module: object, kind: type[M]) -> TypeGuard[M]:
    """Whether a module computes just what its kind does, so that another may compute it for it.

    A subclass with a forward() of its own does not, nor a layer whose forward was replaced.
    """
    own: Any = type(module)
    return (
        isinstance(module, kind)
        and own.forward is _FORWARDS[kind]
        and own.__call__ is _CALL
        and "forward" not in module.__dict__
    )


def fit(conv: Conv2d, pool: MaxPool2d) -> bool:
    """Whether there is one operation for both."""
    step = pool.kernel_size if pool.stride is None else pool.stride
    return (
        pair(conv.stride, "stride", 1) == (1, 1)
        and pair(pool.kernel_size, "kernel_size", 1) == (2, 2)
        and pair(step, "stride", 1) == (2, 2)
        and pair(pool.padding, "padding", 0) == (0, 0)
    )


def _relu_after_pool(modules: tuple[Module, ...]) -> list[Module]:
    order = list(modules)
    for i in range(len(order) - 1):
        if is_plain(order[i + 1], MaxPool2d) and is_plain(order[i], ReLU):
            order[i], order[i + 1] = order[i + 1], order[i]
    return order
