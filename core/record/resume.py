"""A run that is trained again and remembers what it found when it looked at the test set."""

from collections.abc import Mapping

import numpy as np

from core.training.knobs import Knobs
from core.training.metrics import Evaluation
from core.training.task import Task
from core.training.trainer import Trainer

_NOTHING = np.empty(0)


class ReplayTrainer(Trainer):
    """While `looks` holds loss and accuracy by step, it does not look at the test set for those.

    Only the loss and the accuracy of such an evaluation are filled. Training goes on from a look
    by no more than these two, but where early stopping puts back weights: there it looks again.
    """

    def __init__(self, task: Task, knobs: Knobs, looks: Mapping[int, tuple[float, float]]) -> None:
        super().__init__(task, knobs)
        self.looks = dict(looks)

    def evaluate(self, knobs: Knobs) -> Evaluation:
        """What it found then, or what it finds now."""
        if self.step not in self.looks or knobs.get("patience", 0):
            return super().evaluate(knobs)
        loss, accuracy = self.looks[self.step]
        return Evaluation(
            step=self.step,
            epoch=self.epoch,
            loss=loss,
            accuracy=accuracy,
            guesses=_NOTHING.astype(np.uint8),
            confidence=_NOTHING.astype(np.float32),
            confusion=_NOTHING.astype(np.int64),
            margin=_NOTHING.astype(np.float32),
        )
