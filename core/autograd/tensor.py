"""An array that remembers where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.autograd.registry import OPS

if TYPE_CHECKING:
    from core.autograd.tape import Node

    Operand: TypeAlias = "Tensor | ArrayLike"
    Axis: TypeAlias = int | tuple[int, ...] | None


class Tensor:
    """A numpy array with a place in the graph.

    `data` is the array, `grad` the gradient of a leaf (None until the first backward, or a view
    into an Arena). Arithmetic follows numpy's broadcasting; float32 stays float32.
    """

    __slots__ = ("data", "grad", "name", "node", "requires_grad")
    __array_priority__ = 1000.0

    def __init__(self, data: ArrayLike, requires_grad: bool = False, name: str = "") -> None:
        self.data: NDArray[Any] = np.asarray(data)
        self.requires_grad = requires_grad
        self.grad: NDArray[Any] | None = None
        self.name = name
        self.node: Node | None = None
        if requires_grad and self.data.dtype.kind != "f":
            self.data = self.data.astype(np.float32)

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        """Type of the elements."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.data.ndim

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        origin = f", from {self.node.op}" if self.node else ""
        return f"Tensor({np.array2string(self.data, precision=4, threshold=20)}{origin})"

    def item(self) -> float:
        """The only element."""
        return self.data.item()

    def numpy(self) -> NDArray[Any]:
        """The array itself, not a copy."""
        return self.data

    def detach(self) -> Tensor:
        """The same numbers without a past."""
        return Tensor(self.data)

    def backward(self, grad: ArrayLike | None = None) -> None:
        """Add the gradient of this tensor to the `grad` of every leaf it depends on.

        `grad` is the gradient of what follows; it may be left out for a single number.
        """
        from core.autograd.tape import backward

        backward(self, grad)

    def __add__(self, other: Operand) -> Tensor:
        return OPS["add"].apply(self, other)

    def __radd__(self, other: Operand) -> Tensor:
        return OPS["add"].apply(other, self)

    def __sub__(self, other: Operand) -> Tensor:
        return OPS["sub"].apply(self, other)

    def __rsub__(self, other: Operand) -> Tensor:
        return OPS["sub"].apply(other, self)

    def __mul__(self, other: Operand) -> Tensor:
        return OPS["mul"].apply(self, other)

    def __rmul__(self, other: Operand) -> Tensor:
        return OPS["mul"].apply(other, self)

    def __truediv__(self, other: Operand) -> Tensor:
        return OPS["div"].apply(self, other)

    def __rtruediv__(self, other: Operand) -> Tensor:
        return OPS["div"].apply(other, self)

    def __matmul__(self, other: Operand) -> Tensor:
        return OPS["matmul"].apply(self, other)

    def __neg__(self) -> Tensor:
        return OPS["neg"].apply(self)

    def __pow__(self, exponent: float) -> Tensor:
        return OPS["pow"].apply(self, exponent)

    def __getitem__(self, index: Any) -> Tensor:
        return OPS["getitem"].apply(self, index)

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Sum over axes."""
        return OPS["sum"].apply(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Mean over axes."""
        return OPS["mean"].apply(self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: int) -> Tensor:
        """The same numbers in another shape."""
        return OPS["reshape"].apply(self, shape)
