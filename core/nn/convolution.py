"""Convolution layers for images (N, C, H, W) and sequences (N, C, L)."""

from typing import Literal

import numpy as np

from core.arguments import Count, validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.ops.convolution import Size, pair, single
from core.autograd.ops.sequence_windows import Single
from core.errors import ShapeError
from core.nn.module import Module, weight_and_bias
from core.translation import tr

Edge = Literal["valid", "same", "full"]


class Conv2d(Module):
    """Cross-correlation (N, C, H, W) → (N, O, OH, OW); weight (O, C/groups, kh, kw), bias (O,).

    `padding` is a number, two, “valid”, “same” or “full”. With as many `groups` as channels each
    channel has kernels of its own (depthwise).
    """

    @validate_arguments
    def __init__(
        self,
        in_channels: Count,
        out_channels: Count,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | Edge = 0,
        dilation: Size = 1,
        groups: Count = 1,
        bias: bool = True,
        padding_mode: Literal["zeros"] = "zeros",
        *,
        rng: np.random.Generator,
    ) -> None:
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair(kernel_size, "kernel_size", 1)
        pair(stride, "stride", 1)
        pair(dilation, "dilation", 1)
        if not isinstance(padding, str):
            pair(padding, "padding", 0)
        check_groups(in_channels, out_channels, groups)
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight, self.bias = weight_and_bias(rng, shape, out_channels, bias)
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.padding_mode = padding_mode

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW)."""
        return F.conv2d(
            x, self.weight, self.bias, stride=self.stride, padding=self.padding,
            dilation=self.dilation, groups=self.groups,
        )  # fmt: skip


class Conv1d(Module):
    """Cross-correlation (N, C, L) → (N, O, OL); weight (O, C/groups, k), bias (O,).

    `padding` is a number, “valid”, “same” or “full”.
    """

    @validate_arguments
    def __init__(
        self,
        in_channels: Count,
        out_channels: Count,
        kernel_size: Single,
        stride: Single = 1,
        padding: Single | Edge = 0,
        dilation: Single = 1,
        groups: Count = 1,
        bias: bool = True,
        padding_mode: Literal["zeros"] = "zeros",
        *,
        rng: np.random.Generator,
    ) -> None:
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = (single(kernel_size, "kernel_size", 1),)
        single(stride, "stride", 1)
        single(dilation, "dilation", 1)
        if not isinstance(padding, str):
            single(padding, "padding", 0)
        check_groups(in_channels, out_channels, groups)
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight, self.bias = weight_and_bias(rng, shape, out_channels, bias)
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.padding_mode = padding_mode

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, L) → (N, O, OL)."""
        return F.conv1d(
            x, self.weight, self.bias, stride=self.stride, padding=self.padding,
            dilation=self.dilation, groups=self.groups,
        )  # fmt: skip


class ConvTranspose2d(Module):
    """The way back of a convolution (N, C, H, W) → (N, O, OH, OW); weight (C, O/groups, kh, kw)."""

    @validate_arguments
    def __init__(
        self,
        in_channels: Count,
        out_channels: Count,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: Count = 1,
        bias: bool = True,
        dilation: Size = 1,
        padding_mode: Literal["zeros"] = "zeros",
        *,
        rng: np.random.Generator,
    ) -> None:
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair(kernel_size, "kernel_size", 1)
        for name, size in {"stride": stride, "dilation": dilation}.items():
            pair(size, name, 1)
        for name, size in {"padding": padding, "output_padding": output_padding}.items():
            pair(size, name, 0)
        check_groups(in_channels, out_channels, groups)
        shape = (in_channels, out_channels // groups, *self.kernel_size)
        self.weight, self.bias = weight_and_bias(rng, shape, out_channels, bias)
        self.stride = stride
        self.padding = padding
        self.output_padding = output_padding
        self.groups = groups
        self.dilation = dilation
        self.padding_mode = padding_mode

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, O, OH, OW)."""
        return F.conv_transpose2d(
            x, self.weight, self.bias, stride=self.stride, padding=self.padding,
            output_padding=self.output_padding, groups=self.groups, dilation=self.dilation,
        )  # fmt: skip


class ConvTranspose1d(Module):
    """The way back of a convolution, (N, C, L) → (N, O, OL); weight (C, O/groups, k)."""

    @validate_arguments
    def __init__(
        self,
        in_channels: Count,
        out_channels: Count,
        kernel_size: Single,
        stride: Single = 1,
        padding: Single = 0,
        output_padding: Single = 0,
        groups: Count = 1,
        bias: bool = True,
        dilation: Single = 1,
        padding_mode: Literal["zeros"] = "zeros",
        *,
        rng: np.random.Generator,
    ) -> None:
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = (single(kernel_size, "kernel_size", 1),)
        for name, size in {"stride": stride, "dilation": dilation}.items():
            single(size, name, 1)
        for name, size in {"padding": padding, "output_padding": output_padding}.items():
            single(size, name, 0)
        check_groups(in_channels, out_channels, groups)
        shape = (in_channels, out_channels // groups, *self.kernel_size)
        self.weight, self.bias = weight_and_bias(rng, shape, out_channels, bias)
        self.stride = stride
        self.padding = padding
        self.output_padding = output_padding
        self.groups = groups
        self.dilation = dilation
        self.padding_mode = padding_mode

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, L) → (N, O, OL)."""
        return F.conv_transpose1d(
            x, self.weight, self.bias, stride=self.stride, padding=self.padding,
            output_padding=self.output_padding, groups=self.groups, dilation=self.dilation,
        )  # fmt: skip


def check_groups(in_channels: int, out_channels: int, groups: int) -> None:
    """Refuse groups that are no equal parts of both. Raises ShapeError."""
    if in_channels % groups or out_channels % groups:
        raise ShapeError(
            tr(
                "in_channels {inputs} and out_channels {outputs} must both divide into "
                "groups={groups}"
            ).format(inputs=in_channels, outputs=out_channels, groups=groups)
        )
