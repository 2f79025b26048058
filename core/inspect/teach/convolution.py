"""One convolution small enough to be written out, number by number (chapter 5)."""

from dataclasses import dataclass
from math import comb
from typing import cast

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.autograd import functional as F
from core.autograd.ops.convolution import Padding, edges
from core.errors import LabError
from core.formatting import tr_format

Matrix = NDArray[np.float32]

KERNELS = COUNTING, EDGE, OUTLINE, BLUR, SHARPEN, NOTHING = (
    "counting", "edge", "outline", "blur", "sharpen", "nothing",
)  # fmt: skip
"""Kernels there are in every size, by name."""

TEXT, SAMPLE, OWN, NUMBER = "text", "sample", "own", "number"
"""Where a picture or a kernel may be from, and a padding that is counted."""


@dataclass(frozen=True)
class ConvolutionResult:
    """What came of sliding `kernel` (k, k) over `padded` (H, W) in steps of `stride`.

    `result` (OH, OW); of `padded` the first `above` rows and `left` columns, and as many as are
    needed at the other end, are zeros put around a picture of `shape`.
    """

    padded: Matrix
    kernel: Matrix
    result: Matrix
    stride: int
    above: int
    left: int
    shape: tuple[int, int]

    def corner(self, row: int, column: int) -> tuple[int, int]:
        """Row and column of `padded` on which the kernel's first number lies for a result."""
        return row * self.stride, column * self.stride

    def window(self, row: int, column: int) -> Matrix:
        """The numbers (k, k) of `padded` that make up a result."""
        top, left = self.corner(row, column)
        high, wide = self.kernel.shape
        return self.padded[top : top + high, left : left + wide]


def convolve(
    picture: Matrix, kernel: Matrix, stride: int = 1, padding: Padding = 0
) -> ConvolutionResult:
    """Slide a kernel (k, k) over a picture (H, W). Raises ShapeError where it does not fit."""
    size = kernel.shape[0], kernel.shape[1]
    with no_grad():
        y = F.conv2d(
            Tensor(picture[None, None]), Tensor(kernel[None, None]), stride=stride, padding=padding
        ).data
    (above, below), (left, right) = edges(padding, size, (stride, stride))
    padded = np.pad(picture, ((above, below), (left, right)))
    shape = picture.shape[0], picture.shape[1]
    return ConvolutionResult(padded, kernel, y[0, 0], stride, above, left, shape)


def worked_picture() -> Matrix:
    """The example of the text, 6 × 8: 1 to 48, row by row."""
    return np.arange(1, 49, dtype=np.float32).reshape(6, 8)


def named_kernel(name: str, size: int) -> Matrix:
    """A kernel (size, size) from `KERNELS`. Raises LabError for a name that is none of them."""
    middle = np.zeros((size, size), np.float32)
    middle[size // 2, size // 2] = 1
    if name == COUNTING:
        return np.arange(1, size * size + 1, dtype=np.float32).reshape(size, size)
    if name == EDGE:
        # Sobel's, for every size: falls off to both sides, rises from left to right.
        weights = np.array([comb(size - 1, i) for i in range(size)], np.float32)
        slope = np.arange(size, dtype=np.float32) - (size - 1) / 2
        return np.outer(weights, slope).astype(np.float32)
    if name == OUTLINE:
        return size * size * middle - 1
    if name == BLUR:
        return np.full((size, size), 1 / (size * size), np.float32)
    if name == SHARPEN:
        return (size * size + 1) * middle - 1 if size > 1 else middle
    if name == NOTHING:
        return middle
    words = "There is no kernel “{name}”. There are: {kernels}."
    raise LabError(tr_format(words, name=name, kernels=", ".join(KERNELS)))


def resized_kernel(kernel: Matrix, size: int) -> Matrix:
    """The middle of a kernel, cut off or with zeros around it: (size, size)."""
    made = np.zeros((size, size), np.float32)
    old = len(kernel)
    both = min(old, size)
    here, there = size // 2 - both // 2, old // 2 - both // 2
    made[here : here + both, here : here + both] = kernel[
        there : there + both, there : there + both
    ]
    return made


@dataclass(frozen=True)
class ConvolutionExample:
    """What is convolved with what, and how.

    `source` says where the picture (H, W) is from, `name` where the kernel (k, k) is from: one of
    `KERNELS`, a parameter of a network (then `which` of its kernels), or a person. `padding` is
    valid, same, full or `NUMBER`, which puts `around` zeros on every side.
    """

    source: str
    picture: Matrix
    name: str
    which: int
    kernel: Matrix
    stride: int = 1
    padding: str = "valid"
    around: int = 1

    @classmethod
    def of_the_text(cls) -> "ConvolutionExample":
        """The worked example."""
        return cls(TEXT, worked_picture(), COUNTING, 0, named_kernel(COUNTING, 3))

    def computed(self) -> ConvolutionResult:
        """Raises ShapeError where the kernel cannot be slid so."""
        by = self.around if self.padding == NUMBER else cast(Padding, self.padding)
        return convolve(self.picture, self.kernel, self.stride, by)
