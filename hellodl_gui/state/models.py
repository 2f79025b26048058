"""Value types of the window: status, marks, weights, progress."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.nn.arena import ArenaLayout


class Status(Enum):
    """What the training process is doing."""

    PREPARING = "preparing"
    STARTING = "starting"
    IDLE = "idle"
    PLAYING = "playing"
    FINISHED = "finished"
    LOST = "lost"
    FAILED = "failed"


@dataclass(frozen=True)
class Weights:
    """θ and gradient (P,) after mini-batch `step`, with the layout that names their parts."""

    step: int
    theta: NDArray[np.float32]
    grad: NDArray[np.float32]
    layout: ArenaLayout


@dataclass(frozen=True)
class Opening:
    """A chapter whose data are being fetched, and how far that is; nobody knows with `total` 0."""

    chapter: Chapter
    done: int = 0
    total: int = 0
    what: str = ""
