"""What batch normalisation remembers of its channels, found in θ by name."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.nn.arena import ArenaLayout

Channels = NDArray[np.float32]


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
