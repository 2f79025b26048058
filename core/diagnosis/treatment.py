"""Applies a fix beyond knobs: initial weights, the data and their order."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.encodings import Encoding, Normalize, Standardize
from core.data.rng import RngStreams
from core.data.specs import ImageSpec
from core.diagnosis.hint import Fix
from core.inspect.subset import evenly_spaced_with_last
from core.knobs import Knobs
from core.nn import Dropout, Module, Sigmoid
from core.nn.arena import Arena
from core.nn.init import fan_in_and_fan_out
from core.training.task import Split, Task

WIDE, NARROW = 4.0, 0.2
_SIGMOIDS_WIDE, _SIGMOIDS_NARROW = 16.0, 2.0
"""Of what torch begins with; chapters that begin wider on purpose are asked for their own way."""

BIASED = 0.5
"""A layer whose biases have a larger root mean square begins with a prejudice."""

_MEASURED = 2000  # pictures
_KEPT, _NEIGHBOURS, _AMONG = 12_000, 9, 2_000
_FINEST = 1e-3  # a smaller deviation of pixels is taken for this one


def treated_task(task: Task, fix: Fix, knobs: Knobs) -> Task:
    """The task with its data and their order as a fix wants them."""

    def data(now: Knobs) -> Split:
        train, test = task.data(now)
        if fix.edit:
            train = _edited(train)
        return Split(_balanced(train) if fix.balance else train, test)

    return replace(
        task,
        data=data if fix.balance or fix.edit else task.data,
        encoding=_normal(task.data(knobs).train) if fix.normalise else task.encoding,
        shuffled=task.shuffled or fix.shuffle,
        before_batch=task.before_batch if fix.dropout is None else _dropping(fix.dropout),
    )


def _dropping(share: float) -> Callable[[Module, Knobs], None]:
    """Sets every dropout of a network to this share."""

    def before_batch(model: Module, knobs: Knobs) -> None:
        for _, part in model.named_modules():
            if isinstance(part, Dropout):
                part.p = share

    return before_batch


def relative_spread(weight: NDArray[np.floating]) -> float:
    """How wide weights (out, in, …) are, beside those that torch begins with: even in ±1/√in."""
    fan_in = math.prod(weight.shape[1:])
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.square(weight, dtype=np.float64).mean() * 3 * fan_in))


def typical_start(task: Task, knobs: Knobs) -> NDArray[np.float32]:
    """Weights (P,) of the seed, in which layers out of all proportion begin as usual.

    Those are weights that are too wide, too narrow, shifted or all the same, and large biases.
    Even in ±1/√in is usual; with sigmoids, whose slope is at most ¼, in ±4 √(6 / (in + out))
    (Glorot & Bengio 2010).
    """
    seed = int(knobs.get("seed", 1))
    model = task.model(knobs, RngStreams(seed)("weights"))
    sigmoids = any(isinstance(part, Sigmoid) for _, part in model.named_modules())
    arena = Arena.adopt(model)
    theta = arena.theta
    rng = np.random.default_rng(seed)
    for name, values in arena.layout.views(theta).items():
        if values.ndim > 1:
            if not are_typical_weights(values, sigmoids):
                fan_in, fan_out = fan_in_and_fan_out(values.shape)
                bound = 4 * math.sqrt(6 / (fan_in + fan_out)) if sigmoids else fan_in**-0.5
                values[...] = rng.uniform(-bound, bound, values.shape)
        elif name.endswith("bias") and not are_typical_biases(values):
            values[...] = 0
    return theta


def are_typical_weights(weight: NDArray[np.floating], sigmoids: bool = False) -> bool:
    """Whether weights (out, in, …) begin in proportion, around zero, and unlike each other."""
    spread = relative_spread(weight)
    narrow, wide = (_SIGMOIDS_NARROW, _SIGMOIDS_WIDE) if sigmoids else (NARROW, WIDE)
    alike = len(weight) > 1 and bool((weight == weight[:1]).all())
    shifted = abs(float(weight.mean())) > float(weight.std())
    return narrow <= spread <= wide and not alike and not (shifted and weight[0].size > 1)


def are_typical_biases(bias: NDArray[np.floating]) -> bool:
    """Whether biases (out,) leave the units undecided."""
    return float(np.sqrt(np.square(bias, dtype=np.float64).mean())) <= BIASED


def balanced_indices(data: Dataset) -> NDArray[np.intp]:
    """Numbers (M,) of samples, of each class that there is as many as of the rarest, ascending."""
    places = _by_class(data)
    fewest = min(map(len, places))
    return np.sort(np.concatenate([place[:fewest] for place in places]))


def _by_class(data: Dataset) -> list[NDArray[np.intp]]:
    return [np.flatnonzero(data.labels == label) for label in np.unique(data.labels)]


def _balanced(data: Dataset) -> Dataset:
    """The samples of each class repeated until all classes are as frequent."""
    places = _by_class(data)
    most = max(map(len, places))
    return data.take(np.sort(np.concatenate([np.resize(place, most) for place in places])))


def _normal(train: Dataset) -> Encoding:
    """Scales inputs to mean 0 and deviation 1 over the training set; pixels all alike."""
    if not isinstance(train.spec, ImageSpec):
        return Standardize()
    some = evenly_spaced_with_last(len(train), _MEASURED)
    pixels = train.inputs[some].astype(np.float32) / 255
    return Normalize(float(pixels.mean()), max(float(pixels.std()), _FINEST))


def _edited(data: Dataset) -> Dataset:
    """Those of up to 12,000 samples whose label most of their nine nearest ones have too.

    Edited nearest neighbours (Wilson 1972), sought among 2,000.
    """
    some = evenly_spaced_with_last(len(data), _KEPT)
    among = evenly_spaced_with_last(len(data), _AMONG)
    rows, others = (
        data.inputs[numbers].reshape(len(numbers), -1).astype(np.float32) / 255
        for numbers in (some, among)
    )
    known = data.labels[among]
    kept = []
    for start in range(0, len(some), 1000):
        part = slice(start, start + 1000)
        distances = np.square(others).sum(axis=1) - 2 * rows[part] @ others.T
        distances[some[part, None] == among] = np.inf
        nearest = known[np.argpartition(distances, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]]
        votes = (nearest[:, :, None] == np.arange(len(data.classes))).sum(axis=1)
        kept.append(some[part][votes.argmax(axis=1) == data.labels[some[part]]])
    return data.take(np.concatenate(kept))
