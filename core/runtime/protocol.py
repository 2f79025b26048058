"""What the window and the training process say to each other. Frozen, small, without numba or Qt.

Everything about a run carries its `run_id`; whoever hears of another run than its own drops it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.runtime.compute import ComputeSettings
from core.training.finetune import FinetuneReport
from core.training.metrics import Evaluation


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
class Start:
    """Begin a run of `chapter` with the knobs as they stand on the board of this name."""

    run_id: int
    chapter: str
    board: str
    origin: Origin = Origin()
    computing: ComputeSettings = field(default_factory=ComputeSettings)


@dataclass(frozen=True)
class Play:
    """Train until told otherwise."""

    run_id: int


@dataclass(frozen=True)
class Pause:
    """Stop after the current mini-batch."""

    run_id: int


@dataclass(frozen=True)
class Advance:
    """Train one mini-batch, or to the end of the epoch, then stop."""

    run_id: int
    by: Literal["batch", "epoch"]


@dataclass(frozen=True)
class SetSpeed:
    """At most this many mini-batches a second; None for as fast as the machine can."""

    run_id: int
    steps_per_second: float | None


@dataclass(frozen=True)
class SetCompute:
    """Use another engine or number of cores from the next mini-batch on."""

    run_id: int
    computing: ComputeSettings


@dataclass(frozen=True)
class ProbeRequest:
    """A question about the run, answered between two mini-batches.

    About the run as it stands, or with `elsewhere` as it would be with the weights that the window
    put on the board. By the time of the answer they may be those of a newer question.
    """

    run_id: int
    request_id: int
    probe: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    from_board: bool = False


@dataclass(frozen=True)
class Finetune:
    """Learn these pictures (N, 28, 28) with labels (N,) at once; training pauses for it."""

    run_id: int
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class SaveState:
    """Let the record have the run's whole state as it stands; answered with its step."""

    run_id: int
    request_id: int


@dataclass(frozen=True)
class UndoFinetune:
    """Take the last lesson back that has not been taken back yet."""

    run_id: int


@dataclass(frozen=True)
class SetPage:
    """The page that is open: its glyphs (N, 28, 28) are read and recorded with each snapshot.

    `key` names the page in the record. With N = 0 none is open any more.
    """

    run_id: int
    images: NDArray[np.uint8]
    key: str


@dataclass(frozen=True)
class Quit:
    """Leave the process."""


Command = (
    Start
    | Play
    | Pause
    | Advance
    | SetSpeed
    | SetCompute
    | ProbeRequest
    | Finetune
    | UndoFinetune
    | SaveState
    | SetPage
    | Quit
)


@dataclass(frozen=True)
class KernelProgress:
    """Kernel `done` of `total`, called `name`, is being made ready."""

    done: int
    total: int
    name: str


@dataclass(frozen=True)
class Ready:
    """The process is warm and waits for a run."""


@dataclass(frozen=True)
class Started:
    """The run exists; its first evaluation shows it untrained."""

    run_id: int


@dataclass(frozen=True)
class KnobChanged:
    """Mini-batch `step` was the first to be trained with this value."""

    run_id: int
    step: int
    key: str
    value: float


@dataclass(frozen=True)
class ComputeChanged:
    """Mini-batch `step` is the first to be computed so."""

    run_id: int
    step: int
    computing: ComputeSettings


@dataclass(frozen=True)
class ReplayProgress:
    """A fork is trained again up to where it branches off: it is at `step`, on its way `until`."""

    run_id: int
    step: int
    until: int


@dataclass(frozen=True)
class RecordingStarted:
    """The run is recorded in the file of this `path`, from its first mini-batch on."""

    run_id: int
    path: str


@dataclass(frozen=True)
class WarningRaised:
    """Something in the run is probably not meant: one sentence with the fix."""

    run_id: int
    sentence: str


@dataclass(frozen=True)
class Validated:
    """The whole test set was looked at."""

    run_id: int
    evaluation: Evaluation


@dataclass(frozen=True)
class Paused:
    """Training stands still; `finished` when the chapter's goal or number of epochs is reached."""

    run_id: int
    finished: bool


@dataclass(frozen=True)
class ProbeResult:
    """What a probe found out."""

    run_id: int
    request_id: int
    value: Any


@dataclass(frozen=True)
class ProbeFailed:
    """A question nobody could answer; the run goes on."""

    run_id: int
    request_id: int
    sentence: str


@dataclass(frozen=True)
class FinetuneProgress:
    """A lesson goes on: the smallest probability of a new picture's right class so far."""

    run_id: int
    sure: float


@dataclass(frozen=True)
class FinetuneFinished:
    """A lesson is over; None when it was taken back."""

    run_id: int
    lesson: FinetuneReport | None


@dataclass(frozen=True)
class FinetuneFailed:
    """A lesson that could not be given, or taken back: a sentence; the run goes on."""

    run_id: int
    sentence: str


@dataclass(frozen=True)
class Failed:
    """The run broke: one sentence for a person, the traceback for the log."""

    run_id: int
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


Event = (
    Crashed
    | LogMessage
    | KernelProgress
    | Ready
    | Started
    | KnobChanged
    | ComputeChanged
    | ReplayProgress
    | RecordingStarted
    | WarningRaised
    | Validated
    | Paused
    | ProbeResult
    | ProbeFailed
    | FinetuneProgress
    | FinetuneFinished
    | FinetuneFailed
    | Failed
)
