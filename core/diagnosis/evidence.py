"""Evidence: everything the rules of a diagnosis use, read from a run's record."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.errors import RecordError
from core.inspect.data.dataset_report import DatasetReport
from core.inspect.health.dead_units import DeadUnits
from core.inspect.health.network_health import NetworkHealth
from core.inspect.weights.parameter_history import ParameterHistory
from core.knobs import Knobs
from core.nn.arena import ArenaLayout
from core.record.lineage import Lineage
from core.record.models import LayerStats, RunEvent
from core.training.metrics import LOSS, Evaluation, Metric

Column = NDArray[np.float64]
_RAN_AWAY = re.compile(r"ran away: (?P<what>.+?) at mini-batch (?P<step>\d+) made (?P<made>.+?)\.")


@dataclass(frozen=True)
class Evidence:
    """A run as far as it came.

    `knobs` as they stand, of a chapter whose defaults they know; `since`, the last mini-batch that
    was trained with others (0: none). `curves` have every mini-batch, columns as `STEP_COLUMNS`,
    `looks` those at the test set, as `EVALUATION_COLUMNS`, both the run's metrics too, by key;
    `metric` is the one that goals are about. `layers` of the record. `classes` are empty for a task
    without; `confusion` (C, C) by true class (row) and guess, None then, before the first look, and
    of too many classes.
    `counts` (C,): how many of each class there are to learn from. `dead_units` of the weights at
    the end, empty where unknown. `failure` is the sentence of a run that broke, else empty;
    `anomaly` says of one that lost its numbers `what` made what (`made`) at mini-batch `step`, as
    far as that is known.
    """

    knobs: Knobs
    since: int
    curves: Mapping[str, Column]
    looks: Mapping[str, Column]
    layers: LayerStats
    layout: ArenaLayout
    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    confusion: NDArray[np.int64] | None
    dead_units: tuple[DeadUnits, ...] = ()
    failure: str = ""
    anomaly: Mapping[str, Any] | None = None
    start: NDArray[np.float32] | None = None
    condition: NetworkHealth | None = None
    data: DatasetReport | None = None
    finished: bool = False
    metric: Metric = LOSS

    @property
    def step(self) -> int:
        """The newest mini-batch."""
        steps = self.curves["step"]
        return int(steps[-1]) if len(steps) else 0

    def recent(self, name: str) -> Column:
        """One column of the mini-batches that were trained as the knobs stand now."""
        first = int(np.searchsorted(self.curves["step"], self.since, side="right"))
        return self.curves[name][first:]

    def recent_looks(self, name: str) -> Column:
        """One column of the looks at the test set since the knobs stand as now."""
        return self.looks[name][self.looks["step"] >= self.since]


def collect_evidence(
    history: ParameterHistory,
    knobs: Knobs,
    counts: NDArray[np.int64],
    metric: Metric,
    dead_units: tuple[DeadUnits, ...] = (),
    condition: NetworkHealth | None = None,
    data: DatasetReport | None = None,
) -> Evidence:
    """What the record of a run tells; `knobs` as the run has them at its end.

    `metric` is the one that goals are about.

    A `condition` knows the `dead_units` as well.

    Raises RecordError where the record cannot be read.
    """
    film = history.lineage
    last = film.last_step
    look = film.evaluation(last)
    values = film.knobs_at(last)
    changes = film.knob_changes()
    events = film.events()
    failures = [event.text for event in events if event.kind == "failed"]
    known = {key: value for key, value in values.items() if key in knobs}
    return Evidence(
        knobs=knobs.with_values(**known),
        since=max((change.step - 1 for change in changes), default=0),
        curves=film.curves(),
        looks=film.evaluations(),
        layers=history.layers(),
        layout=film.own.about.layout,
        classes=film.own.about.classes,
        counts=counts,
        confusion=_confusion(look),
        dead_units=condition.dead_units if condition is not None else dead_units,
        failure=failures[-1] if failures else "",
        anomaly=lost_numbers(events, failures[-1] if failures else ""),
        start=initial_weights(film),
        condition=condition,
        data=data,
        finished=bool(events) and events[-1].kind == "finished",
        metric=metric,
    )


def _confusion(look: Evaluation | None) -> NDArray[np.int64] | None:
    found = look.classification if look is not None else None
    return found.confusion if found is not None and found.confusion.size else None


def class_counts(data: Dataset) -> NDArray[np.int64]:
    """How many samples of each class there are (C,); empty without classes."""
    if not data.classes or data.targets is None:
        return np.empty(0, np.int64)
    return np.bincount(data.labels.reshape(-1), minlength=len(data.classes)).astype(np.int64)


def initial_weights(film: Lineage) -> NDArray[np.float32] | None:
    """The weights (P,) before the first mini-batch; None where the record does not reach back."""
    file, _ = film.parts[0]
    if film.first_step or file.about.layout != film.own.about.layout:
        return None
    try:
        return np.asarray(file.checkpoint(0)["theta"], np.float32)
    except (RecordError, KeyError):
        return None


def lost_numbers(events: Sequence[RunEvent], failure: str) -> Mapping[str, Any] | None:
    """Where numbers were lost; records from before there were such events say it in English."""
    stored = [event.text for event in events if event.kind == "anomaly"]
    if not stored:
        old = _RAN_AWAY.search(failure)
        place = {} if old is None else {**old.groupdict(), "step": int(old["step"])}
        return place if "ran away" in failure else None
    with suppress(ValueError):
        match json.loads(stored[-1]):
            case {"what": str(), "made": str(), "step": int()} as place:
                return place
    return {}
