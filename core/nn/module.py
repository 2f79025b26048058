"""What all layers share: their parameters are found by walking their attributes."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.autograd import Tensor
from core.autograd.tape import inside
from core.errors import WeightsError


class Buffer(Tensor):
    """float32 numbers that a layer keeps besides its parameters, such as running statistics."""

    __slots__ = ()

    def __init__(self, values: ArrayLike) -> None:
        super().__init__(np.array(values, np.float32))


class Module:
    """A part of a network, found by its attributes.

    Parts are Modules, alone or in lists. Parameters are Tensors with `requires_grad`. Buffers are
    kept and saved with them, but not learnt by descent.
    """

    training = True
    differs_in_training = False
    """Whether the result depends on `training`, as it does for dropout and batch normalisation."""

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Compute; operations inside belong to this module."""
        with inside(self):
            return self.forward(*inputs, **options)

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """What the module computes; every module says its own."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it computes")

    def __repr__(self) -> str:
        lines = [f"  ({name}): {part!r}".replace("\n", "\n  ") for name, part in self.children()]
        return "\n".join([f"{type(self).__name__}(", *lines, ")"]) if lines else self._title()

    def _title(self) -> str:
        settings = (
            f"{name}={value!r}"
            for name, value in vars(self).items()
            if isinstance(value, int | float | str | tuple) and name != "training"
        )
        return f"{type(self).__name__}({', '.join(settings)})"

    def children(self) -> Iterator[tuple[str, "Module"]]:
        """Parts by name, in order of creation."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value
            elif isinstance(value, list | tuple):
                for number, part in enumerate(value):
                    if isinstance(part, Module):
                        yield f"{name}.{number}", part

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

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """All buffers by torch's names, such as “1.running_mean”."""
        for path, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, Buffer):
                    yield f"{path}.{name}" if path else name, value

    def parameters(self) -> Iterator[Tensor]:
        """All parameters."""
        return (parameter for _, parameter in self.named_parameters())

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Parameters, then buffers, by torch's names; the arrays themselves, not copies."""
        return {
            name: tensor.data for name, tensor in (*self.named_parameters(), *self.named_buffers())
        }

    def load_state_dict(self, state: Mapping[str, ArrayLike]) -> None:
        """Copy values in: arrays, torch tensors or anything else that becomes an array.

        Raises WeightsError when names or shapes differ; then nothing changes.
        """
        own = self.state_dict()
        if missing := sorted(own.keys() - state.keys()):
            raise WeightsError(f"The weights lack {', '.join(missing)}.")
        if extra := sorted(state.keys() - own.keys()):
            raise WeightsError(f"The weights have {', '.join(extra)}, which this network lacks.")
        found = {name: np.asarray(value) for name, value in state.items()}
        for name, array in own.items():
            if found[name].shape != array.shape:
                raise WeightsError(
                    f"“{name}” is {found[name].shape} in the weights, {array.shape} in the network."
                )
            if found[name].dtype.kind not in "fiub":
                raise WeightsError(f"“{name}” holds {found[name].dtype} values, not numbers.")
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


def parameter(values: NDArray[np.floating]) -> Tensor:
    """A float32 Tensor to be learnt."""
    return Tensor(np.ascontiguousarray(values, np.float32), requires_grad=True)
