"""Chapter 1, “3 or 7?”: a network that needs no learning, only averages."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.autograd import functional as F
from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.data_knobs import PAIR_KNOBS, two_digits
from core.knobs import Knob, Knobs
from core.nn import Flatten, Linear, Module
from core.nn.module import parameter
from core.ocr.glyph import MNIST_STYLE
from core.training.evaluator import ACCURACY
from core.training.loop import KnobSource
from core.training.metrics import Evaluation, StepMetrics
from core.training.task import Task, binary_probabilities
from core.training.trainer import Trainer

PIXELS = 28 * 28


class MeanDifference(Module):
    """score = w·x + b with w = half the difference of the two average images.

    For as many images of each digit this is the chapter's (Σ sevens − Σ threes) / (n₃ + n₇);
    it stays fair when one digit is more frequent.
    """

    def __init__(self) -> None:
        self.flatten = Flatten()
        self.linear = Linear(PIXELS, 1, rng=np.random.default_rng(0))
        self.linear.weight.data[:] = 0
        self.linear.bias = parameter(np.zeros(1))
        self._sums = np.zeros((2, PIXELS))
        self._counts = np.zeros((2, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1, 28, 28) → (N, 1)."""
        return self.linear(self.flatten(x))

    def add(self, images: NDArray[np.float32], labels: NDArray[np.integer]) -> None:
        """Take more images (N, 784) with labels 0 and 1 into the averages and the weights."""
        for digit in (0, 1):
            mine = images[labels == digit]
            self._sums[digit] += mine.sum(axis=0, dtype=np.float64)
            self._counts[digit] += len(mine)
        first, second = self._means()
        self.linear.weight.data[0] = (second - first) / 2

    def place_bias(self, knobs: Knobs) -> None:
        """Put the bias where the knobs say; “middle” is half-way between the two mean scores."""
        match knobs.name_of("bias_rule"):
            case "middle":
                bias = -float(self.linear.weight.data[0] @ self._means().mean(axis=0))
            case "zero":
                bias = 0.0
            case _:
                bias = knobs["bias"]
        assert self.linear.bias is not None
        self.linear.bias.data[0] = bias

    def _means(self) -> NDArray[np.float64]:
        return self._sums / np.maximum(self._counts, 1)


def accumulate_means(trainer: Trainer, knobs: KnobSource) -> Iterator[StepMetrics]:
    """Add up images, mini-batch by mini-batch; the difference of the averages *is* the network."""
    model = trainer.model
    assert isinstance(model, MeanDifference)
    train = trainer.data.train
    while True:
        now = knobs()
        batch = trainer.sampler.next_batch(int(now["batch_size"]))
        labels = train.labels[batch]
        model.add(trainer.task.encode(train.images[batch]).reshape(-1, PIXELS), labels)
        model.place_bias(now)
        trainer.step += 1
        trainer.samples += len(batch)
        with no_grad():
            scores = trainer.task.forward(model, train.images[batch])
            loss = trainer.task.loss(scores, labels, now).item()
        last = trainer.sampler.epoch_ended
        yield StepMetrics(
            number=trainer.step,
            epoch=trainer.epoch,
            samples=trainer.samples,
            loss=loss,
            metrics={ACCURACY.key: float(np.mean((scores.data[:, 0] > 0) == labels))},
            lr=0.0,
            gradient=0.0,
            evaluation=trainer.evaluate(now) if last or trainer.step % 8 == 0 else None,
            finished=last,
        )


def place_bias(trainer: Trainer, knobs: Knobs) -> None:
    """Move the bias while nothing is being added."""
    assert isinstance(trainer.model, MeanDifference)
    trainer.model.place_bias(knobs)


def margin_loss(scores: Tensor, labels: NDArray[np.integer], knobs: Knobs) -> Tensor:
    """How far, on average, scores fall short of the margin on their own side of zero."""
    return F.hinge_loss(F.reshape(scores, (-1,)), 2.0 * labels - 1.0, knobs.get("margin", 2.0))


def accuracy_at_zero_bias(trainer: Trainer, evaluation: Evaluation) -> dict[str, float]:
    """What the same weights would read right with the bias at zero."""
    report = evaluation.classification
    assert report is not None
    right = (report.margin > report.bias) == trainer.data.test.labels
    return {"accuracy_at_zero_bias": float(np.mean(right))}


CHAPTER = Chapter(
    key="three-or-seven",
    number=1,
    title="3 or 7?",
    tagline="Two averages and one subtraction read 97 of 100 digits",
    task=Task(
        data=two_digits,
        model=lambda knobs, rng: MeanDifference(),
        loss=margin_loss,
        probabilities=binary_probabilities,
        shuffled=False,
    ),
    knobs=(
        *PAIR_KNOBS,
        Knob.choice(
            "bias_rule", "Bias", ("middle", "zero", "by hand"), "middle", live=True,
            help="Threshold between the digits: half-way between the two mean scores, at "
                "zero, or where you drag it.",
        ),
        Knob(
            "bias", "Bias by hand", 0.0, -40, 40,
            help="Added to every score. Drag the line in the score view, or type a number.",
        ),
        Knob(
            "batch_size", "Mini-batch", 128, 1, 1024, "log", unit="samples", integer=True,
            help="How many images are added up in one step.",
        ),
    ),
    views=("averages", "scores", "product", "weights", "samples", "draw", "page"),
    glyphs=MNIST_STYLE,
    experiments=(
        Experiment("No bias", "What if the line stays at zero?", {"bias_rule": "zero"}),
        Experiment("Half-way", "And half-way between the two means?", {"bias_rule": "middle"}),
        Experiment("4 or 9?", "Which pair is the hardest?", {"first": "4", "second": "9"}),
        Experiment("0 or 1?", "And which the easiest?", {"first": "0", "second": "1"}),
    ),
    steps=accumulate_means,
    adjust=place_bias,
    remarks=accuracy_at_zero_bias,
)  # fmt: skip
