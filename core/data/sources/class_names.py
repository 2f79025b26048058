"""Class names for files that only have numeric labels."""

from string import ascii_lowercase, digits

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.translation import tr

_MOST = 256


def infer_class_names(
    labels: NDArray[np.integer], where: str
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Labels (N,) counted from 0, and the classes' names.

    Up to 9 they are digits; 1 to 26 are letters, as in EMNIST, and so are 0 to 25; any others are
    their own names. Raises DataError from 256 on, called `where`.
    """
    most = int(labels.max(initial=0))
    if most >= _MOST:
        raise DataError(
            tr("{where} has the label {label}; up to {most} are read. Renumber them.").format(
                where=where, label=most, most=_MOST - 1
            )
        )
    if most < len(digits):
        return labels.astype(np.uint8), tuple(digits)
    if most == len(ascii_lowercase) and labels.min(initial=most) >= 1:
        return (labels - 1).astype(np.uint8), tuple(ascii_lowercase)
    if most == len(ascii_lowercase) - 1:
        return labels.astype(np.uint8), tuple(ascii_lowercase)
    return labels.astype(np.uint8), tuple(str(label) for label in range(most + 1))


def is_transposed(name: str) -> bool:
    """Whether a file of this name keeps its pictures mirrored along their diagonal."""
    return name.casefold().startswith("emnist")
