"""Pixel histograms of a data set before and after normalization (chapter 7)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.encodings import Normalize
from core.inspect.subset import evenly_spaced

_BINS = 32
_MOST = 2_000


@dataclass(frozen=True)
class PixelHistogram:
    """A histogram: `counts` (B,) between `edges` (B + 1,), with mean and standard deviation."""

    counts: NDArray[np.int64]
    edges: NDArray[np.float64]
    mean: float
    std: float

    @classmethod
    def of(cls, numbers: NDArray[np.floating]) -> "PixelHistogram":
        """Of any numbers, at least one."""
        flat = numbers.astype(np.float64).ravel()
        low, high = float(flat.min()), float(flat.max())
        counts, edges = np.histogram(flat, _BINS, (low, high if high > low else low + 1))
        return cls(counts, edges, float(flat.mean()), float(flat.std()))


@dataclass(frozen=True)
class NormalizationHistograms:
    """Pixels as fractions of full ink, and as a network gets them by `pixels`.

    `own` is False where `pixels` are not the task's, which leaves pictures as they are, but what
    the pictures themselves would ask for.
    """

    before: PixelHistogram
    after: PixelHistogram
    pixels: Normalize
    own: bool


def normalization_histograms(
    images: NDArray[np.uint8], pixels: Normalize
) -> NormalizationHistograms:
    """Of an even choice of N ≥ 1 pictures (N, H, W) or (N, 3, H, W), at most 2,000."""
    some = images[evenly_spaced(len(images), _MOST)]
    before = PixelHistogram.of(some / np.float32(255))
    own = pixels != Normalize()
    if not own:
        pixels = Normalize(before.mean, before.std or 1.0)
    return NormalizationHistograms(before, PixelHistogram.of(pixels(some)), pixels, own)
