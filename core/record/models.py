"""Dataclasses of what a run's file holds."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.knobs import Knob, Knobs
from core.nn.arena import ArenaLayout
from core.training.metrics import Metric

SAMPLE = 1000
"""Of so many test samples a record keeps every prediction."""


def sample_indices(count: int) -> NDArray[np.int64]:
    """Which of `count` test samples those are, evenly spread: ascending numbers."""
    return np.unique(np.linspace(0, count - 1, min(SAMPLE, count)).astype(np.int64))


@dataclass(frozen=True)
class Parent:
    """The run that this one branched off from, the name of its file, and after which step."""

    run_id: str
    file: str
    step: int


@dataclass(frozen=True)
class RecordedSpec:
    """What one sample was: the fields of a `DataSpec`, as far as a reader needs them.

    `kind` is image, point, table or token, `shape` that of a stored sample, empty where it is not
    known. `names` and `units` are those of coordinates or columns, `vocabulary` counts tokens.
    `targets` is the type of the targets, empty without any; `target_shape` that of one.
    """

    kind: str = ""
    shape: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    vocabulary: int = 0
    targets: str = ""
    target_shape: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What of it is known."""
        return {key: value for key, value in asdict(self).items() if value}


@dataclass(frozen=True)
class RunInfo:
    """Metadata of a run.

    `started` in seconds since 1970. `knobs` have the values it began with as their defaults.
    `classes` are empty where the targets are none. `sample` (K,) are the numbers of those test
    samples of which every prediction is kept. A fork begins at `first_step`, after `first_samples`.
    `metrics` are what a look at the test set measures, the first one being what goals are about,
    and what only mini-batches have; the keys of what these have are in `batch_metrics`.
    """

    run_id: str
    chapter: str
    seed: int
    started: float
    versions: dict[str, str]
    layout: ArenaLayout
    classes: tuple[str, ...]
    sample: NDArray[np.int64]
    first_step: int
    first_samples: int
    knobs: dict[str, Knob]
    parent: Parent | None
    spec: RecordedSpec = RecordedSpec()
    metrics: tuple[Metric, ...] = ()
    batch_metrics: tuple[str, ...] = ()


def with_defaults_at(knobs: Knobs) -> dict[str, Knob]:
    """The knobs by key, their values as their defaults."""
    return {key: replace(knob, default=knobs[key]) for key, knob in knobs.knobs.items()}


@dataclass(frozen=True)
class Snapshot:
    """Weights (P,) after a step, to look at: they went through half precision."""

    step: int
    theta: NDArray[np.float32]


@dataclass(frozen=True)
class RunEvent:
    """Something that happened after mini-batch `step`; `kind` is one of `EVENT_KINDS`."""

    step: int
    kind: str
    text: str


@dataclass(frozen=True)
class KnobChange:
    """Mini-batch `step` was the first with this value."""

    step: int
    key: str
    value: float


@dataclass(frozen=True)
class WeightTraces:
    """Single numbers of a parameter over time.

    `steps` (T,), flat `places` (K,) in the parameter, `values` and `gradients` (T, K).
    """

    steps: NDArray[np.int64]
    places: NDArray[np.int64]
    values: NDArray[np.float64]
    gradients: NDArray[np.float64]


@dataclass(frozen=True)
class RecordedPage:
    """Glyphs (N, 28, 28) of a page that was open, first read at `step`; `key` says whose they are.

    A page that was cut anew is another one, of the same key.
    """

    number: int
    step: int
    key: str
    images: NDArray[np.uint8]


@dataclass(frozen=True)
class PageReading:
    """Probabilities (N, C) from 0 to 1, in 255 steps, of the glyphs of page `number` at `step`."""

    step: int
    number: int
    probabilities: NDArray[np.float32]


@dataclass(frozen=True)
class LayerStats:
    """Every trained parameter over time: T steps, L `names` as torch has them, B bins.

    Norms (T, L) are Euclidean, NaN where not known: no gradient before the first mini-batch, no
    update where the weights before the step were not at hand. `update_norm` is that of the change
    in this one mini-batch. Histograms (T, L, B) are shares of the parameter's numbers that sum to
    one, zeros where a number was none; bin b of its parameter reaches from low + b · w to
    low + (b + 1) · w with w = (high - low) / B, by the edges (T, L, 2). What lies beyond five
    root mean squares is counted in the outermost bins, and of a large parameter a sample of 8,192.
    """

    steps: NDArray[np.int64]
    names: tuple[str, ...]
    weight_norm: NDArray[np.float64]
    gradient_norm: NDArray[np.float64]
    update_norm: NDArray[np.float64]
    weight_edges: NDArray[np.float64]
    gradient_edges: NDArray[np.float64]
    weight_histograms: NDArray[np.float32]
    gradient_histograms: NDArray[np.float32]
