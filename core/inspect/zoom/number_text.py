"""Numbers and sums in few characters, for people to follow (chapter 5)."""

import math

import numpy as np
from numpy.typing import NDArray

from core.formatting import MINUS, format_count, format_fixed, format_number
from core.inspect.teach.convolution import ConvolutionResult


def short_number(value: float) -> str:
    """A number in few characters: whole ones whole, others with two or three figures."""
    if not math.isfinite(value):
        return "?" if math.isnan(value) else format_number(value)
    if abs(value - round(value)) < 1e-5 and abs(value) < 1e6:
        return format_count(round(value))
    return format_fixed(value, 2) if abs(value) < 10 else format_number(value)


def parenthesized(text: str) -> str:
    """A number's text that may stand behind a sign."""
    return f"({text})" if text.startswith(MINUS) else text


def _factor(value: float) -> str:
    return parenthesized(short_number(value))


def products_text(window: NDArray[np.float32], kernel: NDArray[np.float32], total: float) -> str:
    """All products of (k, k) numbers, a line for each row of the kernel, and their sum."""
    lines, sums = [], []
    for numbers, weights in zip(window.astype(float), kernel.astype(float), strict=True):
        products = [f"{_factor(x)}·{_factor(w)}" for x, w in zip(numbers, weights, strict=True)]
        sums.append(_factor(float(numbers @ weights)))
        lines.append(f"{' + '.join(products)} = {sums[-1]}")
    if len(sums) > 1:
        lines.append(f"{' + '.join(sums)} = {short_number(total)}")
    return "\n".join(lines)


def output_size_formula(done: ConvolutionResult, axis: int) -> str:
    """Why the result has so many rows (axis 0) or columns (1): ⌊(n + p − k) / s⌋ + 1."""
    size, kernel = done.shape[axis], done.kernel.shape[axis]
    added, before = done.padded.shape[axis] - size, (done.above, done.left)[axis]
    zeros = f" + 2·{before}" if added == 2 * before else f" + {before} + {added - before}"
    share = f"({size}{zeros if added else ''} − {kernel}) / {done.stride}"
    if (size + added - kernel) % done.stride:
        share = f"⌊{share}⌋"
    return f"{share} + 1 = {done.result.shape[axis]}"
