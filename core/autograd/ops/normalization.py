"""layer_norm, rms_norm, group_norm, batch_norm (with running mean and variance), dropout."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.arguments import Count, NonNegative, UnitInterval
from core.autograd.operands import Array, Float
from core.autograd.tape import Result, op
from core.autograd.tensor import sum_over
from core.errors import ShapeError
from core.kernels.engine import kernel
from core.translation import tr


@op
def layer_norm(
    x: Float, normalized_shape: tuple[int, ...], weight: Float = None, bias: Float = None,
    eps: NonNegative = 1e-5,
) -> Result:  # fmt: skip
    """(x − mean) / √(variance + eps)·weight + bias over the last axes (Ba et al. 2016).

    x (…, *normalized_shape); weight and bias (*normalized_shape) or None.
    """
    shape = _last_axes(x, normalized_shape, {"weight": weight, "bias": bias})
    width = math.prod(shape)
    rows = x.reshape(math.prod(x.shape[: x.ndim - len(shape)]), width)
    scale = None if weight is None else weight.reshape(width)
    shift = None if bias is None else bias.reshape(width)
    y, standard, inverse = kernel("layer_norm_forward")(rows, scale, shift, eps)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        d_x, d_scale, d_shift = kernel("layer_norm_backward")(
            g.reshape(rows.shape), standard, inverse, scale
        )
        return (
            d_x.reshape(x.shape),
            None,
            None if weight is None else d_scale.reshape(shape),
            None if bias is None else d_shift.reshape(shape),
        )

    return y.reshape(x.shape), pullback


@op
def rms_norm(
    input: Float, normalized_shape: tuple[int, ...], weight: Float = None,
    eps: NonNegative | None = None,
) -> Result:  # fmt: skip
    """input / √(mean of squares + eps)·weight over the last axes (Zhang & Sennrich 2019).

    input (…, *normalized_shape); weight (*normalized_shape) or None. eps is the type's if None.
    """
    shape = _last_axes(input, normalized_shape, {"weight": weight})
    axes, n = tuple(range(-len(shape), 0)), max(math.prod(shape), 1)
    small = float(np.finfo(input.dtype).eps) if eps is None else eps
    inverse = 1 / np.sqrt(sum_over(input * input, axes, True) / n + small)
    standard = input * inverse

    def pullback(g: Array) -> tuple[Array | None, ...]:
        scaled = g if weight is None else g * weight
        along = sum_over(scaled * standard, axes, True) / n
        d_weight = None if weight is None else g * standard
        return (scaled - standard * along) * inverse, None, d_weight

    return standard if weight is None else standard * weight, pullback


def _last_axes(
    x: Any, normalized_shape: tuple[int, ...], parts: Mapping[str, Any]
) -> tuple[int, ...]:
    """The normalised shape, in which x ends and which all parts have. Raises ShapeError."""
    shape = tuple(normalized_shape)
    if len(shape) > x.ndim or x.shape[x.ndim - len(shape) :] != shape or not shape:
        raise ShapeError(
            tr("x {shape} does not end in the normalised shape {wanted}").format(
                shape=x.shape, wanted=shape
            )
        )
    for name, part in parts.items():
        if part is not None and part.shape != shape:
            raise ShapeError(
                tr("{name} {shape} for the normalised shape {wanted}").format(
                    name=name, shape=part.shape, wanted=shape
                )
            )
    return shape


@op
def group_norm(
    input: Float, num_groups: Count, weight: Float = None, bias: Float = None,
    eps: NonNegative = 1e-5,
) -> Result:  # fmt: skip
    """Groups of channels to mean zero and variance one in each sample (Wu & He 2018).

    input (N, C) or (N, C, …), C a multiple of `num_groups`; weight and bias (C,) or None. One group
    normalises the whole sample, C groups each channel by itself. Raises ShapeError.
    """
    if input.ndim < 2:
        raise ShapeError(tr("input {shape} is not (N, C) or (N, C, …)").format(shape=input.shape))
    n, channels = input.shape[:2]
    if channels % num_groups or not channels:
        raise ShapeError(
            tr(
                "input {shape} has {channels} channels, which {num_groups} groups cannot share"
            ).format(shape=input.shape, channels=channels, num_groups=num_groups)
        )
    _check_channels(input, {"weight": weight, "bias": bias})
    spread = (channels, *(1,) * (input.ndim - 2))
    rows = input.reshape(n * num_groups, math.prod(input.shape[1:]) // num_groups)
    if rows.size:
        _, standard, inverse = kernel("layer_norm_forward")(rows, None, None, eps)
    else:
        standard, inverse = rows, np.ones((len(rows), 1), rows.dtype)
    y = standard = standard.reshape(input.shape)
    if weight is not None:
        y = y * weight.reshape(spread)
    if bias is not None:
        y = y + bias.reshape(spread)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        scaled = g if weight is None else g * weight.reshape(spread)
        d_input = scaled
        if rows.size:
            d_input, _, _ = kernel("layer_norm_backward")(
                scaled.reshape(rows.shape), standard.reshape(rows.shape), inverse, None
            )
        axes = (0, *range(2, input.ndim))
        return (
            d_input.reshape(input.shape),
            None,
            None if weight is None else (g * standard).sum(axis=axes),
            None if bias is None else g.sum(axis=axes),
        )

    return y, pullback


def _check_channels(x: Array, parts: Mapping[str, Array | None]) -> None:
    for name, part in parts.items():
        if part is not None and part.shape != (x.shape[1],):
            raise ShapeError(
                tr("x {shape} has {channels} channels, {name} is {part_shape}").format(
                    shape=x.shape, channels=x.shape[1], name=name, part_shape=part.shape
                )
            )


@op
def batch_norm(
    x: Float, running_mean: Array | None = None, running_var: Array | None = None,
    weight: Float = None, bias: Float = None, training: bool = False, momentum: float = 0.1,
    eps: NonNegative = 1e-5,
) -> Result:  # fmt: skip
    """Each channel to mean zero and variance one over the batch (Ioffe & Szegedy 2015).

    x (N, C) or (N, C, …); weight and bias (C,) or None. In training the batch's own statistics
    serve, and the running ones move towards them by `momentum`, in place, the variance unbiased;
    otherwise the running ones serve. With running statistics None the batch's always do.
    Raises ShapeError in training when there is only one number a channel.
    """
    if not isinstance(x, np.ndarray):
        raise NotImplementedError(tr("the kernels of batch_norm take arrays only"))
    if x.ndim < 2:
        raise ShapeError(tr("x {shape} is not (N, C) or (N, C, …)").format(shape=x.shape))
    channels = x.shape[1]
    statistics = {"running_mean": running_mean, "running_var": running_var}
    if (running_mean is None) != (running_var is None):
        raise ShapeError(
            tr("x {shape}: running_mean and running_var come together or not at all").format(
                shape=x.shape
            )
        )
    _check_channels(x, {"weight": weight, "bias": bias, **statistics})
    count = x.size // channels if channels else 0
    by_batch = training or running_mean is None
    if by_batch:
        if training and count == 1:
            raise ShapeError(
                tr(
                    "x {shape} has one number a channel: it has no variance. Train with more "
                    "samples"
                ).format(shape=x.shape)
            )
        nothing = np.zeros(channels, x.dtype)
        mean, var = kernel("batch_moments")(x) if count else (nothing, nothing)
        if training and running_mean is not None and running_var is not None and count:
            running_mean += momentum * (mean - running_mean)
            running_var += momentum * (var * count / (count - 1) - running_var)
    else:
        assert running_mean is not None and running_var is not None
        # Copies: later steps move the running ones.
        mean, var = running_mean.astype(x.dtype), running_var.astype(x.dtype)
    inverse = 1 / np.sqrt(var + x.dtype.type(eps))
    y = kernel("batch_norm_forward")(x, mean, inverse, weight, bias)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        d_x, d_weight, d_bias = kernel("batch_norm_backward")(g, x, mean, inverse, weight, by_batch)
        return (
            d_x,
            None,
            None,
            None if weight is None else d_weight,
            None if bias is None else d_bias,
        )

    return y, pullback


@op
def dropout(x: Float, keep: Array, p: UnitInterval) -> Result:
    """x where `keep` is true, divided by 1 − p; zero elsewhere (Srivastava et al. 2014).

    `keep` (bool, shape of x) is drawn by the layer, so that a run can be replayed.
    """
    if np.shape(keep) != x.shape:
        raise ShapeError(
            tr("keep {keep} must have the shape of x {shape}").format(
                keep=np.shape(keep), shape=x.shape
            )
        )
    scale = x.dtype.type(1 / (1 - p)) if p < 1 else x.dtype.type(0)
    mask = keep * scale
    return x * mask, lambda g: (g * mask, None)
