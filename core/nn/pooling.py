"""Pooling layers for images (N, C, H, W) and sequences (N, C, L)."""

from collections.abc import Sequence

from core.arguments import validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.ops.convolution import Size, pair, single
from core.autograd.ops.pooling import adaptive_lengths
from core.autograd.ops.sequence_windows import Single
from core.nn.module import Module


class MaxPool2d(Module):
    """Largest value of each window (N, C, H, W) → (N, C, OH, OW)."""

    @validate_arguments
    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        _check(kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation)
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C, OH, OW)."""
        return F.max_pool2d(
            x, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )  # fmt: skip


class MaxPool1d(Module):
    """Largest value of each window (N, C, L) → (N, C, OL)."""

    @validate_arguments
    def __init__(
        self,
        kernel_size: Single,
        stride: Single | None = None,
        padding: Single = 0,
        dilation: Single = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        _check_single(kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation)
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, L) → (N, C, OL)."""
        return F.max_pool1d(
            x, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )  # fmt: skip


class AvgPool2d(Module):
    """Mean of each window (N, C, H, W) → (N, C, OH, OW)."""

    @validate_arguments
    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        _check(kernel_size=kernel_size, stride=stride, padding=padding)
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C, OH, OW)."""
        return F.avg_pool2d(
            x, self.kernel_size, stride=self.stride, padding=self.padding,
            ceil_mode=self.ceil_mode, count_include_pad=self.count_include_pad,
            divisor_override=self.divisor_override,
        )  # fmt: skip


class AvgPool1d(Module):
    """Mean of each window (N, C, L) → (N, C, OL)."""

    @validate_arguments
    def __init__(
        self,
        kernel_size: Single,
        stride: Single | None = None,
        padding: Single = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        _check_single(kernel_size=kernel_size, stride=stride, padding=padding)
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, L) → (N, C, OL)."""
        return F.avg_pool1d(
            x, self.kernel_size, stride=self.stride, padding=self.padding,
            ceil_mode=self.ceil_mode, count_include_pad=self.count_include_pad,
        )  # fmt: skip


class AdaptiveAvgPool2d(Module):
    """Means of windows as large as they must be: (N, C, H, W) → (N, C, *output_size).

    `output_size` is one number, or two of which None keeps a length.
    """

    def __init__(self, output_size: Sequence[int | None] | int | None) -> None:
        adaptive_lengths(output_size, (1, 1))
        self.output_size = output_size

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C, *output_size)."""
        return F.adaptive_avg_pool2d(x, self.output_size)


class AdaptiveAvgPool1d(Module):
    """Means of windows as long as they must be: (N, C, L) → (N, C, output_size)."""

    @validate_arguments
    def __init__(self, output_size: Single) -> None:
        _check_single(output_size=output_size)
        self.output_size = output_size

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, L) → (N, C, output_size)."""
        return F.adaptive_avg_pool1d(x, self.output_size)


def _check(**sizes: Size | None) -> None:
    """Refuse what is no size: one number or two, from 1, a padding from 0. Raises ShapeError."""
    for name, size in sizes.items():
        if size is not None:
            pair(size, name, 0 if name == "padding" else 1)


def _check_single(**sizes: Single | None) -> None:
    """Refuse what is no size along a sequence. Raises ShapeError."""
    for name, size in sizes.items():
        if size is not None:
            single(size, name, 0 if name == "padding" else 1)
