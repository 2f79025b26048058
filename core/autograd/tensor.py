"""An array that remembers where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.autograd.registry import OPS
from core.errors import LabError

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

    def backward(self, grad: ArrayLike | None = None, retain_graph: bool = False) -> None:
        """Add the gradient of this tensor to the `grad` of every leaf it depends on.

        `grad` is the gradient of what follows; it may be left out for a single number. With
        `retain_graph` backward() may begin here again without a warning.
        """
        from core.autograd.tape import backward

        backward(self, grad, retain_graph)

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

    def __rmatmul__(self, other: Operand) -> Tensor:
        return OPS["matmul"].apply(other, self)

    def __neg__(self) -> Tensor:
        return OPS["neg"].apply(self)

    def __pow__(self, exponent: Operand) -> Tensor:
        return OPS["pow"].apply(self, exponent)

    def __rpow__(self, base: Operand) -> Tensor:
        return OPS["pow"].apply(base, self)

    def __getitem__(self, index: Any) -> Tensor:
        return OPS["getitem"].apply(self, index)

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Sum over axes."""
        return OPS["sum"].apply(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Mean over axes."""
        return OPS["mean"].apply(self, axis=axis, keepdims=keepdims)

    def var(self, axis: Axis = None, unbiased: bool = True, keepdims: bool = False) -> Tensor:
        """Variance over axes."""
        return OPS["var"].apply(self, axis=axis, unbiased=unbiased, keepdims=keepdims)

    def std(self, axis: Axis = None, unbiased: bool = True, keepdims: bool = False) -> Tensor:
        """Standard deviation over axes."""
        return OPS["std"].apply(self, axis=axis, unbiased=unbiased, keepdims=keepdims)

    def max(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        """Largest value, of all or along one axis."""
        return OPS["max"].apply(self, axis=axis, keepdims=keepdims)

    def min(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        """Smallest value, of all or along one axis."""
        return OPS["min"].apply(self, axis=axis, keepdims=keepdims)

    def exp(self) -> Tensor:
        """e to each number."""
        return OPS["exp"].apply(self)

    def log(self) -> Tensor:
        """Natural logarithms."""
        return OPS["log"].apply(self)

    def sqrt(self) -> Tensor:
        """Square roots."""
        return OPS["sqrt"].apply(self)

    def abs(self) -> Tensor:
        """Sizes without sign."""
        return OPS["abs"].apply(self)

    def __abs__(self) -> Tensor:
        return self.abs()

    def reshape(self, *shape: int | tuple[int, ...]) -> Tensor:
        """The same numbers in another shape."""
        lengths = shape[0] if isinstance(shape[0], tuple) else shape
        return OPS["reshape"].apply(self, lengths)

    def transpose(self, axes: tuple[int, ...] | None = None) -> Tensor:
        """Axes in another order; reversed without `axes`."""
        return OPS["transpose"].apply(self, axes=axes)

    def swapaxes(self, a: int, b: int) -> Tensor:
        """Two axes exchanged."""
        order = list(range(self.ndim))
        order[a], order[b] = order[b], order[a]
        return self.transpose(tuple(order))

    @property
    def T(self) -> Tensor:
        """Axes reversed."""
        return self.transpose()

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.data.size

    # -- so that a rule written for arrays also runs on Tensors -----------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        name = _UFUNCS.get(ufunc.__name__, ufunc.__name__)
        if method == "__call__" and not options and name in OPS:
            return OPS[name].apply(*inputs)
        if method == "__call__" and ufunc.nout == 1 and not options and ufunc.__name__ in _FLAT:
            return ufunc(*(raw(x) for x in inputs))
        return NotImplemented

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        if name := _FUNCTIONS.get(function.__name__):
            return OPS[name].apply(*args, **options)
        if function is np.expand_dims:
            tensor, axis = args
            return tensor.reshape(np.expand_dims(tensor.data, axis).shape)
        if function is np.size:
            return args[0].size
        if function in (np.zeros_like, np.ones_like, np.empty_like):
            return function(args[0].data, *args[1:], **options)
        return NotImplemented

    def __array__(self, *args: Any, **options: Any) -> NDArray[Any]:
        raise LabError(
            "A Tensor was used where an array is needed, which would cut the graph. Say .data for "
            "the numbers, or use an operation on Tensors."
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        raise LabError(
            "A Tensor cannot be changed in place: what was computed from it would no longer be "
            "true. Build a new one with where() or concat(), or write to .data of a leaf before it "
            "is used."
        )

    def __gt__(self, other: Any) -> NDArray[np.bool_]:
        return self.data > raw(other)

    def __lt__(self, other: Any) -> NDArray[np.bool_]:
        return self.data < raw(other)

    def __ge__(self, other: Any) -> NDArray[np.bool_]:
        return self.data >= raw(other)

    def __le__(self, other: Any) -> NDArray[np.bool_]:
        return self.data <= raw(other)


_UFUNCS = {
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "true_divide": "div",
    "negative": "neg",
    "power": "pow",
    "absolute": "abs",
}
_FUNCTIONS = {
    "broadcast_to": "broadcast_to",
    "where": "where",
}
"""numpy's functions on the left that are operations with the same arguments."""
_FLAT = ("sign", "greater", "less", "equal", "greater_equal", "less_equal", "isfinite", "floor")
"""Functions without slope, or of which nobody wants the slope."""


def raw(value: Any) -> Any:
    """The array in a Tensor; anything else as it is."""
    return value.data if isinstance(value, Tensor) else value
