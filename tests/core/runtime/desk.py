"""A run that is trained and recorded as the training process does it, without that process."""

from pathlib import Path

import numpy as np

from core.chapters.registry import chapter
from core.kernels.engine import Engine
from core.nn.arena import Arena
from core.runtime import protocol as say
from core.runtime.board import SharedBoard
from core.runtime.compute import ComputeSettings
from core.runtime.session import Session
from core.share.weights_hash import weights_sha256


class SessionDesk:
    """A session as the worker has it, and all that it said."""

    def __init__(
        self, key: str, engine: Engine, origin: say.Origin | None = None, **values: float
    ) -> None:
        declared = chapter(key)
        knobs = declared.defaults().with_values(**values)
        self.keys = list(knobs)
        size = Arena.adopt(declared.task.model(knobs, np.random.default_rng(0))).layout.size
        self.board = SharedBoard.create(size, np.array(list(knobs.values())))
        self.said: list[say.Event] = []
        start = say.Start(1, key, self.board.name, origin or say.Origin(), ComputeSettings(engine))
        try:
            self.session = Session(start, self.said.append, lambda: None)
        except BaseException:
            self.board.close()
            raise
        self.session.announce()

    def train(self, steps: int) -> None:
        for _ in range(steps):
            self.session.handle(say.Advance(1, "batch"))
            self.session.advance(60.0)

    def turn(self, key: str, value: float) -> None:
        self.board.set_knob(self.keys.index(key), value)

    def finish(self) -> str:
        """End it; a hash of its weights."""
        theta = weights_sha256(self.session.run.arena.theta)
        self.session.close()
        self.board.close()
        return theta

    @property
    def path(self) -> Path:
        (said,) = [event for event in self.said if isinstance(event, say.RecordingStarted)]
        return Path(said.path)
