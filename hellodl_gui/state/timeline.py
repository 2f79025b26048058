"""The record of the run on the table, and which of its moments is shown.

Whoever wants another moment calls `LabState.seek`; a service finds it in the record and answers
with `LabState.show_moment`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from core.record.models import RunEvent
from core.training.metrics import Evaluation
from hellodl_gui.state.models import Weights

Steps = NDArray[np.int64]
_NONE: Steps = np.empty(0, np.int64)

BEFORE = "before the fork"
"""The name of the curves that a fork left behind; a run from the start forgets them."""


@dataclass(frozen=True)
class Moment:
    """How things stood after mini-batch `step`.

    `weights` went through half precision, and their gradient was not kept: it is NaN. `evaluation`
    is the last look at the test set until then, `knobs` are the values that trained the step.
    `page` (N, C) is what was made of the glyphs that `LabState.watched` holds, None where that was
    not recorded.
    """

    step: int
    weights: Weights
    evaluation: Evaluation | None
    knobs: Mapping[str, float]
    page: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class PageProbe:
    """The glyphs (N, 28, 28) of the open page, which `key` names: read with every snapshot."""

    images: NDArray[np.uint8]
    key: str


@dataclass(frozen=True)
class ComparisonCurve:
    """Another run's curves, to be drawn beside the own ones in the theme's curve colour `colour`.

    `steps`, `loss` and `accuracy` (N,) of every mini-batch; `tested`, `tested_loss` and
    `tested_accuracy` (E,) of every look at the test set.
    """

    name: str
    colour: int
    steps: NDArray[np.float64]
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    tested: NDArray[np.float64]
    tested_loss: NDArray[np.float64]
    tested_accuracy: NDArray[np.float64]


@dataclass
class Film:
    """Attributes: `path`, the record's newest file, None where nothing is recorded; `moment`, the
    step that is shown, None at the live edge; `moments` (N,), the steps whose weights were kept;
    `checkpoints`, those from which a fork begins at once; `events`, what happened; `relived`, step
    and goal while a fork finds its way back, else None; `visiting`, whether an ended run is shown
    that goes on with Play.
    """

    path: Path | None = None
    moment: int | None = None
    moments: Steps = field(default_factory=_NONE.copy)
    checkpoints: Steps = field(default_factory=_NONE.copy)
    events: tuple[RunEvent, ...] = ()
    relived: tuple[int, int] | None = None
    visiting: bool = False

    followed = Signal(object, object)
    grew = Signal()
    moment_changed = Signal()
    relived_changed = Signal()
    wanted = Signal(object)

    def clear(self) -> None:
        """Another run, with nothing recorded yet."""
        self.path = self.moment = self.relived = None
        self.moments = self.checkpoints = _NONE
        self.events = ()
        self.visiting = False

    def follow(self, path: Path, until: int | None = None) -> None:
        """The run is recorded there; `until`: a fork that has not trained a step of its own yet."""
        self.path = path
        self.followed.emit(path, until)

    def extend(self, moments: Steps, checkpoints: Steps, events: tuple[RunEvent, ...]) -> None:
        """This is what the record holds by now."""
        self.moments, self.checkpoints, self.events = moments, checkpoints, events
        self.grew.emit()

    def hear_reliving(self, step: int, until: int) -> None:
        """A fork is at `step` on its way back to `until`; there once they are equal."""
        self.relived = (step, until) if step < until else None
        self.relived_changed.emit()
