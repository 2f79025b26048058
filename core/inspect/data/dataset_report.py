"""Data set report before training: scale of the inputs, order of the samples, label noise.

The labels are judged by nearest neighbours (Cover & Hart 1967): pictures that are alike mostly have
the same label, unless labels are wrong.
"""

import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.data.dataset import Dataset
from core.data.specs import ImageSpec, TokenSpec
from core.errors import LabError
from core.inspect.subset import evenly_spaced_with_last
from core.knobs import Knobs
from core.training.task import Task
from core.training.trainer import Trainer

_SAMPLED = 512  # pictures whose numbers are looked at
_IN_A_ROW = 2000  # samples of which the order of labels is looked at
_SOUGHT, _AMONG = 300, 3000  # pictures whose nearest one is sought, and among how many
_FLAT = 1e-5  # numbers that differ less are the same
_OF_LABELS = (
    "repeats", "repeats_shuffled", "agreement", "test_agreement", "within_test",
    "agreement_by_chance",
)  # fmt: skip


@dataclass(frozen=True)
class DatasetReport:
    """Of the inputs as the network gets them: `mean`, `std` and `rms` (the root of the mean
    square) over training pictures, `blank` the share of them on which all pixels are alike, or
    that are the same as the first one, and `test_mean`, `test_std` those of test pictures.

    `repeats` is how often a sample has the label of the one before it in the order of training,
    `repeats_shuffled` how often it would in a random order; NaN where the order is not known.

    Shares of samples whose nearest training sample has the same label: `agreement` of training
    samples, `test_agreement` of test samples, `within_test` of test samples among themselves,
    and `agreement_by_chance`; NaN without classes. `guess_loss` is the loss of an equal guess for
    all classes or tokens, and of the mean target for a task with numbers as targets; NaN where none
    is found. Of tokens the numbers of inputs are NaN; `blank` is 0 of what is no picture.
    """

    mean: float
    std: float
    rms: float
    blank: float
    test_mean: float
    test_std: float
    repeats: float
    repeats_shuffled: float
    agreement: float
    test_agreement: float
    within_test: float
    agreement_by_chance: float
    guess_loss: float


def dataset_report(run: Trainer, knobs: Knobs) -> DatasetReport:
    """Look at the data that a run learns from; the run is not changed."""
    task, (train, test) = run.task, run.data
    inputs, tested = (task.encode(_spread(data, _SAMPLED).inputs) for data in (train, test))
    return DatasetReport(
        **_scale(inputs),
        blank=_blank(inputs) if isinstance(train.spec, ImageSpec) else 0.0,
        **{f"test_{key}": value for key, value in _scale(tested).items() if key != "rms"},
        **_labels(run),
        guess_loss=_guess_loss(task, train, knobs),
    )


def _scale(inputs: NDArray[Any]) -> dict[str, float]:
    """Mean, standard deviation and root mean square of numbers; NaN of tokens."""
    if inputs.dtype.kind != "f":
        return dict.fromkeys(("mean", "std", "rms"), math.nan)
    rms = float(np.sqrt(np.square(inputs, dtype=np.float64).mean()))
    return {"mean": float(inputs.mean()), "std": float(inputs.std()), "rms": rms}


def _blank(inputs: NDArray[Any]) -> float:
    """The share of pictures (N, …) that are even, or the same as the first one."""
    rows = inputs.reshape(len(inputs), -1)
    flat = np.ptp(rows, axis=1) < _FLAT
    same = np.abs(rows - rows[:1]).max(axis=1) < _FLAT
    return float(flat.mean() if len(rows) < 2 else max(flat.mean(), same[1:].mean()))


def _labels(run: Trainer) -> dict[str, float]:
    """What is known of the order of labels, and of those of nearest neighbours; else NaN."""
    train, test = run.data
    labelled = all(data.targets is not None and data.targets.ndim == 1 for data in (train, test))
    if not (train.classes and labelled) or train.inputs.dtype.kind == "i":
        return dict.fromkeys(_OF_LABELS, math.nan)
    some, seen = _spread(train, _AMONG), _spread(test, _AMONG)
    shares = np.bincount(train.labels, minlength=len(train.classes)) / max(len(train), 1)
    by_chance = float(np.square(shares).sum())
    near = some.inputs, some.labels
    found = (
        _repeats(run),
        by_chance,
        _agreement(*near, *near, apart=True),
        _agreement(seen.inputs, seen.labels, *near, apart=False),
        _agreement(seen.inputs, seen.labels, seen.inputs, seen.labels, apart=True),
        by_chance,
    )
    return dict(zip(_OF_LABELS, found, strict=True))


def _spread(data: Dataset, most: int) -> Dataset:
    """Up to so many samples, spread evenly over the set."""
    return data.take(evenly_spaced_with_last(len(data), most))


def _repeats(run: Trainer) -> float:
    """How often a label follows itself in what the run will meet next, found on a copy."""
    try:
        order, labels = copy.deepcopy(run.sampler), run.data.train.labels
        numbers = np.concatenate([order.next_batch(500) for _ in range(_IN_A_ROW // 500)])
    except (AttributeError, TypeError, ValueError):
        return math.nan
    met = labels[numbers]
    return float((met[1:] == met[:-1]).mean()) if len(met) > 1 else math.nan


def _agreement(
    inputs: NDArray[Any],
    labels: NDArray[np.integer],
    among: NDArray[Any],
    known: NDArray[np.integer],
    apart: bool,
) -> float:
    """The share of samples whose nearest one `among` others has their label.

    With `apart` both are the same samples, and none is its own neighbour.
    """
    if len(among) < 2 or not len(inputs):
        return math.nan
    chosen = evenly_spaced_with_last(len(inputs), _SOUGHT)
    rows = inputs[chosen].reshape(len(chosen), -1).astype(np.float32) / 255
    others = among.reshape(len(among), -1).astype(np.float32) / 255
    squares = np.square(others).sum(axis=1)
    distances = squares - 2 * rows @ others.T
    if apart:
        distances[np.arange(len(chosen)), chosen] = np.inf
    return float((known[distances.argmin(axis=1)] == labels[chosen]).mean())


def _unseeing_loss(task: Task, data: Dataset, knobs: Knobs) -> float:
    """The loss of the mean target, or of equal scores for all tokens; NaN where none is found."""
    targets = np.asarray(data.targets)
    if targets.dtype.kind == "f":
        outputs = np.broadcast_to(targets.mean(axis=0), targets.shape).astype(np.float32)
    elif isinstance(data.spec, TokenSpec):
        outputs = np.zeros((*targets.shape, len(data.spec.vocabulary)), np.float32)
    else:
        return math.nan
    try:
        with no_grad():
            return float(task.loss(Tensor(outputs), targets, knobs).item())
    except (LabError, ValueError, IndexError):
        return math.nan


def _guess_loss(task: Task, data: Dataset, knobs: Knobs) -> float:
    """The loss of scores that give every class the same probability; NaN where none is found."""
    if data.targets is None:
        return math.nan
    some = _spread(data, _SAMPLED)
    if not data.classes:
        return _unseeing_loss(task, some, knobs)
    classes, labels = len(data.classes), some.labels
    for scores in (
        np.full((len(labels), classes), -math.log(classes), np.float32),
        np.full((len(labels), classes), 1 / classes, np.float32),
        np.zeros((len(labels), 1), np.float32),
    ):
        try:
            with no_grad():
                found = task.probabilities(scores)
                if found.shape == (len(labels), classes) and np.allclose(found, 1 / classes):
                    return float(task.loss(Tensor(scores), labels, knobs).item())
        except (LabError, ValueError, IndexError):
            continue
    return math.nan
