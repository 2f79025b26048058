"""Data set report before training: scale of the inputs, order of the samples, label noise.

The labels are judged by nearest neighbours (Cover & Hart 1967): pictures that are alike mostly have
the same label, unless labels are wrong.
"""

import copy
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.data.dataset import Dataset
from core.errors import LabError
from core.inspect.subset import evenly_spaced_with_last
from core.knobs import Knobs
from core.training.task import Task
from core.training.trainer import Trainer

_SAMPLED = 512  # pictures whose numbers are looked at
_IN_A_ROW = 2000  # samples of which the order of labels is looked at
_SOUGHT, _AMONG = 300, 3000  # pictures whose nearest one is sought, and among how many
_FLAT = 1e-5  # numbers that differ less are the same


@dataclass(frozen=True)
class DatasetReport:
    """Of the inputs as the network gets them: `mean`, `std` and `rms` (the root of the mean
    square) over training pictures, `blank` the share of them on which all pixels are alike, or
    that are the same as the first one, and `test_mean`, `test_std` those of test pictures.

    `repeats` is how often a sample has the label of the one before it in the order of training,
    `repeats_shuffled` how often it would in a random order; NaN where the order is not known.

    Shares of pictures whose nearest training picture has the same label: `agreement` of training
    pictures, `test_agreement` of test pictures, `within_test` of test pictures among themselves,
    and `agreement_by_chance`. `guess_loss` is the loss of an equal guess for all classes.
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
    inputs, tested = (task.encode(_spread(data, _SAMPLED)[0]) for data in (train, test))
    some, labels = _spread(train, _AMONG)
    seen, seen_labels = _spread(test, _AMONG)
    shares = np.bincount(train.labels, minlength=len(train.classes)) / max(len(train), 1)
    by_chance = float(np.square(shares).sum())
    rows = inputs.reshape(len(inputs), -1)
    flat = np.ptp(rows, axis=1) < _FLAT
    same = np.abs(rows - rows[:1]).max(axis=1) < _FLAT
    return DatasetReport(
        mean=float(inputs.mean()),
        std=float(inputs.std()),
        rms=float(np.sqrt(np.square(inputs, dtype=np.float64).mean())),
        blank=float(flat.mean() if len(rows) < 2 else max(flat.mean(), same[1:].mean())),
        test_mean=float(tested.mean()),
        test_std=float(tested.std()),
        repeats=_repeats(run),
        repeats_shuffled=by_chance,
        agreement=_agreement(some, labels, some, labels, apart=True),
        test_agreement=_agreement(seen, seen_labels, some, labels, apart=False),
        within_test=_agreement(seen, seen_labels, seen, seen_labels, apart=True),
        agreement_by_chance=by_chance,
        guess_loss=_guess_loss(task, train, knobs),
    )


def _spread(data: Dataset, most: int) -> tuple[NDArray[np.uint8], NDArray[np.integer]]:
    """Up to so many pictures and labels, spread evenly over the set."""
    numbers = evenly_spaced_with_last(len(data), most)
    return data.images[numbers], data.labels[numbers]


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
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    among: NDArray[np.integer],
    known: NDArray[np.integer],
    apart: bool,
) -> float:
    """The share of pictures whose nearest one `among` others has their label.

    With `apart` both are the same pictures, and none is its own neighbour.
    """
    if len(among) < 2 or not len(images):
        return math.nan
    chosen = evenly_spaced_with_last(len(images), _SOUGHT)
    rows = images[chosen].reshape(len(chosen), -1).astype(np.float32) / 255
    others = among.reshape(len(among), -1).astype(np.float32) / 255
    squares = np.square(others).sum(axis=1)
    distances = squares - 2 * rows @ others.T
    if apart:
        distances[np.arange(len(chosen)), chosen] = np.inf
    return float((known[distances.argmin(axis=1)] == labels[chosen]).mean())


def _guess_loss(task: Task, data: Dataset, knobs: Knobs) -> float:
    """The loss of scores that give every class the same probability; NaN where none is found."""
    classes, (_, labels) = len(data.classes), _spread(data, _SAMPLED)
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
