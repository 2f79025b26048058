"""What all layers share: their parameters are found by walking their attributes."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd.tape import inside
from core.errors import WeightsError


class Module:
    """A part of a network. Parameters are Tensors with `requires_grad`, parts are Modules."""

    training = True
    differs_in_training = False
    """Whether the result depends on `training`, as it does for dropout and batch normalisation."""

    def __call__(self, x: Tensor) -> Tensor:
        """Compute; operations inside belong to this module."""
        with inside(self):
            return self.forward(x)

    def forward(self, x: Tensor) -> Tensor:
        """What the module computes; every module says its own."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it computes")

    def children(self) -> Iterator[tuple[str, "Module"]]:
        """Parts by name, in order of creation."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, "Module"]]:
        """This module and all below it, by path."""
        yield prefix, self
        for name, child in self.children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """All parameters by torch's names, such as “0.weight”."""
        for path, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, Tensor) and value.requires_grad:
                    yield f"{path}.{name}" if path else name, value

    def parameters(self) -> Iterator[Tensor]:
        """All parameters."""
        return (parameter for _, parameter in self.named_parameters())

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Parameter values by name; the arrays themselves, not copies."""
        return {name: parameter.data for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Copy values in. Raises WeightsError when names or shapes differ; then nothing changes."""
        own = self.state_dict()
        if missing := sorted(own.keys() - state.keys()):
            raise WeightsError(f"The weights lack {', '.join(missing)}.")
        if extra := sorted(state.keys() - own.keys()):
            raise WeightsError(f"The weights have {', '.join(extra)}, which this network lacks.")
        for name, array in own.items():
            if state[name].shape != array.shape:
                raise WeightsError(
                    f"“{name}” is {state[name].shape} in the weights, {array.shape} in the network."
                )
        for name, array in own.items():
            array[...] = state[name]

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


def parameter(values: NDArray[np.floating]) -> Tensor:
    """A float32 Tensor to be learnt."""
    return Tensor(np.ascontiguousarray(values, np.float32), requires_grad=True)
