"""Ablation: switch a unit off, scale it, or set its weights by hand, and test again.

Edits are a list. They are applied to a copy of θ, so that taking the last one back is leaving it
out, and the run keeps its weights. The effect is found by computing the rest of the network anew
from the unit on, so that it does not matter what follows; only what is applied for good has to be
written into weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.errors import LabError
from core.formatting import tr_format
from core.inspect.measure import first_metric, metric_sums, tells_classes
from core.inspect.model_copy import ModelCopy, ProbeContext, samples_first
from core.inspect.subset import evenly_spaced
from core.inspect.trace import Call, Change, Trace
from core.inspect.units import UnitLayer, at_units, unit_layers, unit_weights
from core.knobs import Knobs
from core.nn import Conv2d, Linear
from core.nn.arena import ArenaLayout
from core.training.metrics import Metric
from core.translation import tr

Theta = NDArray[np.float32]

MOST_SAMPLES = 1_000
_CHUNK = 250
_KEEP_LAST = ("getitem", "mean", "sum", "permute")


@dataclass(frozen=True)
class UnitScale:
    """The output of unit `unit` of the layer at `path` times `factor`; 0 switches it off.

    What others take in of it is scaled, behind its activation and pool; a score itself.
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
    """What `samples` test samples are measured by, `metric`, `before` and `after`, in the mean.

    `lost` and `won` (C,) count per true class the samples that are read right no longer, and now;
    empty where a sample has no class.
    """

    before: float
    after: float
    samples: int
    lost: NDArray[np.int64]
    won: NDArray[np.int64]
    metric: Metric


def edited_weights(
    layout: ArenaLayout, theta: NDArray[np.float32], edits: Sequence[Edit]
) -> NDArray[np.float32]:
    """A copy of θ (P,) with the weights that were set by hand, in order; scales are left out.

    Raises LabError for what the network has not.
    """
    made = theta.copy()
    views = layout.views(made)
    layers = {layer.path: layer for layer in unit_layers(layout)}
    for edit in edits:
        layer = _edited(layers, edit)
        if isinstance(edit, UnitScale):
            continue
        own = unit_weights(views, layer, edit.unit)
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
    return made


def _edited(layers: Mapping[str, UnitLayer], edit: Edit) -> UnitLayer:
    """The layer that an edit is about. Raises LabError for what the network has not."""
    layer = layers.get(edit.path)
    if layer is None or not 0 <= edit.unit < layer.units:
        raise LabError(tr_format("There is no unit {unit} in a layer “{path}” to change.", edit))
    if isinstance(edit, UnitScale) and not np.isfinite(edit.factor):
        raise LabError(tr("The strength of a unit must be a finite number."))
    return layer


def apply_edits(context: ProbeContext, edits: Sequence[Edit]) -> NDArray[np.float32]:
    """The run's θ (P,) with all edits in order, to go on with.

    Whatever takes a unit in gets its weights for it scaled; a score has its own scaled. Raises
    LabError for what the network has not, and where something else than a layer takes the unit in,
    such as the sum of a skip connection: then no weights could do the same.
    """
    run = context.run
    made = edited_weights(run.arena.layout, run.arena.theta, edits)
    scales = [edit for edit in edits if isinstance(edit, UnitScale)]
    if not scales:
        return made
    network = context.network(made)
    seen = network.trace(run.data.test.inputs[:1])
    views = run.arena.layout.views(made)
    for edit in scales:
        layer = network.layer(edit.path)
        handed_on = seen.handed_on(edit.path)
        if handed_on is seen.scores:
            unit_weights(views, layer, edit.unit)[...] *= edit.factor
            if (bias := views.get(f"{layer.path}.bias")) is not None:
                bias[edit.unit] *= edit.factor
            continue
        for listener in _listeners(seen, handed_on, edit, layer.units):
            weight = views[f"{listener.path.partition('#')[0]}.weight"]
            share, rest = divmod(weight.shape[1], layer.units)
            if rest:
                words = "What listens to “{path}” cannot be told apart by unit."
                raise LabError(tr_format(words, edit))
            weight[:, edit.unit * share : (edit.unit + 1) * share] *= edit.factor
    return made


def _listeners(seen: Trace, handed_on: Tensor, edit: UnitScale, units: int) -> list[Call]:
    """The convolutions and linear layers that take a tensor in, each once. Raises LabError."""
    found: dict[str, Call] = {}
    waiting = [handed_on]
    while waiting:
        for user in seen.users(waiting.pop()):
            alone = len(user.inputs) == 1
            grouped = getattr(user.module, "groups", 1) > 1
            if isinstance(user.module, Conv2d | Linear) and alone and not grouped:
                found[user.path.partition("#")[0]] = user
            elif user.kind in ("Flatten", "flatten", "reshape") and alone:
                waiting.append(user.output)
            elif user.kind in _KEEP_LAST and alone and user.output.shape[-1] == units:
                waiting.append(user.output)  # places are chosen or averaged, units stay last
            else:
                words = (
                    "The strength of a unit of “{path}” cannot be written into weights: {kind} "
                    "takes it in, not a layer with weights. Trying it still works."
                )
                raise LabError(tr_format(words, edit, kind=user.kind))
    return list(found.values())


def outputs_with(
    network: ModelCopy, inputs: NDArray[Any], edits: Sequence[Edit]
) -> NDArray[np.float32]:
    """What a network makes of samples (N, …) with its units scaled as `edits` say.

    A layer that is used several times has its unit scaled each time.
    """
    scales = [edit for edit in edits if isinstance(edit, UnitScale)]
    if not scales:
        return network.outputs(inputs)
    seen, handed_on = network.trace_handing_on(inputs, {edit.path for edit in scales})
    of_layers: dict[Tensor, list[UnitScale]] = {}
    for edit in scales:
        for tensor in handed_on[edit.path]:
            of_layers.setdefault(tensor, []).append(edit)
    changes = {tensor: _scaling(network, seen, some) for tensor, some in of_layers.items()}
    return np.asarray(seen.recompute(seen.output, changes))


def _scaling(network: ModelCopy, seen: Trace, edits: Sequence[UnitScale]) -> Change:
    def change(values: NDArray[np.float32]) -> NDArray[np.float32]:
        made = values.copy()
        for edit in edits:
            layer = network.layer(edit.path)
            units = at_units(samples_first(made, seen, seen.calls.get(edit.path)), layer.axis)
            if units.flags.writeable:
                units[:, edit.unit] *= edit.factor
            else:  # the same for all samples
                made[..., edit.unit] *= edit.factor
        return made

    return change


def evaluate_edits(
    context: ProbeContext, knobs: Knobs, edits: Sequence[Edit], most: int = MOST_SAMPLES
) -> AblationResult:
    """The task's metric before and after edits on up to `most` test samples.

    The run keeps its weights. Raises LabError for what the network has not.
    """
    run = context.run
    theta = run.arena.theta.copy()
    changed = edited_weights(run.arena.layout, theta, edits)
    test, metric = run.data.test, first_metric(run.task)
    numbers = evenly_spaced(len(test), most)
    classes = len(test.classes)
    sums, moved = [0.0, 0.0], np.zeros((2, classes), np.int64)
    for start in range(0, len(numbers), _CHUNK):
        some = test.take(numbers[start : start + _CHUNK])
        network = context.network(theta)
        outputs = [network.outputs(some.inputs)]
        network = context.network(changed)
        outputs.append(outputs_with(network, some.inputs, edits))
        for number, made in enumerate(outputs):
            sums[number] += metric_sums(run.task, made, some.targets, knobs)[metric.key]
        if classes and tells_classes(outputs[0], some.targets):
            labels = some.labels
            was, now = (run.task.probabilities(m).argmax(axis=1) == labels for m in outputs)
            moved[0] += np.bincount(labels[was & ~now], minlength=classes)
            moved[1] += np.bincount(labels[now & ~was], minlength=classes)
    before, after = (total / max(len(numbers), 1) for total in sums)
    return AblationResult(before, after, len(numbers), moved[0], moved[1], metric)
