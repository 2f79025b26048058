"""Where the largest numbers lie: argmax, argmin, topk. Places are arrays and have no gradient."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.arguments import validate_arguments
from core.autograd.registry import OPS
from core.autograd.tensor import Tensor, raw
from core.errors import ShapeError
from core.translation import tr

__all__ = ["TopK", "argmax", "argmin", "topk"]

Places = NDArray[np.intp]


class TopK(NamedTuple):
    """The largest numbers along an axis, with a past, and their places there."""

    values: Tensor
    indices: Places


def argmax(input: Tensor | ArrayLike, dim: int | None = None, keepdim: bool = False) -> Places:
    """Where the first of the largest numbers lies, of all or along one axis."""
    return _tensor(input).argmax(dim, keepdim)


def argmin(input: Tensor | ArrayLike, dim: int | None = None, keepdim: bool = False) -> Places:
    """Where the first of the smallest numbers lies, of all or along one axis."""
    return _tensor(input).argmin(dim, keepdim)


@validate_arguments
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> TopK:
    """The k largest numbers along an axis, or the smallest, in order; equals as they come.

    NaN is larger than all. They are in order also where `sorted` does not ask for it. Raises
    ShapeError for an axis that is not there, and for more numbers than it has.
    """
    tensor = _tensor(input)
    shape = tensor.shape
    if not -len(shape) <= dim < len(shape):
        raise ShapeError(tr("topk: {shape} has no axis {dim}").format(shape=shape, dim=dim))
    length = shape[dim]
    if not 0 <= k <= length:
        raise ShapeError(
            tr("topk: k is {k}, but axis {dim} of {shape} has {length} numbers").format(
                k=k, dim=dim, shape=shape, length=length
            )
        )
    numbers = raw(tensor)
    if largest:  # from the last back, so that equals stay in order
        order = length - 1 - np.flip(np.argsort(np.flip(numbers, dim), dim, kind="stable"), dim)
    else:
        order = np.argsort(numbers, dim, kind="stable")
    indices = order.take(np.arange(k), dim)
    return TopK(OPS["gather"].apply(tensor, dim, indices), indices)


def _tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else Tensor(value)
