"""Tensor: a numpy array with a gradient and a place in the autograd graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.arguments import plain_array
from core.autograd.registry import OPS
from core.errors import ArgumentError, LabError, ShapeError
from core.translation import tr

if TYPE_CHECKING:
    from core.autograd.tape import Node

    Operand: TypeAlias = "Tensor | ArrayLike"
    Dim: TypeAlias = int | tuple[int, ...] | None

_SHOWN = 100
"""A Tensor of more numbers shows its corners and its shape."""
_F32, _F64 = np.dtype(np.float32), np.dtype(np.float64)


def _unary(name: str) -> Callable[[Any], Tensor]:
    """The method of Tensor that is the op of this name."""

    def method(self: Any) -> Tensor:
        return OPS[name].apply(self)

    return method


def _binary(name: str) -> tuple[Callable[[Any, Operand], Tensor], Callable[[Any, Operand], Tensor]]:
    """The operator of Tensor that is the op of this name, and the one for a Tensor on the right."""

    def left(self: Any, other: Operand) -> Tensor:
        return OPS[name].apply(self, other)

    def right(self: Any, other: Operand) -> Tensor:
        return OPS[name].apply(other, self)

    return left, right


def _comparison(compare: np.ufunc) -> Callable[[Any, Any], Any]:
    """The operator of Tensor for a comparison, which gives an array of booleans as numpy's does.

    NotImplemented for what is no number; Python then says so, or that they differ.
    """

    def method(self: Any, other: Any) -> Any:
        try:
            numbers = plain_array(raw(other), "other")
        except ArgumentError:
            return NotImplemented
        # A number of Python's stays one: beside float32 it is compared as float32.
        right = other if isinstance(other, int | float) else numbers
        try:
            return compare(self.data, right)
        except ValueError as error:
            raise ShapeError(f"{compare.__name__}: {error}") from error

    return method


class Tensor:
    """A numpy array with a place in the graph.

    `data` is the array, `grad` the gradient of a leaf (None until the first backward, or a view
    into an Arena). Arithmetic follows numpy's broadcasting; float32 stays float32. `learnable` says
    that it was made with `requires_grad`: a layer keeps it among its parameters while it is frozen.

    An array is shared, not copied, and backward() reads what it holds then: changing it in place
    between forward and backward gives the gradient of other numbers, which detect_anomaly() finds.
    Floats of Python and lists of them become float32. Raises ArgumentError for what is no number.
    """

    __slots__ = ("data", "grad", "learnable", "name", "node", "requires_grad")

    def __init__(self, data: ArrayLike, requires_grad: bool = False, name: str = "") -> None:
        self.requires_grad = self.learnable = requires_grad
        self.grad: NDArray[Any] | None = None
        self.name = name
        self.node: Node | None = None
        if type(data) is np.ndarray and (data.dtype is _F32 or data.dtype is _F64):
            self.data: NDArray[Any] = data
            return
        self.data = plain_array(data, "data")
        if (requires_grad and self.data.dtype.kind != "f") or (
            type(data) in (list, tuple, float) and self.data.dtype == np.float64
        ):
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
        if not self.ndim:
            raise TypeError(tr("a Tensor of shape () has no length"))  # Python asks for this error
        return len(self.data)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise ShapeError(tr("A Tensor of shape () has no rows to go through."))
        return (self[row] for row in range(len(self.data)))

    def __repr__(self) -> str:
        shown = np.array2string(
            self.data, precision=4, threshold=_SHOWN, separator=", ", prefix="tensor("
        )
        parts = [shown]
        if self.data.size > _SHOWN or not self.data.size:
            parts.append(f"shape={self.shape}")
        parts.append(f"dtype={self.dtype}")
        if self.requires_grad:
            parts.append("requires_grad=True")
        if self.node is not None:
            parts.append(f"grad_fn={self.node.op}")
        return f"tensor({', '.join(parts)})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    def item(self) -> float:
        """The only element. Raises ShapeError where there are more, or none."""
        if self.data.size != 1:
            raise ShapeError(tr("A Tensor {shape} is no single number.").format(shape=self.shape))
        return self.data.item()

    def numpy(self) -> NDArray[Any]:
        """The array itself, not a copy."""
        return self.data

    def detach(self) -> Tensor:
        """Shares the data, detached from the graph."""
        return Tensor(self.data)

    def backward(self, grad: ArrayLike | None = None, retain_graph: bool = False) -> None:
        """Add the gradient of this tensor to the `grad` of every leaf it depends on.

        `grad` is the gradient of what follows; it may be left out for a single number. With
        `retain_graph` backward() may begin here again without a warning.
        """
        from core.autograd.tape import backward

        backward(self, grad, retain_graph)

    __add__, __radd__ = _binary("add")
    __sub__, __rsub__ = _binary("sub")
    __mul__, __rmul__ = _binary("mul")
    __truediv__, __rtruediv__ = _binary("div")
    __matmul__, __rmatmul__ = _binary("matmul")
    __pow__, __rpow__ = _binary("pow")
    __neg__, __abs__, abs = _unary("neg"), _unary("abs"), _unary("abs")
    relu, sigmoid, tanh = _unary("relu"), _unary("sigmoid"), _unary("tanh")
    exp, log, sqrt = _unary("exp"), _unary("log"), _unary("sqrt")

    def __getitem__(self, index: Any) -> Tensor:
        return OPS["getitem"].apply(self, index)

    def sum(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """Sum over axes."""
        return OPS["sum"].apply(self, dim=dim, keepdim=keepdim)

    def mean(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """Mean over axes."""
        return OPS["mean"].apply(self, dim=dim, keepdim=keepdim)

    def var(self, dim: Dim = None, unbiased: bool = True, keepdim: bool = False) -> Tensor:
        """Variance over axes."""
        return OPS["var"].apply(self, dim=dim, unbiased=unbiased, keepdim=keepdim)

    def std(self, dim: Dim = None, unbiased: bool = True, keepdim: bool = False) -> Tensor:
        """Standard deviation over axes."""
        return OPS["std"].apply(self, dim=dim, unbiased=unbiased, keepdim=keepdim)

    def max(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """Largest value, of all or along one axis."""
        return OPS["max"].apply(self, dim=dim, keepdim=keepdim)

    def min(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """Smallest value, of all or along one axis."""
        return OPS["min"].apply(self, dim=dim, keepdim=keepdim)

    def argmax(self, dim: int | None = None, keepdim: bool = False) -> NDArray[np.intp]:
        """Where the largest value lies, of all or along one axis: an array, without gradient."""
        return self._arg(np.argmax, dim, keepdim)

    def argmin(self, dim: int | None = None, keepdim: bool = False) -> NDArray[np.intp]:
        """Where the smallest value lies, of all or along one axis: an array, without gradient."""
        return self._arg(np.argmin, dim, keepdim)

    def _arg(self, find: Any, dim: int | None, keepdim: bool) -> NDArray[np.intp]:
        try:
            return find(self.data, axis=dim, keepdims=keepdim)
        except (ValueError, TypeError) as error:
            raise ShapeError(
                tr("{kind}: {error} (operand {shape})").format(
                    kind=find.__name__, error=error, shape=self.shape
                )
            ) from error

    def softmax(self, dim: int = -1) -> Tensor:
        """Probabilities along one axis."""
        return OPS["softmax"].apply(self, dim=dim)

    def log_softmax(self, dim: int = -1) -> Tensor:
        """Log-probabilities along one axis."""
        return OPS["log_softmax"].apply(self, dim=dim)

    def reshape(self, *shape: int | tuple[int, ...]) -> Tensor:
        """The same numbers in another shape."""
        whole = len(shape) == 1 and isinstance(shape[0], tuple | list)
        return OPS["reshape"].apply(self, shape[0] if whole else shape)

    def permute(self, *dims: int | tuple[int, ...]) -> Tensor:
        """Axes in another order, as a tuple or one by one; reversed without `dims`."""
        whole = len(dims) == 1 and isinstance(dims[0], tuple | list)
        return OPS["permute"].apply(self, dims[0] if whole else dims or None)

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """Two axes exchanged."""
        order = list(range(self.ndim))
        try:
            order[dim0], order[dim1] = order[dim1], order[dim0]
        except (IndexError, TypeError) as error:
            raise ShapeError(
                tr("transpose({dim0}, {dim1}) of {shape}: {error}").format(
                    dim0=dim0, dim1=dim1, shape=self.shape, error=error
                )
            ) from None
        return self.permute(tuple(order))

    swapaxes = transpose
    """numpy's name, for rules that run on arrays and Tensors."""

    @property
    def T(self) -> Tensor:
        """Axes reversed."""
        return self.permute()

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.data.size

    # -- so that a rule written for arrays also runs on Tensors -----------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        name = _UFUNCS.get(ufunc.__name__, ufunc.__name__)
        if method == "__call__" and not options and name in OPS:
            return OPS[name].apply(*inputs)
        if (
            method == "__call__"
            and ufunc.nout == 1
            and not options
            and ufunc.__name__ in _NON_DIFFERENTIABLE
        ):
            return ufunc(*(raw(x) for x in inputs))
        raise _no_operation(ufunc.__name__)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        if function.__name__ in _FUNCTIONS:
            return OPS[function.__name__].apply(*args, **options)
        if function is np.expand_dims:
            tensor, axis = args
            return tensor.reshape(np.expand_dims(tensor.data, axis).shape)
        if function is np.size:
            return args[0].size
        if function in (np.zeros_like, np.ones_like, np.empty_like):
            return function(args[0].data, *args[1:], **options)
        raise _no_operation(function.__name__)

    def __array__(self, *args: Any, **options: Any) -> NDArray[Any]:
        raise ArgumentError(
            tr(
                "A Tensor was used where an array is needed, which would cut the graph. Say "
                ".data for the numbers, or use an operation on Tensors."
            )
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        raise LabError(
            tr(
                "A Tensor cannot be changed in place: what was computed from it would no "
                "longer be true. Build a new one with where() or cat(), or write to .data of "
                "a leaf before it is used."
            )
        )

    __hash__ = object.__hash__

    __eq__, __ne__ = _comparison(np.equal), _comparison(np.not_equal)
    __gt__, __lt__ = _comparison(np.greater), _comparison(np.less)
    __ge__, __le__ = _comparison(np.greater_equal), _comparison(np.less_equal)


def _no_operation(name: str) -> ArgumentError:
    return ArgumentError(
        tr(
            "numpy's {name} does not know of gradients, so it takes no Tensor this way. Use "
            "the operation of core.autograd.functional, or say .data for the numbers."
        ).format(name=name)
    )


_UFUNCS = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "negative": "neg",
    "power": "pow", "absolute": "abs",
}  # fmt: skip
_FUNCTIONS = ("broadcast_to", "where")
"""numpy's functions that are ops with the same name and arguments."""
_NON_DIFFERENTIABLE = (
    "sign", "greater", "less", "equal", "not_equal", "greater_equal", "less_equal", "isfinite",
    "isinf", "isnan", "floor",
)  # fmt: skip
"""Non-differentiable ufuncs: they give arrays."""


def raw(value: Any) -> Any:
    """The array in a Tensor; anything else as it is."""
    return value.data if isinstance(value, Tensor) else value


def sum_over(a: Any, dim: int | tuple[int, ...] | None, keepdim: bool) -> Any:
    """The sum over axes of an array or a Tensor, for rules that run on both."""
    return a.sum(dim, keepdim) if isinstance(a, Tensor) else a.sum(axis=dim, keepdims=keepdim)


def permuted(a: Any, dims: tuple[int, ...] | None) -> Any:
    """Axes of an array or a Tensor in another order, for rules that run on both."""
    return OPS["permute"].apply(a, dims) if isinstance(a, Tensor) else a.transpose(dims)
