"""Convolution and pooling layers for images (N, C, H, W)."""

from typing import Literal

import numpy as np

from core.arguments import Count, validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.ops.convolution import Size, pair
from core.nn.module import Module, weight_and_bias


class Conv2d(Module):
    """Cross-correlation (N, C, H, W) → (N, O, OH, OW); weight (O, C, kh, kw), bias (O,).

    `padding` is a number, two, “valid”, “same” or “full”.
    """

    @validate_arguments
    def __init__(
        self,
        in_channels: Count,
        out_channels: Count,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | Literal["valid", "same", "full"] = 0,
        bias: bool = True,
        *,
        rng: np.random.Generator,
    ) -> None:
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair(kernel_size, "kernel_size", 1)
        _check(stride=stride, **({} if isinstance(padding, str) else {"padding": padding}))
        shape = (out_channels, in_channels, *self.kernel_size)
        self.weight, self.bias = weight_and_bias(rng, shape, out_channels, bias)
        self.stride = stride
        self.padding = padding

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW)."""
        return F.conv2d(x, self.weight, self.bias, stride=self.stride, padding=self.padding)


class ConvTranspose2d(Module):
    """The way back of a convolution, (N, C, H, W) → (N, O, OH, OW); weight (C, O, kh, kw)."""

    @validate_arguments
    def __init__(
        self,
        in_channels: Count,
        out_channels: Count,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        bias: bool = True,
        *,
        rng: np.random.Generator,
    ) -> None:
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair(kernel_size, "kernel_size", 1)
        _check(stride=stride, padding=padding, output_padding=output_padding)
        shape = (in_channels, out_channels, *self.kernel_size)
        self.weight, self.bias = weight_and_bias(rng, shape, out_channels, bias)
        self.stride = stride
        self.padding = padding
        self.output_padding = output_padding

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW)."""
        return F.conv_transpose2d(
            x, self.weight, self.bias, stride=self.stride, padding=self.padding,
            output_padding=self.output_padding,
        )  # fmt: skip


class _Pool2d(Module):
    @validate_arguments
    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
    ) -> None:
        _check(kernel_size=kernel_size, stride=stride, padding=padding)
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.ceil_mode = ceil_mode


class MaxPool2d(_Pool2d):
    """Largest value of each window (N, C, H, W) → (N, C, OH, OW)."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C, OH, OW)."""
        return F.max_pool2d(
            x, self.kernel_size, stride=self.stride, padding=self.padding, ceil_mode=self.ceil_mode
        )


class AvgPool2d(_Pool2d):
    """Mean of each window (N, C, H, W) → (N, C, OH, OW)."""

    @validate_arguments
    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = count_include_pad

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C, OH, OW)."""
        return F.avg_pool2d(
            x, self.kernel_size, stride=self.stride, padding=self.padding,
            ceil_mode=self.ceil_mode, count_include_pad=self.count_include_pad,
        )  # fmt: skip


def _check(**sizes: Size | None) -> None:
    """Refuse what is no size: one number or two, from 1, a padding from 0. Raises ShapeError."""
    for name, size in sizes.items():
        if size is not None:
            pair(size, name, 0 if "padding" in name else 1)
