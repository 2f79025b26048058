"""One module after the other, with short cuts that change no number."""

from collections.abc import Iterator
from contextlib import nullcontext

from core.autograd import Tensor, tape
from core.autograd import functional as F
from core.autograd.rules.convolution import edges
from core.autograd.tape import inside
from core.errors import ShapeError
from core.nn.convolution import Conv2d, MaxPool2d
from core.nn.layers import GELU, Linear, ReLU, Sigmoid
from core.nn.module import Module


class Sequential(Module):
    """Modules in order. Some pairs of neighbours are computed in one pass, with the same result:

    linear layers with their activations, and a convolution with its 2×2 max-pool. A ReLU before a
    max-pool waits until after it, where fewer numbers are left: both are monotonic, so the same
    numbers survive.
    """

    def __init__(self, *modules: Module) -> None:
        self.modules = modules

    def children(self) -> Iterator[tuple[str, Module]]:
        """Parts, named by their number."""
        return ((str(i), module) for i, module in enumerate(self.modules))

    def forward(self, x: Tensor) -> Tensor:
        """Through all modules in order."""
        waiting = _relu_after_pool(self.modules)[::-1]
        while waiting:
            if x.ndim == 2 and (layers := linear_layers(waiting)):
                x = self._through(layers, x)
                continue
            module = waiting.pop()
            after = waiting[-1] if waiting else None
            if isinstance(module, Conv2d) and isinstance(after, MaxPool2d) and fit(module, after):
                waiting.pop()
                with inside(module):
                    high, wide = module.weight.shape[2:]
                    around = edges(module.padding, (high, wide), (1, 1))
                    x = F.pad(x, around) if any(map(any, around)) else x
                    x = F.conv2d_max_pool2d(x, module.weight, module.bias, after.ceil_mode)
            else:
                x = module(x)
        return x

    def _through(self, layers: list[tuple[Linear, str | None]], x: Tensor) -> Tensor:
        parameters = [p for layer, _ in layers for p in (layer.weight, layer.bias)]
        if tape.watcher is None:
            with inside(layers[0][0]) if len(layers) == 1 else nullcontext():
                try:
                    return F.linear_chain(x, *parameters, activations=[name for _, name in layers])
                except ShapeError:
                    pass
        # One by one, so that whoever looks for a culprit is told which layer it is.
        for layer, name in layers:
            with inside(layer):
                x = F.linear(x, layer.weight, layer.bias)
                x = x if name is None else getattr(F, name)(x)
        return x


_ACTIVATIONS: dict[type[Module], str] = {ReLU: "relu", GELU: "gelu", Sigmoid: "sigmoid"}


def linear_layers(waiting: list[Module]) -> list[tuple[Linear, str | None]]:
    """The linear layers that come next, with their activations; taken from what waits."""
    layers: list[tuple[Linear, str | None]] = []
    while waiting and isinstance(layer := waiting[-1], Linear) and layer.bias is not None:
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
    return _ACTIVATIONS.get(type(module))


def fit(conv: Conv2d, pool: MaxPool2d) -> bool:
    """Whether there is one operation for both."""
    return (
        conv.stride in (1, (1, 1))
        and pool.kernel_size in (2, (2, 2))
        and pool.stride in (None, 2, (2, 2))
        and pool.padding in (0, (0, 0))
    )


def _relu_after_pool(modules: tuple[Module, ...]) -> list[Module]:
    order = list(modules)
    for i in range(len(order) - 1):
        if isinstance(order[i], ReLU) and isinstance(order[i + 1], MaxPool2d):
            order[i], order[i + 1] = order[i + 1], order[i]
    return order
