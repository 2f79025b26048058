"""Records a run in a process of its own, as the training process does; says file, losses and hash.

`python -m tests.core.share.recording CHAPTER FORK_STEP`: 240 mini-batches with two knobs turned and
the engine changed; from FORK_STEP on (if not negative) 60 more of a fork with another rate.
"""

import json
import sys
from pathlib import Path

import numpy as np

from core.chapters.registry import chapter
from core.kernels.arena import Arena
from core.record.reader import RunFile
from core.runtime import protocol as say
from core.runtime.board import Board
from core.runtime.computing import Computing
from core.runtime.session import Session
from core.runtime.threads import limit_threads
from core.share.fingerprint import fingerprint


class Desk:
    """A session as the worker has it, without its process."""

    def __init__(self, key: str, origin: say.Origin | None = None, **values: float) -> None:
        limit_threads(1)
        declared = chapter(key)
        knobs = declared.defaults().with_values(**values)
        self.keys = list(knobs)
        size = Arena.adopt(declared.task.model(knobs, np.random.default_rng(0))).layout.size
        self.board = Board.create(size, np.array(list(knobs.values())))
        self.said: list[say.Event] = []
        start = say.Start(1, key, self.board.name, origin or say.Origin(), Computing("fast"))
        try:
            self.session = Session(start, self.said.append, lambda: None)
        except BaseException:
            self.board.close()
            raise
        self.session.introduce()

    def train(self, steps: int) -> None:
        for _ in range(steps):
            self.session.obey(say.Advance(1, "batch"))
            self.session.advance(60.0)

    def turn(self, key: str, value: float) -> None:
        self.board.set_knob(self.keys.index(key), value)

    def compute(self, engine: str, threads: int = 1) -> None:
        self.session.obey(say.ComputeWith(1, Computing(engine, threads)))  # type: ignore[arg-type]

    def finish(self) -> dict[str, object]:
        theta = fingerprint(self.session.run.arena.theta)
        self.session.close()
        self.board.close()
        with RunFile(self.path) as film:
            steps, losses = (film.curves()[name].tolist() for name in ("step", "loss"))
        return {"path": str(self.path), "theta": theta, "steps": steps, "losses": losses}

    @property
    def path(self) -> Path:
        (said,) = [event for event in self.said if isinstance(event, say.Recording)]
        return Path(said.path)


def main(key: str, fork: int) -> None:
    desk = Desk(key, seed=7)
    desk.train(60)
    desk.turn("lr", 0.0123456789)
    desk.train(50)
    desk.compute("reference")
    desk.train(30)
    desk.turn("momentum", 0.5)
    desk.turn("optimizer", 2)
    desk.train(100)
    told = [desk.finish()]
    if fork >= 0:
        values = {"seed": 7, "lr": 0.002}
        branch = Desk(key, say.Origin(record=str(desk.path), step=fork), **values)
        branch.train(60)
        told.append(branch.finish())
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
