"""Layers for pictures (N, C, H, W)."""

import numpy as np

from core.autograd import Tensor
from core.autograd import functional as F
from core.nn import init
from core.nn.module import Module, parameter


class Conv2d(Module):
    """Cross-correlation (N, C, H, W) → (N, O, OH, OW); weight (O, C, k, k), bias (O,)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        *,
        rng: np.random.Generator,
    ) -> None:
        shape = (out_channels, in_channels, kernel_size, kernel_size)
        fan_in = in_channels * kernel_size**2
        self.weight = parameter(init.fan_in_uniform(rng, shape, fan_in))
        self.bias = parameter(init.fan_in_uniform(rng, (out_channels,), fan_in))
        self.stride = stride
        self.padding = padding

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW)."""
        return F.conv2d(x, self.weight, self.bias, stride=self.stride, padding=self.padding)


class MaxPool2d(Module):
    """Largest value of each window (N, C, H, W) → (N, C, OH, OW)."""

    def __init__(
        self, kernel_size: int, stride: int | None = None, ceil_mode: bool = False
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C, OH, OW)."""
        return F.max_pool2d(x, self.kernel_size, stride=self.stride, ceil_mode=self.ceil_mode)
