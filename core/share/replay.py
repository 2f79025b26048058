"""A run trained again, line by line as a script tells it: the same numbers to the last digit.

run = Replay("learning", lr=0.01, seed=1)
run.turn(58, lr=0.03)        # mini-batch 58 is the first with this learning rate
run.train(200)               # up to and with mini-batch 200
run.report()
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.chapters.registry import chapter
from core.errors import LabError, RecordError
from core.kernels.engine import Engine
from core.knobs import Knobs
from core.record.reader import RunFile
from core.record.schema import run_folder
from core.runtime.compute import ComputeSettings, limit_threads
from core.share.weights_hash import losses_sha256, weights_sha256
from core.training.metrics import StepMetrics
from core.training.trainer import Trainer
from core.translation import tr


def print_loss(step: StepMetrics) -> None:
    """One line a mini-batch: its number and its loss with all digits."""
    print(f"{step.number:8}  {step.loss!r}")


class Replay:
    """A run of the chapter with this key, knobs as given by name, the others at their defaults.

    A choice is given by its name. Every method that takes a mini-batch's number first trains up to
    it; `heard` is called with every Step. Attributes: `run`, `losses` of all mini-batches so far.
    Raises LabError for a chapter, knob or value that there is not, and when data are missing.
    """

    def __init__(self, key: str, /, **knobs: float | str) -> None:
        limit_threads(1)
        self._chapter = chapter(key)
        self._knobs = self._turned(self._chapter.defaults(), knobs)
        self._computing = ComputeSettings()
        self._computing.apply()
        self.run = Trainer(self._chapter.task, self._knobs)
        self._steps = self._chapter.steps(self.run, lambda: self._knobs)
        self.losses: list[float] = []
        self.heard: Callable[[StepMetrics], object] = print_loss

    def turn(self, first: int, /, **knobs: float | str) -> None:
        """Mini-batch `first` is the first with these values."""
        self.train(first - 1)
        self._knobs = self._turned(self._knobs, knobs)

    def compute(self, first: int, engine: Engine, threads: int = 1) -> None:
        """From mini-batch `first` on: compute with this engine, on so many cores."""
        self.train(first - 1)
        self._computing = ComputeSettings(engine, threads)
        self._computing.apply()

    def restore(self, record: str | Path, step: int) -> None:
        """Everything as a record has it after mini-batch `step`: what no knob can say.

        `record` is a path, or the name of a file where the lab records runs. Raises RecordError
        where it is missing, or keeps no checkpoint of that very step.
        """
        path = Path(record)
        with RunFile(path if path.exists() else run_folder() / path) as film:
            state = film.checkpoint(step)
        if state.get("step") != step:
            raise RecordError(
                tr("{name} keeps no state of step {step:,} to go on from.").format(
                    name=path.name, step=step
                )
            )
        self.run.load_state_dict(state)
        self._steps = self._chapter.steps(self.run, lambda: self._knobs)

    def train(self, last: int) -> None:
        """Train up to and with mini-batch `last`. Raises LabError when it is over already."""
        self._computing.apply()
        while self.run.step < last:
            with np.errstate(all="ignore"):  # what leaves the numbers is found by the loop
                step = next(self._steps)
            self.losses.append(step.loss)
            self.heard(step)
        if self.run.step != last:
            raise LabError(
                tr("Mini-batch {last:,} is over: this run is at {step:,}.").format(
                    last=last, step=self.run.step
                )
            )

    def weights_sha256(self) -> str:
        """SHA-256 of the weights θ as float32."""
        return weights_sha256(self.run.arena.theta)

    def report(self, losses: str = "", theta: str = "") -> bool:
        """Print SHA-256 of all losses and of θ, beside those expected; False where one differs."""
        wanted = losses, theta
        found = losses_sha256(np.array(self.losses)), self.weights_sha256()
        names = "SHA-256 of the losses", "SHA-256 of θ"
        for name, own, recorded in zip(names, found, wanted, strict=True):
            verdict = "as recorded" if own == recorded else recorded and f"but was {recorded}"
            print(f"{name:21}  {own}  {verdict}".rstrip())
        return all(recorded in ("", own) for own, recorded in zip(found, wanted, strict=True))

    def _turned(self, knobs: Knobs, values: dict[str, float | str]) -> Knobs:
        texts = {key: value for key, value in values.items() if isinstance(value, str)}
        parsed = self._chapter.parsed(texts)
        return knobs.with_values(
            **{key: parsed[key] if isinstance(it, str) else it for key, it in values.items()}
        )
