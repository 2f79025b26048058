"""How often the right class is among the two best guesses."""

import numpy as np
import pytest

from core.autograd import Tensor
from core.data.dataset import Dataset
from core.knobs import Knob, Knobs
from core.nn import Module
from core.training.task import Split, Task
from core.training.trainer import Trainer

KNOBS = Knobs([Knob("batch_size", "Mini-batch", 4, 1, 8, integer=True)])


class Fixed(Module):
    """Gives every picture the scores in its first pixels."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.unused = Tensor(np.zeros(1, np.float32), requires_grad=True)

    def forward(self, x: Tensor) -> Tensor:
        return Tensor(x.data[:, 0, 0, : self.classes])


def run_of(scores: list[list[int]], labels: list[int]) -> Trainer:
    images = np.zeros((len(scores), 28, 28), np.uint8)
    images[:, 0, : len(scores[0])] = scores
    classes = tuple("abc"[: len(scores[0])])
    data = Dataset.from_images("few", images, np.array(labels, np.uint8), classes)
    task = Task(
        data=lambda knobs: Split(data, data),
        model=lambda knobs, rng: Fixed(len(classes)),
        loss=lambda scores, labels, knobs: Tensor(np.zeros((), np.float32)),
    )
    return Trainer(task, KNOBS)


def test_second_guesses_count_and_third_ones_do_not() -> None:
    run = run_of([[9, 5, 1], [9, 5, 1], [9, 5, 1], [1, 5, 9]], [0, 1, 2, 2])
    found = run.evaluate(KNOBS)
    assert found.metrics["accuracy"] == 0.5
    assert found.metrics["top2"] == 0.75


def test_of_two_classes_the_second_guess_says_nothing() -> None:
    assert "top2" not in run_of([[9, 5], [1, 5]], [0, 1]).evaluate(KNOBS).metrics


@pytest.mark.parametrize("seed", range(3))
def test_it_agrees_with_sorting(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = np.stack([rng.permutation(3) * 20 for _ in range(40)])
    labels = rng.integers(0, 3, 40)
    best_two = np.argsort(-scores, axis=1)[:, :2]
    expected = float((best_two == labels[:, None]).any(axis=1).mean())
    found = run_of(scores.tolist(), labels.tolist()).evaluate(KNOBS)
    assert found.metrics["top2"] == pytest.approx(expected)
