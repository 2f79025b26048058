"""Indexing ops: elements picked out by their index, and their transposes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from core.autograd.operands import Array, Index
from core.autograd.registry import OPS
from core.autograd.tape import Result, op
from core.autograd.tensor import Tensor, raw
from core.errors import ShapeError
from core.translation import tr

Indices = Array


@op
def getitem(a: Array, index: Index) -> Result:
    """a[index], any numpy index; repeated elements add up their gradients."""
    shape = a.shape
    return a[index], lambda g: add_to_zeros(g, index, shape)


@op
def index_add(a: Array, index: Index, shape: tuple[int, ...]) -> Result:
    """Zeros of `shape`, to which a is added at [index]; what meets at one place adds up.

    The transpose of `getitem`: its gradient is picked out again.
    """
    return add_to_zeros(raw(a), index, shape), lambda g: g[index]


@op
def gather(input: Array, dim: int, index: Indices) -> Result:
    """input[…, index, …] along one axis, everything else at its own place.

    index: whole numbers with as many axes as `input`, no longer than it except along `dim`; the
    result has its shape. Raises ShapeError for other shapes and for numbers outside the axis.
    """
    index = np.asarray(index)
    if index.ndim != input.ndim or not -input.ndim <= dim < input.ndim:
        raise ShapeError(
            tr(
                "input {shape} along axis {dim} needs an index of {ndim} axes, not {index_shape}"
            ).format(shape=input.shape, dim=dim, ndim=input.ndim, index_shape=index.shape)
        )
    dim %= input.ndim
    if any(index.shape[i] > input.shape[i] for i in range(input.ndim) if i != dim):
        raise ShapeError(
            tr("index {shape} is longer than {input_shape} beside axis {dim}").format(
                shape=index.shape, input_shape=input.shape, dim=dim
            )
        )
    _check_range(index, input.shape[dim], lambda: tr("axis {dim}").format(dim=dim))
    mesh, shape = along(index, dim), input.shape
    return input[mesh], lambda g: add_to_zeros(g, mesh, shape)


@op
def embedding(input: Indices, weight: Array, padding_idx: int | None = None) -> Result:
    """The rows of a table `weight` (V, D) for whole numbers of any shape (…) → (…, D).

    Rows that are asked for several times add up their gradients; row `padding_idx`, counted from
    the end if negative, gets none. Raises ShapeError for a number outside 0 … V−1.
    """
    index = np.asarray(raw(input))
    if weight.ndim != 2:
        raise ShapeError(tr("weight {shape} must be a table (V, D)").format(shape=weight.shape))
    _check_range(index, len(weight), lambda: tr("a table of {n} rows").format(n=len(weight)))
    blank = None if padding_idx is None else row_in_table(padding_idx, len(weight))

    def pullback(g: Array) -> tuple[None, Array]:
        if isinstance(g, Tensor):
            if blank is not None:
                g = g * np.not_equal(index, blank)[..., None].astype(g.dtype)
            return None, add_to_zeros(g, index, weight.shape)
        full = _rows_added(g.reshape(index.size, weight.shape[1]), index.ravel(), weight.shape)
        if blank is not None:
            full[blank] = 0
        return None, full

    return weight[index], pullback


def row_in_table(row: int, rows: int) -> int:
    """`padding_idx` counted from the beginning. Raises ShapeError where there is no such row."""
    if not -rows <= row < rows:
        raise ShapeError(
            tr("padding_idx is {row}; a table of {rows} rows has {low} … {high}").format(
                row=row, rows=rows, low=-rows, high=rows - 1
            )
        )
    return row % rows


def add_to_zeros(g: Any, index: Any, shape: tuple[int, ...], once: bool = False) -> Any:
    """`index_add`, for pullbacks: an array of an array, a Tensor with a past of a Tensor.

    `once` promises that the index names no place twice, which is faster.
    """
    if isinstance(g, Tensor):
        return OPS["index_add"].apply(g, index, shape)
    full = np.zeros(shape, g.dtype)
    if once or _meets_nowhere(index):
        full[index] = g
    else:
        np.add.at(full, index, g)
    return full


def along(index: Indices, axis: int) -> tuple[Indices, ...]:
    """An index for each axis that means `index` along one and its own place along the others."""
    mesh = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    mesh[axis] = index
    return tuple(mesh)


def _rows_added(g: Array, rows: Indices, shape: tuple[int, ...]) -> Array:
    """Each row of g (N, D) added to its row of zeros (V, D): equal rows are brought together."""
    full = np.zeros(shape, g.dtype)
    if g.size:
        order = np.argsort(rows, kind="stable")
        ordered = rows[order]
        begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        full[ordered[begins]] = np.add.reduceat(g[order], begins, axis=0)
    return full


def _meets_nowhere(index: Any) -> bool:
    """Whether an index names no place twice for certain: numbers and slices only."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is ... or isinstance(part, int | slice) for part in parts)


def _check_range(index: Indices, length: int, of: Callable[[], str]) -> None:
    if index.dtype.kind not in "iu":
        raise ShapeError(
            tr("an index is made of whole numbers, not {dtype}").format(dtype=index.dtype)
        )
    if index.size and not 0 <= index.min() <= index.max() < length:
        raise ShapeError(
            tr("index from {min} to {max} for {of}: 0 … {length}").format(
                min=index.min(), max=index.max(), of=of(), length=length - 1
            )
        )
