"""Shape ops: reshape, permute, squeeze, pad, flip, triangles, cat, stack."""

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from core.arguments import describe, plain_array, to_int
from core.autograd.operands import Array, Constant
from core.autograd.tape import Result, op
from core.autograd.tensor import Tensor, permuted, raw
from core.errors import ArgumentError, ShapeError
from core.translation import tr

if TYPE_CHECKING:
    from core.autograd.tensor import Operand

Dim = int | tuple[int, ...] | None


@op
def reshape(a: Array, shape: tuple[int, ...]) -> Result:
    """The same numbers in another shape; one length may be −1."""
    return a.reshape(shape), lambda g: g.reshape(a.shape)


@op
def flatten(a: Array, start_dim: int = 1, end_dim: int = -1) -> Result:
    """(N, …) → (N, rest), or the axes from `start_dim` to `end_dim` as one.

    torch begins at axis 0 where nobody says. Raises ShapeError for axes that there are not.
    """
    if (start_dim, end_dim) == (1, -1):
        return a.reshape(len(a), math.prod(a.shape[1:])), lambda g: g.reshape(a.shape)
    axes = max(a.ndim, 1)
    if not (-axes <= start_dim < axes and -axes <= end_dim < axes):
        raise ShapeError(
            tr("axes {start} to {end} cannot become one: {shape} has {n}").format(
                start=start_dim, end=end_dim, shape=a.shape, n=a.ndim
            )
        )
    first, last = start_dim % axes, end_dim % axes
    if first > last:
        raise ShapeError(
            tr("axes {start} to {end} cannot become one: the first is behind the last").format(
                start=start_dim, end=end_dim
            )
        )
    shape = *a.shape[:first], math.prod(a.shape[first : last + 1]), *a.shape[last + 1 :]
    return a.reshape(shape), lambda g: g.reshape(a.shape)


@op
def permute(a: Array, dims: tuple[int, ...] | None = None) -> Result:
    """Axes in another order; reversed without `dims`. Negative ones count from the last."""
    back = None
    if dims is not None:
        if len(dims) != a.ndim:
            raise ShapeError(
                tr("dims {dims} for {ndim} axes: {shape}").format(
                    dims=dims, ndim=a.ndim, shape=a.shape
                )
            )
        dims = normalize_axis_tuple(dims, a.ndim)
        back = tuple(np.argsort(dims).tolist())
    return permuted(a, dims), lambda g: permuted(g, back)


@op
def squeeze(a: Array, dim: Dim = None) -> Result:
    """Without axes of length one: all, or those of `dim`; a longer one stays, as in torch."""
    dims = range(a.ndim) if dim is None else normalize_axis_tuple(dim, a.ndim)
    shape = tuple(n for i, n in enumerate(a.shape) if n != 1 or i not in dims)
    return a.reshape(shape), lambda g: g.reshape(a.shape)


@op
def unsqueeze(a: Array, dim: int) -> Result:
    """With a new axis of length one, which will be number `dim` of the result."""
    place = normalize_axis_index(dim, a.ndim + 1)
    return a.reshape((*a.shape[:place], 1, *a.shape[place:])), lambda g: g.reshape(a.shape)


@op
def broadcast_to(a: Array, shape: tuple[int, ...]) -> Result:
    """Repeated along axes up to `shape`, without a copy; the tape adds the gradients up again."""
    return np.broadcast_to(a, shape), lambda g: g


@op
def pad(a: Array, pads: Sequence[tuple[int, int]], value: Constant = 0.0) -> Result:
    """Numbers of one `value` put around a.

    `pads` are (before, after) in the order of the axes, as in numpy and unlike torch, which begins
    with the last axis. Fewer pairs than axes are for the last axes: two pad height and width of
    pictures (N, C, H, W). Raises ShapeError for too many pairs and for negative lengths.
    """
    pairs = [_pair(ends) for ends in pads]
    if len(pairs) > a.ndim or any(n < 0 for pair in pairs for n in pair):
        raise ShapeError(
            tr(
                "{shape} takes pads (before, after) for up to {ndim} axes, none negative: {pairs}"
            ).format(shape=a.shape, ndim=a.ndim, pairs=pairs)
        )
    pairs = [(0, 0)] * (a.ndim - len(pairs)) + pairs
    around = list(zip(pairs, a.shape, strict=True))
    inside = tuple(slice(before, before + n) for (before, _), n in around)
    number = plain_array(value, "value")
    if number.ndim:
        raise ArgumentError(
            tr("value {value} must be a single number").format(value=describe(value))
        )
    kind = np.result_type(a.dtype, value if isinstance(value, int | float) else number)
    full = np.full([before + n + after for (before, after), n in around], value, kind)
    full[inside] = raw(a)
    return full, lambda g: g[inside]


def _pair(ends: Any) -> tuple[int, int]:
    both = [to_int(end) for end in ends]
    if len(both) != 2 or both[0] is None or both[1] is None:
        raise ShapeError(
            tr("pads are pairs of whole numbers (before, after), not {ends}").format(
                ends=describe(ends)
            )
        )
    return both[0], both[1]


@op
def flip(a: Array, dims: int | tuple[int, ...]) -> Result:
    """Axes `dims` in reverse order."""
    axes = normalize_axis_tuple(dims, a.ndim)
    index = tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(a.ndim))
    return a[index], lambda g: g[index]


@op
def tril(a: Array, diagonal: int = 0) -> Result:
    """Matrices (…, n, m) with zeros above a diagonal, counted from the main one to the right."""
    return _triangle(a, _is_below(a, diagonal))


@op
def triu(a: Array, diagonal: int = 0) -> Result:
    """Matrices (…, n, m) with zeros below a diagonal, counted from the main one to the right."""
    return _triangle(a, ~_is_below(a, diagonal - 1))


def _is_below(a: Any, diagonal: int) -> Any:
    """(n, m): whether a place lies on or below a diagonal. Raises ShapeError for a vector."""
    if a.ndim < 2:
        raise ShapeError(tr("{shape} is no matrix (…, n, m)").format(shape=a.shape))
    rows, columns = a.shape[-2:]
    return np.tri(rows, columns, max(-rows, min(columns, diagonal)), dtype=bool)


def _triangle(a: Any, kept: Any) -> Result:
    nothing = a.dtype.type(0)
    return np.where(kept, a, nothing), lambda g: np.where(kept, g, nothing)


def _of_a_list(operation: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """An operation on any number of operands, called with a list of them as torch does."""

    @wraps(operation)
    def apply(tensors: "Sequence[Operand]", dim: int = 0) -> Tensor:
        if not isinstance(tensors, Sequence | Tensor | np.ndarray) or isinstance(tensors, str):
            raise ArgumentError(
                tr("{kind}: a list of Tensors is needed, not {tensors}").format(
                    kind=operation.__name__, tensors=describe(tensors)
                )
            )
        return operation(*tensors, dim=dim)

    return apply


@_of_a_list
@op
def cat(*parts: Array, dim: int = 0) -> Result:
    """A list of arrays joined along an existing axis.

    All other axes must be alike, or ShapeError is raised.
    """
    place = normalize_axis_index(dim, np.ndim(raw(parts[0]))) if parts else 0
    ends = np.cumsum([np.shape(raw(part))[place] for part in parts]).tolist()
    before = (slice(None),) * place

    def pullback(g: Array) -> tuple[Array, ...]:
        begins = [0, *ends[:-1]]
        return tuple(g[(*before, slice(b, e))] for b, e in zip(begins, ends, strict=True))

    return np.concatenate([raw(part) for part in parts], axis=dim), pullback


@_of_a_list
@op
def stack(*parts: Array, dim: int = 0) -> Result:
    """A list of arrays of one shape beside each other, along a new axis number `dim`.

    Raises ShapeError for different shapes.
    """
    y = np.stack([raw(part) for part in parts], axis=dim)
    before: tuple[Any, ...] = (slice(None),) * normalize_axis_index(dim, y.ndim)

    def pullback(g: Array) -> tuple[Array, ...]:
        return tuple(g[(*before, i)] for i in range(len(parts)))

    return y, pullback
