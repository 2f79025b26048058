"""Commands of the window: those to the run are the protocol's, those about which run is open here.

They go through `LabState.send`. A new one touches its sender, its class and its handler, which is
`Runner` or, for the choice of the run, `RunChoice`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.knobs import Knobs
from core.runtime import protocol


@dataclass(frozen=True)
class Restart:
    """Begin a run of the open chapter from its seed, or with weights (P,) or knobs."""

    theta: NDArray[np.float32] | None = None
    knobs: Knobs | None = None


@dataclass(frozen=True)
class ReopenPrevious:
    """Return to the run before the last reset, experiment or loading of weights."""


@dataclass(frozen=True)
class Fork:
    """Begin a run after mini-batch `step` of the record, with the knobs as they were then."""

    step: int


@dataclass(frozen=True)
class OpenRun:
    """Open a recorded run."""

    path: Path


@dataclass(frozen=True)
class CancelOpening:
    """Stay with the chapter that is open."""


RunChoiceCommand = Restart | ReopenPrevious | Fork | OpenRun | CancelOpening
Command = protocol.Command | RunChoiceCommand
Send = Callable[[Command], None]
