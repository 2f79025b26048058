"""Layer health: norms of weights, gradients and updates, and the update-to-weight ratio."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.record.models import LayerStats

HEALTHY = (3e-4, 3e-3)
"""About a thousandth: how far a mini-batch should move a layer's weights, as a share of their
norm (Karpathy 2016, CS231n, “Ratio of weights:updates”)."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LayerHealth:
    """After T mini-batches `steps`, of L layers `names` (T, L): Euclidean norms, NaN where unknown.

    A layer is what belongs together by torch's name: weight and bias of one module.
    """

    steps: NDArray[np.int64]
    names: tuple[str, ...]
    weights: Array
    gradients: Array
    updates: Array

    @property
    def ratios(self) -> Array:
        """Update to weight (T, L)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Array = self.updates / self.weights
        return np.where(np.isfinite(found), found, np.nan)


def layer_health(layers: LayerStats) -> LayerHealth:
    """The parameters of each layer taken together."""
    owners = [name.rpartition(".")[0] or name for name in layers.names]
    names = tuple(dict.fromkeys(owners))
    members = [[n for n, owner in enumerate(owners) if owner == name] for name in names]

    def together(norms: Array) -> Array:
        columns = [np.sqrt(np.square(norms[:, some]).sum(axis=1)) for some in members]
        return np.stack(columns, axis=1) if columns else np.empty((len(norms), 0))

    return LayerHealth(
        layers.steps,
        names,
        together(layers.weight_norm),
        together(layers.gradient_norm),
        together(layers.update_norm),
    )
