"""What dropout left out of the last mini-batch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.nn import Dropout
from core.training.trainer import Trainer

_MOST_PICTURES, _MOST_NUMBERS = 32, 4096


@dataclass(frozen=True)
class DropoutMask:
    """A dropout layer: `path` by torch's name, its probability `p`.

    `kept` (N, U): which of the first U numbers it handed on for each of the first N pictures of the
    last mini-batch; N is 0 where nothing was dropped yet. `pictures` and `numbers` it had in all.
    """

    path: str
    p: float
    kept: NDArray[np.bool_]
    pictures: int
    numbers: int


def dropout_masks(run: Trainer) -> tuple[DropoutMask, ...]:
    """Of every dropout layer, first one first; at most 32 pictures and 4,096 numbers of each."""
    found = []
    for path, module in run.model.named_modules():
        if isinstance(module, Dropout):
            kept = np.zeros((0, 0), bool)
            if module.mask is not None:
                kept = module.mask.kept.reshape(len(module.mask.kept), -1)
            some = kept[:_MOST_PICTURES, :_MOST_NUMBERS].copy()
            found.append(DropoutMask(path, module.p, some, *kept.shape))
    return tuple(found)
