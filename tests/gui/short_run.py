"""A few mini-batches of a chapter on a few of its samples, all in the test's own process."""

import string
from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.data.glyph_preprocessing import EMNIST_STYLE
from core.kernels.engine import set_engine
from core.training.metrics import Evaluation
from core.training.task import Split
from hellodl_gui.state.models import Status
from tests.gui.answering import Answering, RunBeside, blots
from tests.gui.kit import lab_state


def some(data: Dataset) -> Dataset:
    """Sixty samples, evenly chosen."""
    return data.take(np.linspace(0, len(data) - 1, min(len(data), 60)).astype(np.intp))


@cache
def few(key: str) -> Split:
    """Of the data of a chapter, as its knobs are at first; drawing letters would take long."""
    declared = chapter(key)
    if declared.glyphs is EMNIST_STYLE:
        letters = blots(60, 16, string.ascii_lowercase, np.random.default_rng(0))
        return Split(letters, letters)
    split = declared.task.data(declared.defaults())
    return Split(some(split.train), some(split.test))


class ShortRun(RunBeside):
    """Trained for `steps` mini-batches and looked at once."""

    settle = Answering.settle

    def __init__(self, key: str, steps: int = 3) -> None:
        set_engine("reference")  # nothing to compile
        super().__init__(lab_state(chapter(key), *few(key)))
        self.state.training.set_status(Status.IDLE)
        self.train(steps)

    def train(self, steps: int) -> Evaluation:
        """Train on, and look at the test set."""
        declared = self.state.training.chapter
        knobs = self.state.training.knobs.with_values(batch_size=8)
        list(islice(declared.steps(self.run, lambda: knobs), steps))
        self.show_weights()
        weights = self.state.timeline.live_weights
        assert weights is not None
        self.state.timeline.set_weights(replace(weights, step=self.run.step))
        seen = self.run.evaluate(knobs)
        self.state.timeline.add_evaluation(seen)
        return seen
