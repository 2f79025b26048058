"""BatchNorm1d, BatchNorm2d and LayerNorm, with torch's names and defaults."""

from collections.abc import Sequence

import numpy as np

from core.arguments import Count, NonNegative, UnitInterval, describe, to_int, validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import ShapeError
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
    ) -> None:
        lengths = normalized_shape if isinstance(normalized_shape, Sequence) else [normalized_shape]
        shape = [to_int(length) for length in lengths]
        if not shape or any(length is None or length < 1 for length in shape):
            raise ShapeError(
                tr(
                    "LayerNorm: normalized_shape is {normalized_shape}; it must be a whole "
                    "number from 1 or several"
                ).format(normalized_shape=describe(normalized_shape))
            )
        self.normalized_shape = tuple(length for length in shape if length is not None)
        self.eps = eps
        self.weight = parameter(np.ones(self.normalized_shape)) if elementwise_affine else None
        self.bias = parameter(np.zeros(self.normalized_shape)) if elementwise_affine else None

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, eps=self.eps)
