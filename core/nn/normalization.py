"""BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm and RMSNorm, with torch's names and defaults."""

from collections.abc import Sequence

import numpy as np

from core.arguments import Count, NonNegative, UnitInterval, describe, to_int, validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import ArgumentError, ShapeError
from core.nn.module import Buffer, Module, parameter, tensor
from core.translation import tr


class _BatchNorm(Module):
    """Each channel to mean zero and variance one over the batch, then weight and bias (C,).

    In training the running statistics follow the batches by `momentum`, or are the mean over all
    batches where it is None; in eval mode they are used.
    """

    differs_in_training = True
    _dims: tuple[int, ...] = ()

    @validate_arguments
    def __init__(
        self,
        num_features: Count,
        eps: NonNegative = 1e-5,
        momentum: UnitInterval | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.weight = parameter(np.ones(num_features)) if affine else None
        self.bias = parameter(np.zeros(num_features)) if affine else None
        self.running_mean = self.running_var = self.num_batches_tracked = None
        if track_running_stats:
            self.running_mean = Buffer(np.zeros(num_features))
            self.running_var = Buffer(np.ones(num_features))
            self.num_batches_tracked = Buffer(np.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        x = tensor(x)
        if x.ndim not in self._dims:
            shapes = " or ".join(("(N, C)", "(N, C, L)", "(N, C, H, W)")[d - 2] for d in self._dims)
            raise ShapeError(
                tr("{kind}: x {shape} is not {shapes}").format(
                    kind=type(self).__name__, shape=x.shape, shapes=shapes
                )
            )
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.data += 1
            if self.momentum is None:
                momentum = 1 / float(self.num_batches_tracked.data)
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias,
            training=self.training, momentum=momentum, eps=self.eps,
        )  # fmt: skip


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L); Ioffe & Szegedy 2015."""

    _dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of (N, C, H, W); Ioffe & Szegedy 2015."""

    _dims = (4,)


class LayerNorm(Module):
    """Each sample's last axes to mean zero, variance one, then weight and bias; Ba et al. 2016."""

    @validate_arguments
    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: NonNegative = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        shape = self.normalized_shape = _lengths(normalized_shape, "LayerNorm")
        self.eps = eps
        self.weight = parameter(np.ones(shape)) if elementwise_affine else None
        self.bias = parameter(np.zeros(shape)) if elementwise_affine and bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, eps=self.eps)


class RMSNorm(Module):
    """Each sample's last axes by the root of their mean square, then weight; Zhang & Sennrich 2019.

    eps is that of the numbers' type if None.
    """

    @validate_arguments
    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: NonNegative | None = None,
        elementwise_affine: bool = True,
    ) -> None:
        self.normalized_shape = _lengths(normalized_shape, "RMSNorm")
        self.eps = eps
        self.weight = parameter(np.ones(self.normalized_shape)) if elementwise_affine else None

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        return F.rms_norm(x, self.normalized_shape, self.weight, eps=self.eps)


class GroupNorm(Module):
    """Each sample's groups of channels to mean zero, variance one, then weight and bias (C,).

    (N, C) or (N, C, …) in, the same out; Wu & He 2018. With one group this is layer normalisation
    of the whole sample, with as many as channels instance normalisation.
    """

    @validate_arguments
    def __init__(
        self,
        num_groups: Count,
        num_channels: Count,
        eps: NonNegative = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        if num_channels % num_groups:
            raise ArgumentError(
                tr("GroupNorm: {num_groups} groups cannot share {num_channels} channels").format(
                    num_groups=num_groups, num_channels=num_channels
                )
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.weight = parameter(np.ones(num_channels)) if affine else None
        self.bias = parameter(np.zeros(num_channels)) if affine and bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        x = tensor(x)
        if x.ndim < 2 or x.shape[1] != self.num_channels:
            raise ShapeError(
                tr("GroupNorm: x {shape} is not (N, {channels}, …)").format(
                    shape=x.shape, channels=self.num_channels
                )
            )
        return F.group_norm(x, self.num_groups, self.weight, self.bias, eps=self.eps)


def _lengths(normalized_shape: int | Sequence[int], layer: str) -> tuple[int, ...]:
    """The lengths of the axes that are normalised. Raises ShapeError."""
    lengths = normalized_shape if isinstance(normalized_shape, Sequence) else [normalized_shape]
    shape = [to_int(length) for length in lengths]
    if not shape or any(length is None or length < 1 for length in shape):
        raise ShapeError(
            tr(
                "{layer}: normalized_shape is {normalized_shape}; it must be a whole number from "
                "1 or several"
            ).format(layer=layer, normalized_shape=describe(normalized_shape))
        )
    return tuple(length for length in shape if length is not None)
