"""Round ticks of an axis and their texts, linear and logarithmic."""

import math

import numpy as np

from core.formatting import format_number


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two others, at most about so many."""
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    numbers = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    digits = max(1 - int(np.floor(np.log10(step))), 0)
    return [float(round(y, digits)) + 0.0 for y in numbers]


def powers_of_ten(low: float, high: float, most: int) -> list[float]:
    """Powers of ten between two positive numbers, at most about so many."""
    first, last = int(np.ceil(np.log10(low) - 1e-9)), int(np.floor(np.log10(high) + 1e-9))
    every = max(-(-(last - first + 1) // max(most, 1)), 1)
    return [10.0**power for power in range(first, last + 1) if power % every == 0]


def ratio_numbers(low: float, high: float, most: int) -> list[float]:
    """Numbers between 10^low and 10^high: powers of ten, or finer ones where those are few."""
    if high - low > 300:
        return []
    first, last = 10**low, 10**high
    powers = powers_of_ten(first, last, most)
    if len(powers) >= 3:
        return powers
    fine = [
        digit * 10.0**power
        for power in range(math.floor(low), math.ceil(high) + 1)
        for digit in (1, 2, 5)
    ]
    fine = [value for value in fine if first <= value <= last]
    return fine if len(fine) >= 2 else round_numbers(first, last, most)


def number_text(number: float) -> str:
    """As short as it can be, with a true minus sign."""
    return format_number(number, 6)


def share_text(share: float) -> str:
    """A share of 1 in percent, as short as it can be."""
    return f"{format_number(100 * share, 4)}%"


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_text(number: float) -> str:
    """A power of ten: plain from 0.01 to 1,000, else 10 with its exponent."""
    if 0.009 < number < 1001:
        return number_text(number)
    return "10" + str(round(np.log10(number))).translate(_SUPERSCRIPT)
