"""A state with a run that answers its questions when it is told to."""

from collections import deque
from dataclasses import replace
from typing import Any

import numpy as np

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.training.trainer import Trainer
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status, Weights
from hellodl_gui.ui.panel import Panel
from tests.gui.kit import lab_state
from tests.gui.sent_commands import on_probe


class RunBeside:
    """A run of what a state shows; the questions to it wait in `asked`."""

    def __init__(self, state: LabState) -> None:
        self.state = state
        task = replace(state.training.chapter.task, data=lambda knobs: state.training.data)
        self.run = Trainer(task, state.training.knobs)
        self.probes = ProbeContext(self.run)
        self.asked: deque[tuple[int, str, dict[str, Any]]] = deque()
        on_probe(self.state, lambda *q: self.asked.append((q[0], q[1], q[2])))

    def show_weights(self) -> None:
        """The run's weights as they are."""
        arena = self.run.arena
        self.state.timeline.set_weights(
            Weights(0, arena.theta.copy(), arena.grad.copy(), arena.layout)
        )

    def answer(self, most: int | None = None) -> list[str]:
        """Answer what was asked so far, at most so many; the names of the questions."""
        seen = []
        for _ in range(len(self.asked) if most is None else most):
            if not self.asked:
                break
            number, probe, arguments = self.asked.popleft()
            seen.append(probe)
            self.state.probes.answer(
                number, run_probe(probe, self.probes, self.state.training.knobs, arguments)
            )
        return seen


class Answering(RunBeside):
    """Digits of chapter “digits”: `count` small blots in ten classes, learnt from and tested on."""

    def __init__(self, count: int = 60) -> None:
        rng = np.random.default_rng(0)
        labels = (np.arange(count) % 10).astype(np.uint8)
        images = np.zeros((count, 28, 28), np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[4 + label : 12 + label, 6:22] = rng.integers(120, 256, (8, 16))
        data = Dataset.from_images("blots", images, labels, tuple("0123456789"))
        super().__init__(lab_state(chapter("digits"), data))

    def begin(self) -> None:
        """The first weights and the first look at the test set."""
        self.state.training.set_status(Status.IDLE)
        self.show_weights()
        self.state.timeline.add_evaluation(self.run.evaluate(self.state.training.knobs))

    def settle(self, panel: Panel) -> None:
        """Draw, ask and be answered, until nothing is left to do or it asks for ever."""
        for _ in range(4):
            for _ in range(panel.partial_redraws):
                if panel.dirty:
                    panel.draw(0.0)
            if not self.answer():
                break


def blots(count: int, size: int, classes: str, rng: np.random.Generator) -> Dataset:
    """Squares of noise of this size in the middle, in so many of the classes."""
    inside = slice(14 - size // 2, 14 + size // 2)
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, inside, inside] = rng.integers(0, 256, (count, size, size))
    labels = (np.arange(count) % len(classes)).astype(np.uint8)
    return Dataset.from_images("few", images, labels, tuple(classes))
