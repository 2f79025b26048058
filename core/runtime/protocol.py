"""What the window and the training process say to each other, and the window's parts to its runner.

Frozen, small, without numba or Qt. What is about a run carries its `run_id`; whoever hears of
another run than its own drops it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.knobs import Knobs
from core.runtime.compute import ComputeSettings
from core.runtime.process_worker import Quit as Quit
from core.training.finetune import FinetuneReport
from core.training.metrics import Evaluation

# -- which run is open: carried out by the window -------------------------------------------------


@dataclass(frozen=True)
class RunChoiceCommand:
    """Another run is to be the open one."""


@dataclass(frozen=True)
class Restart(RunChoiceCommand):
    """Begin a run of the open chapter from its seed, or with weights (P,) or knobs."""

    theta: NDArray[np.float32] | None = None
    knobs: Knobs | None = None


class ReopenPrevious(RunChoiceCommand):
    """Return to the run before the last reset, experiment or loading of weights."""


@dataclass(frozen=True)
class Fork(RunChoiceCommand):
    """Begin a run after mini-batch `step` of the record, with the knobs as they were then."""

    step: int


@dataclass(frozen=True)
class OpenRun(RunChoiceCommand):
    """Open a recorded run."""

    path: Path


class CancelOpening(RunChoiceCommand):
    """Stay with the chapter that is open."""


# -- to the training process ----------------------------------------------------------------------


@dataclass(frozen=True)
class RunCommand:
    """Something that the open run is to do."""

    run_id: int


@dataclass(frozen=True)
class Origin:
    """Where a run begins: at its seed, or at weights `theta` (P,) after some steps and samples.

    Or as a fork: after mini-batch `step` of the run that the file `record` holds. `resumes`: the
    record of the run, where `theta` is what was last seen of one whose process ended.
    """

    theta: NDArray[np.float32] | None = None
    step: int = 0
    samples: int = 0
    record: str | None = None
    resumes: str | None = None


@dataclass(frozen=True)
class Start(RunCommand):
    """Begin a run of `chapter` with the knobs as they stand on the board of this name."""

    chapter: str
    board: str
    origin: Origin = Origin()
    computing: ComputeSettings = field(default_factory=ComputeSettings)


class Play(RunCommand):
    """Train until told otherwise."""


class Pause(RunCommand):
    """Stop after the current mini-batch."""


@dataclass(frozen=True)
class Advance(RunCommand):
    """Train one mini-batch, or to the end of the epoch, then stop."""

    by: Literal["batch", "epoch"]


@dataclass(frozen=True)
class SetSpeed(RunCommand):
    """At most this many mini-batches a second; None for as fast as the machine can."""

    steps_per_second: float | None


@dataclass(frozen=True)
class SetCompute(RunCommand):
    """Use another engine or number of cores from the next mini-batch on."""

    computing: ComputeSettings


@dataclass(frozen=True)
class ProbeRequest(RunCommand):
    """A question about the run, answered between two mini-batches.

    About the run as it stands, or with `from_board` as it would be with the weights that the window
    put on the board. By the time of the answer they may be those of a newer question.
    """

    request_id: int
    probe: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    from_board: bool = False


@dataclass(frozen=True)
class Finetune(RunCommand):
    """Learn these pictures (N, 28, 28) with labels (N,) at once; training pauses for it."""

    images: NDArray[np.uint8]
    labels: NDArray[np.integer]


@dataclass(frozen=True)
class SaveState(RunCommand):
    """Let the record have the run's whole state as it stands; answered with its step."""

    request_id: int


class UndoFinetune(RunCommand):
    """Take the last lesson back that has not been taken back yet."""


@dataclass(frozen=True)
class SetPage(RunCommand):
    """The page that is open: its glyphs (N, 28, 28) are read and recorded with each snapshot.

    `key` names the page in the record. With N = 0 none is open any more.
    """

    images: NDArray[np.uint8]
    key: str


Command = RunCommand | RunChoiceCommand
ProcessCommand = RunCommand | Quit

# -- to the window --------------------------------------------------------------------------------


@dataclass(frozen=True)
class TrainingEvent:
    """Something that happened to a run."""

    run_id: int


@dataclass(frozen=True)
class KernelProgress:
    """Kernel `done` of `total`, called `name`, is being made ready."""

    done: int
    total: int
    name: str


@dataclass(frozen=True)
class Ready:
    """The process is warm and waits for a run."""


class Started(TrainingEvent):
    """The run exists; its first evaluation shows it untrained."""


@dataclass(frozen=True)
class KnobChanged(TrainingEvent):
    """Mini-batch `step` was the first to be trained with this value."""

    step: int
    key: str
    value: float


@dataclass(frozen=True)
class ComputeChanged(TrainingEvent):
    """Mini-batch `step` is the first to be computed so."""

    step: int
    computing: ComputeSettings


@dataclass(frozen=True)
class ReplayProgress(TrainingEvent):
    """A fork is trained again up to where it branches off: it is at `step`, on its way `until`."""

    step: int
    until: int


@dataclass(frozen=True)
class RecordingStarted(TrainingEvent):
    """The run is recorded in the file of this `path`, from its first mini-batch on."""

    path: str


@dataclass(frozen=True)
class WarningRaised(TrainingEvent):
    """Something in the run is probably not meant: one sentence with the fix."""

    sentence: str


@dataclass(frozen=True)
class Validated(TrainingEvent):
    """The whole test set was looked at."""

    evaluation: Evaluation


@dataclass(frozen=True)
class Paused(TrainingEvent):
    """Training stands still; `finished` when the chapter's goal or number of epochs is reached."""

    finished: bool


@dataclass(frozen=True)
class ProbeResult(TrainingEvent):
    """What a probe found out."""

    request_id: int
    value: Any


@dataclass(frozen=True)
class ProbeFailed(TrainingEvent):
    """A question nobody could answer; the run goes on."""

    request_id: int
    sentence: str


@dataclass(frozen=True)
class FinetuneProgress(TrainingEvent):
    """A lesson goes on: the smallest probability of a new picture's right class so far."""

    sure: float


@dataclass(frozen=True)
class FinetuneFinished(TrainingEvent):
    """A lesson is over; None when it was taken back."""

    lesson: FinetuneReport | None


@dataclass(frozen=True)
class FinetuneFailed(TrainingEvent):
    """A lesson that could not be given, or taken back: a sentence; the run goes on."""

    sentence: str


@dataclass(frozen=True)
class Failed(TrainingEvent):
    """The run broke: one sentence for a person, the traceback for the log."""

    sentence: str
    traceback: str


@dataclass(frozen=True)
class Crashed:
    """The process itself cannot go on and ends: why in a sentence, the traceback for the log."""

    sentence: str
    traceback: str


@dataclass(frozen=True)
class LogMessage:
    """Something for the log of the window."""

    level: int
    text: str


Event = TrainingEvent | KernelProgress | Ready | Crashed | LogMessage
