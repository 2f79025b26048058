"""layer_norm, batch_norm (with running mean and variance) and dropout."""

import math
from collections.abc import Mapping

import numpy as np

from core.arguments import NonNegative, UnitInterval
from core.autograd.operands import Array, Float
from core.autograd.tape import Result, op
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
    shape = tuple(normalized_shape)
    if len(shape) > x.ndim or x.shape[x.ndim - len(shape) :] != shape or not shape:
        raise ShapeError(
            tr("x {shape} does not end in the normalised shape {wanted}").format(
                shape=x.shape, wanted=shape
            )
        )
    for name, part in (("weight", weight), ("bias", bias)):
        if part is not None and part.shape != shape:
            raise ShapeError(
                tr("{name} {shape} for the normalised shape {wanted}").format(
                    name=name, shape=part.shape, wanted=shape
                )
            )
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
