"""Dropout masks of the last mini-batch, and running statistics of batch norm."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.nn import Dropout
from core.nn.arena import ArenaLayout
from core.training.trainer import Trainer

Channels = NDArray[np.float32]

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


@dataclass(frozen=True)
class BatchNormStats:
    """A layer by torch's name: running `mean` and `variance` (C,) of each channel.

    In use a channel x becomes `weight`·(x − mean) / √(variance + ε) + `bias`; both are (C,), ones
    and zeros where they are not learnt.
    """

    path: str
    mean: Channels
    variance: Channels
    weight: Channels
    bias: Channels


def batch_norm_stats(layout: ArenaLayout, theta: Channels) -> tuple[BatchNormStats, ...]:
    """Every layer with running statistics, first one first; views into θ (P,)."""
    views = layout.views(theta)
    found = []
    for name, mean in views.items():
        path, _, last = name.rpartition(".")
        variance = views.get(f"{path}.running_var")
        if last != "running_mean" or variance is None:
            continue
        weight = views.get(f"{path}.weight", np.ones_like(mean))
        bias = views.get(f"{path}.bias", np.zeros_like(mean))
        found.append(BatchNormStats(path, mean, variance, weight, bias))
    return tuple(found)
