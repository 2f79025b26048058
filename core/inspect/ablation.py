"""Ablation: switch a unit off, scale it, or set its weights by hand, and test again.

Edits are a list. They are applied to a copy of θ, so that taking the last one back is leaving it
out, and the run keeps its weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.formatting import tr_format
from core.inspect.capture import ProbeContext, unit_layers
from core.inspect.subset import evenly_spaced
from core.nn.arena import ArenaLayout
from core.translation import tr

Theta = NDArray[np.float32]

MOST_SAMPLES = 1_000
_CHUNK = 250


@dataclass(frozen=True)
class UnitScale:
    """The output of unit `unit` of the layer at `path` times `factor`; 0 switches it off.

    The next layer's weights for this unit are scaled, so this holds whatever stands in
    between; a unit of the last layer is scaled itself.
    """

    path: str
    unit: int
    factor: float = 0.0


@dataclass(frozen=True, eq=False)
class UnitWeights:
    """The weights of one unit (in, kh, kw) or (in,), set by hand to `values`."""

    path: str
    unit: int
    values: NDArray[np.float32]


Edit = UnitScale | UnitWeights


@dataclass(frozen=True)
class AblationResult:
    """Shares of `samples` test pictures that are read right `before` and `after`.

    `lost` and `won` (C,) count per true class the pictures that are read right no longer, and now.
    """

    before: float
    after: float
    samples: int
    lost: NDArray[np.int64]
    won: NDArray[np.int64]


def apply_edits(
    layout: ArenaLayout, theta: NDArray[np.float32], edits: Sequence[Edit]
) -> NDArray[np.float32]:
    """A copy of θ (P,) with all edits in order. Raises LabError for what the network has not."""
    made = theta.copy()
    views = layout.views(made)
    layers = unit_layers(layout)
    for edit in edits:
        number = next((i for i, layer in enumerate(layers) if layer.path == edit.path), None)
        if number is None or not 0 <= edit.unit < layers[number].units:
            raise LabError(
                tr_format("There is no unit {unit} in a layer “{path}” to change.", edit)
            )
        layer = layers[number]
        own = views[layer.weight][edit.unit]
        if isinstance(edit, UnitWeights):
            if edit.values.shape != own.shape or not np.isfinite(edit.values).all():
                raise LabError(
                    tr_format(
                        "Unit {unit} of “{path}” has weights {shape}; these are {values_shape}, or "
                        "not all of them are numbers.",
                        edit,
                        shape=own.shape,
                        values_shape=edit.values.shape,
                    )
                )
            own[...] = edit.values
            continue
        if not np.isfinite(edit.factor):
            raise LabError(tr("The strength of a unit must be a finite number."))
        if layer.last:
            own *= edit.factor
            if (bias := views.get(f"{layer.path}.bias")) is not None:
                bias[edit.unit] *= edit.factor
            continue
        listening = views[layers[number + 1].weight]
        share, rest = divmod(listening.shape[1], layer.units)
        if rest:
            raise LabError(
                tr_format("What listens to “{path}” cannot be told apart by unit.", edit)
            )
        listening[:, edit.unit * share : (edit.unit + 1) * share] *= edit.factor
    return made


def evaluate_edits(
    context: ProbeContext, edits: Sequence[Edit], most: int = MOST_SAMPLES
) -> AblationResult:
    """Accuracy before and after edits on up to `most` test pictures; the run keeps its weights.

    Raises LabError for what the network has not.
    """
    run = context.run
    theta = run.arena.theta.copy()
    changed = apply_edits(run.arena.layout, theta, edits)
    test = run.data.test
    numbers = evenly_spaced(len(test), most)
    count = len(numbers)
    labels = test.labels[numbers]
    rights = []
    for weights in (theta, changed):
        right = np.zeros(count, bool)
        for start in range(0, count, _CHUNK):
            part = slice(start, start + _CHUNK)
            probs = context.extractor(weights).probs(test.images[numbers[part]])
            right[part] = probs.argmax(axis=1) == labels[part]
        rights.append(right)
    before, after = rights
    classes = len(test.classes)
    return AblationResult(
        float(before.mean()) if count else 0.0,
        float(after.mean()) if count else 0.0,
        count,
        np.bincount(labels[before & ~after], minlength=classes),
        np.bincount(labels[after & ~before], minlength=classes),
    )
