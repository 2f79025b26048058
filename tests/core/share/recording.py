"""Records a run in a process of its own, as the training process does; says file, losses and hash.

`python -m tests.core.share.recording CHAPTER FORK_STEP`: 240 mini-batches with two knobs turned and
the engine changed; from FORK_STEP on (if not negative) 60 more of a fork with another rate.
"""

import json
import sys

from core.record.reader import RunFile
from core.runtime import protocol as say
from core.runtime.compute import ComputeSettings, limit_threads
from tests.core.runtime.desk import SessionDesk


class Desk(SessionDesk):
    """On the compiled kernels and one core, and it tells what came of it."""

    def __init__(self, key: str, origin: say.Origin | None = None, **values: float) -> None:
        limit_threads(1)
        super().__init__(key, "fast", origin, **values)

    def compute(self, engine: str, threads: int = 1) -> None:
        self.session.handle(say.SetCompute(1, ComputeSettings(engine, threads)))  # type: ignore[arg-type]

    def told(self) -> dict[str, object]:
        """End it; its file, a hash of its weights, and every loss."""
        theta = self.finish()
        with RunFile(self.path) as film:
            steps, losses = (film.curves()[name].tolist() for name in ("step", "loss"))
        return {"path": str(self.path), "theta": theta, "steps": steps, "losses": losses}


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
    told = [desk.told()]
    if fork >= 0:
        values = {"seed": 7, "lr": 0.002}
        branch = Desk(key, say.Origin(record=str(desk.path), step=fork), **values)
        branch.train(60)
        told.append(branch.told())
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
