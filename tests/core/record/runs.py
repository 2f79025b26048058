"""Small runs that remember much."""

import hashlib
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

from core.chapters import robust_letters
from core.chapters.one_by_one import CHAPTER as ONE_BY_ONE
from core.chapters.robust_letters import CHAPTER as ROBUST
from core.chapters.three_or_seven import CHAPTER as THREE_OR_SEVEN
from core.data.dataset import Dataset
from core.knobs import Knobs
from core.nn import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, LogSoftmax, MaxPool2d, Sequential
from core.record.recorder import Recorder
from core.runtime.driver import Driver
from core.training.metrics import StepMetrics
from core.training.task import Split, Task
from core.training.trainer import Trainer

ROOT = Path(__file__).resolve().parents[3]
Steps = Callable[[Trainer, Callable[[], Knobs]], Iterator[StepMetrics]]

_QUIET = {**robust_letters.CHAPTER.experiments[0].values}
_PLAIN = {key: float(value) for key, value in _QUIET.items()}
CASES: dict[str, dict[str, float | str]] = {
    "sgd": {**_PLAIN, "optimizer": "sgd", "lr": 0.05},
    "adam": {**_PLAIN},
    "dropout": {"dropout": 0.3, "flip": 0.01, "optimizer": "nesterov", "lr": 0.01},
    "early stop": {**_PLAIN, "lr": 0.02, "patience": 2, "schedule": "plateau"},
    "average": {"ema": 20.0, "accumulate": 2, "optimizer": "rmsprop"},
    "one by one": {},
    "averages": {},
}


@cache
def letters(count: int, seed: int) -> Dataset:
    """Noise with a bar whose place says the class, of 26."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 26, count).astype(np.uint8)
    images = rng.integers(0, 60, (count, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[label : label + 3] += 150
    return Dataset.from_images("bars", images, labels, tuple("abcdefghijklmnopqrstuvwxyz"))


def _pair(count: int, seed: int, classes: int) -> Dataset:
    data = letters(count, seed)
    names = tuple(map(str, range(classes)))
    return Dataset.from_images("bars", data.images, data.labels % np.uint8(classes), names)


def _network(knobs: Knobs, rng: np.random.Generator) -> Sequential:
    return Sequential(
        Conv2d(1, 4, 3, rng=rng), MaxPool2d(4), BatchNorm2d(4), Flatten(),
        Dropout(knobs["dropout"], rng=rng), Linear(144, 26, rng=rng), LogSoftmax(),
    )  # fmt: skip


def small_task(case: str) -> Task:
    """Of the chapter the case stands for, with little data and a small network."""
    if case in ("one by one", "averages"):
        chapter, classes = (ONE_BY_ONE, 10) if case == "one by one" else (THREE_OR_SEVEN, 2)
        split = Split(_pair(600, 1, classes), _pair(90, 2, classes))
        return Task(**{**vars(chapter.task), "data": lambda knobs: split})
    split = Split(letters(600, 1), letters(90, 2))
    return Task(**{**vars(ROBUST.task), "data": lambda knobs: split, "model": _network})


def chapter_of(case: str):  # type: ignore[no-untyped-def]
    return {"one by one": ONE_BY_ONE, "averages": THREE_OR_SEVEN}.get(case, ROBUST)


def steps_of(case: str) -> Steps:
    return chapter_of(case).steps


def knobs_of(case: str) -> Knobs:
    chapter = chapter_of(case)
    usual = {} if chapter is not ROBUST else {"batch_size": "16", "validate_every": "7"}
    return chapter.parsed({**usual, **{key: str(value) for key, value in CASES[case].items()}})


def digest(run: Trainer) -> str:
    """A hash of the weights, to the last bit."""
    return hashlib.sha256(run.arena.theta.tobytes()).hexdigest()


class Recorded:
    """A small run under the eyes of a recorder, as a session has it."""

    def __init__(self, folder: Path, case: str = "adam", knobs: Knobs | None = None) -> None:
        self.said: list[str] = []
        self.paths: list[Path] = []
        self.knobs = knobs or knobs_of(case)
        self.run = Trainer(small_task(case), self.knobs)
        key = chapter_of(case).key
        self.recorder = Recorder(self.run, key, self.said.append, self.paths.append, folder=folder)
        self.recorder.on_computing({"engine": "reference", "threads": 1})
        self.driver = Driver(self.run, steps_of(case), lambda: self.knobs, self.recorder)

    def train(self, steps: int) -> None:
        """So many mini-batches more, then pause."""
        self.recorder.begin(self.knobs)
        end = self.run.step + steps
        self.driver.play()
        while self.run.step < end:
            self.driver.playing = True
            self.driver._one(time.perf_counter())
        self.driver.pause()

    @property
    def path(self) -> Path:
        (path,) = self.paths
        return path
