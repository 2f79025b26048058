"""Top activations: the pictures that activate a unit most, and where in them.

A pass over many pictures keeps the strongest answer of every unit of every layer, so that any unit
can be asked afterwards without computing. An `ActivationScan` makes the pass in pieces of so many
seconds, all with the weights of its start.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.inspect.features.receptive_field import PixelRect
from core.inspect.incremental import IncrementalPass
from core.inspect.model_copy import ModelCopy, ProbeContext
from core.inspect.subset import evenly_spaced

MOST_PICTURES = 10_000
_MOST_BYTES = 32 * 2**20
_FINALISTS = 2  # times as many as wanted are looked at exactly: half precision may misorder them
_LARGEST = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class TopActivation:
    """Sample `sample` of the training set, the unit's answer, and what it looked at.

    `where` is None where that is no part of a picture; `position` then is the place in the sequence
    at which the unit said it.
    """

    sample: int
    answer: float
    where: PixelRect | None
    position: tuple[int, ...] = ()


@dataclass(frozen=True)
class TopActivations:
    """The strongest first. `done` of `total` pictures were seen, with the weights of `step`.

    `current` says whether the run has still these weights. As long as pictures are missing, these
    are the best so far. `mean` and `spread` are of the unit's answers.
    """

    best: tuple[TopActivation, ...]
    done: int
    total: int
    step: int
    current: bool
    mean: float
    spread: float


class ActivationScan(IncrementalPass):
    """The strongest answers (pictures, units) of all layers to pictures evenly chosen.

    In half precision.
    """

    def __init__(self, data: Dataset, network: ModelCopy, most: int = MOST_PICTURES) -> None:
        units = sum(layer.units for layer in network.layers)
        count = max(min(len(data), most, _MOST_BYTES // (2 * max(units, 1))), 1)
        super().__init__(data, network, evenly_spaced(len(data), count))
        ends = np.cumsum([layer.units for layer in network.layers]).tolist()
        self._columns = {
            layer.path: slice(end - layer.units, end)
            for layer, end in zip(network.layers, ends, strict=True)
        }
        self._answers = np.zeros((count, units), np.float16)

    def _take_in(self, part: slice, network: ModelCopy, samples: NDArray[Any]) -> None:
        for path, strongest in network.strongest(samples):
            # NaN counts as the lowest activation.
            limited = np.clip(np.nan_to_num(strongest, nan=-_LARGEST), -_LARGEST, _LARGEST)
            self._answers[part, self._columns[path]] = limited

    def answers(self, path: str, unit: int) -> NDArray[np.float16]:
        """Of one unit to the pictures seen so far."""
        return self._answers[: self.done, self._columns[path].start + unit]

    def best(
        self, network: ModelCopy, path: str, unit: int, count: int
    ) -> tuple[TopActivation, ...]:
        """The `count` strongest answers of a unit, computed once more exactly, and where."""
        answers = self.answers(path, unit).astype(np.float32)
        few = min(_FINALISTS * count, len(answers))
        if not few:
            return ()
        finalists = np.argpartition(-answers, few - 1)[:few]
        samples = self.numbers[finalists]
        inputs = self._data.inputs[samples]
        layer = network.layer(path)
        exact = network.exact_values(inputs, layer)[:, unit]
        field = network.field(path, inputs) if layer.kernels else None
        flat = exact.reshape(len(exact), -1)
        places, strongest = flat.argmax(axis=1), flat.max(axis=1)
        size = (inputs.shape[-2], inputs.shape[-1]) if inputs.ndim > 2 else None
        found = []
        for which in np.argsort(-strongest, kind="stable")[:count]:
            position = tuple(map(int, np.unravel_index(places[which], exact.shape[1:] or (1,))))
            where = (0, 0, *size) if size else None
            if field is not None and size is not None and len(position) == 2:
                where = field.field(position[0], position[1], size)
            position = position if exact.ndim > 1 else ()
            answer = float(strongest[which])
            found.append(TopActivation(int(samples[which]), answer, where, position))
        return tuple(found)


def top_activations(
    context: ProbeContext,
    path: str,
    unit: int,
    count: int = 9,
    seconds: float = np.inf,
    renew: bool = True,
    most: int = MOST_PICTURES,
) -> TopActivations:
    """A unit's top activations among up to `most` pictures of the training set.

    Computes further pictures for about `seconds` where some are missing, so that training can go on
    between repeated calls. With `renew` a scan made with other weights is begun
    anew, otherwise it answers as it is. Raises LabError for a unit that there is not.
    """
    context.network().unit(path, unit)
    scan, current = ActivationScan.of(context, renew, most)
    network = scan.advance(context, seconds)
    answers = scan.answers(path, unit).astype(np.float32)
    return TopActivations(
        best=scan.best(network, path, unit, count),
        done=scan.done,
        total=scan.total,
        step=scan.step,
        current=current,
        mean=float(answers.mean()) if len(answers) else 0.0,
        spread=float(answers.std()) if len(answers) else 0.0,
    )
