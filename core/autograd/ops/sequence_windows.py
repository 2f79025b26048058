"""Convolutions and pools along one axis, (N, C, L): those of pictures that are one pixel high."""

from collections.abc import Sequence
from typing import Any

from core.autograd.operands import Array, Constant, Float
from core.autograd.ops.convolution import check_convolution, single
from core.autograd.registry import OPS
from core.autograd.tape import Needs, Result, op
from core.errors import ShapeError
from core.translation import tr

Single = int | tuple[int]
_ALL: Needs = (True, True, True)


@op
def conv1d(
    x: Float,
    weight: Float,
    bias: Float = None,
    stride: Single = 1,
    padding: Constant = 0,
    dilation: Single = 1,
    groups: int = 1,
    needs_input_grad: Needs = _ALL,
) -> Result:
    """Cross-correlation. x (N, C, L), weight (O, C/groups, k), bias (O,) → (N, O, OL).

    OL = (L + 2·padding − dilation·(k − 1) − 1) // stride + 1; see `conv2d` for the rest.
    """
    check_convolution(x, weight, bias, groups, axes=1)
    return _flat(
        "conv2d",
        picture(x),
        picture(weight),
        bias,
        (1, single(stride, "stride", 1)),
        padding if isinstance(padding, str) else (0, single(padding, "padding", 0)),
        (1, single(dilation, "dilation", 1)),
        groups,
        needs_input_grad=needs_input_grad,
    )


@op
def conv_transpose1d(
    x: Float,
    weight: Float,
    bias: Float = None,
    stride: Single = 1,
    padding: Single = 0,
    output_padding: Single = 0,
    groups: int = 1,
    dilation: Single = 1,
    needs_input_grad: Needs = _ALL,
) -> Result:
    """Transposed convolution. x (N, C, L), weight (C, O/groups, k), bias (O,) → (N, O, OL).

    OL = (L − 1)·stride − 2·padding + dilation·(k − 1) + 1 + output_padding.
    """
    check_convolution(x, weight, bias, groups, transposed=True, axes=1)
    return _flat(
        "conv_transpose2d",
        picture(x),
        picture(weight),
        bias,
        (1, single(stride, "stride", 1)),
        (0, single(padding, "padding", 0)),
        (0, single(output_padding, "output_padding", 0)),
        groups,
        (1, single(dilation, "dilation", 1)),
        needs_input_grad=needs_input_grad,
    )


@op
def max_pool1d(
    x: Float,
    kernel_size: Single,
    stride: Single | None = None,
    padding: Single = 0,
    dilation: Single = 1,
    ceil_mode: bool = False,
) -> Result:
    """Largest value of each window (N, C, L) → (N, C, OL); see `max_pool2d`."""
    where = _windows(x, kernel_size, stride, padding)
    apart = (1, single(dilation, "dilation", 1))
    return _flat("max_pool2d", picture(x), *where, apart, ceil_mode)


@op
def avg_pool1d(
    x: Float,
    kernel_size: Single,
    stride: Single | None = None,
    padding: Single = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Result:
    """Mean of each window (N, C, L) → (N, C, OL); see `avg_pool2d`."""
    where = _windows(x, kernel_size, stride, padding)
    return _flat("avg_pool2d", picture(x), *where, ceil_mode, count_include_pad)


@op
def adaptive_avg_pool1d(x: Float, output_size: Sequence[int] | int) -> Result:
    """Means of windows as long as they must be: (N, C, L) → (N, C, output_size)."""
    _check(x)
    count = single(output_size, "output_size", 1)  # type: ignore[arg-type]
    return _flat("adaptive_avg_pool2d", picture(x), (1, count))


def picture(x: Any) -> Any:
    """(A, B, L) as (A, B, 1, L); an array or a Tensor."""
    return x.reshape((*x.shape[:2], 1, x.shape[2]))


def sequence(x: Any) -> Any:
    """(A, B, 1, L) as (A, B, L); other shapes and None as they are."""
    return x.reshape((*x.shape[:2], x.shape[3])) if x is not None and len(x.shape) == 4 else x


def _flat(name: str, *operands: Any, **options: Any) -> Result:
    """What an operation on pictures gives, for sequences."""
    try:
        y, pullback = OPS[name].rule(*operands, **options)
    except ShapeError as error:
        said = tr("{error}. (A sequence is a picture one pixel high.)").format(error=error)
        raise ShapeError(said) from None

    def back(g: Array) -> Any:
        found = pullback(picture(g))
        return tuple(map(sequence, found)) if isinstance(found, tuple) else sequence(found)

    return sequence(y), back


def _windows(
    x: Array, kernel_size: Single, stride: Single | None, padding: Single
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Window, step and padding of a picture one pixel high."""
    _check(x)
    size = single(kernel_size, "kernel_size", 1)
    step = size if stride is None else single(stride, "stride", 1)
    return (1, size), (1, step), (0, single(padding, "padding", 0))


def _check(x: Array) -> None:
    if x.ndim != 3:
        raise ShapeError(tr("x {shape} is not (N, C, L)").format(shape=x.shape))
