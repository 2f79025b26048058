"""“A line through points”: a linear layer finds the numbers that made its data."""

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.training_knobs import training_knobs
from core.data.dataset import Dataset
from core.data.encodings import Identity
from core.data.rng import RngStreams
from core.data.specs import PointSpec
from core.knobs import Knob, Knobs
from core.nn import Linear, Module
from core.training.evaluator import Regression
from core.training.task import Split, Task

_TRUTHS = {
    "a line": (np.array([[2.0]]), np.array([-1.0])),
    "five numbers to two": (
        np.array([[1.0, 2, 3, 4, 5], [5, 4, 3, 2, 1]]),
        np.array([-1.0, -2.0]),
    ),
}
_TESTED = 200


def true_parameters(knobs: Knobs) -> dict[str, NDArray[np.float64]]:
    """Weight (K, D) and bias (K,) that made the data."""
    weight, bias = _TRUTHS[knobs.name_of("data")]
    return {"weight": weight, "bias": bias}


def noisy_points(knobs: Knobs) -> Split:
    """Points x between 0 and `range`, and y = W x + b with normal noise."""
    rng = RngStreams(int(knobs["seed"]))("points")
    weight, bias = _TRUTHS[knobs.name_of("data")]
    count = int(knobs["samples"]) + _TESTED
    x = rng.uniform(0, knobs["range"], (count, weight.shape[1]))
    y = x @ weight.T + bias + knobs["noise"] * rng.standard_normal((count, len(bias)))
    names = ("x",) if weight.shape[1] == 1 else tuple(f"x{i}" for i in range(1, 6))
    whole = Dataset(x.astype(np.float32), y.astype(np.float32), PointSpec(names), "Noisy points")
    cut = int(knobs["samples"])
    return Split(whole.take(slice(cut)), whole.take(slice(cut, None), "Noisy points test"))


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """A linear layer as wide as the data: 1 → 1 or 5 → 2."""
    weight, _ = _TRUTHS[knobs.name_of("data")]
    return Linear(weight.shape[1], weight.shape[0], rng=rng)


def squared_error(outputs: Tensor, targets: NDArray[np.float32], knobs: Knobs) -> Tensor:
    """Σ(y − ŷ)² over the outputs, mean over the samples."""
    return F.squared_error(outputs, targets) / max(len(targets), 1)


CHAPTER = Chapter(
    key="line",
    number=13,
    title="A line through points",
    tagline="A network of two numbers finds the two numbers behind its data",
    task=Task(
        data=noisy_points,
        model=network,
        loss=squared_error,
        encoding=Identity(),
        evaluator=Regression(),
    ),
    knobs=training_knobs(
        0.03, "sgd", 10, 20,
        Knob.choice(
            "data", "Data", tuple(_TRUTHS), "a line", live=False,
            help="“a line” is y = 2x − 1. “five numbers to two” is a lecture's y = Wx + b with "
                "W = [1 2 3 4 5; 5 4 3 2 1] and b = [−1, −2].",
        ),
        Knob("samples", "Points", 1000, 1, 100_000, "log", integer=True, live=False,
             help="Number of training points. 200 more are for testing."),
        Knob("noise", "Noise", 0.2, 0.0, 5.0, live=False,
             help="Standard deviation of what is added to every y at random."),
        Knob("range", "x up to", 5.0, 0.1, 10.0, live=False,
             help="The x are spread evenly from 0 to this. The larger they are, the smaller the "
                 "learning rate has to be."),
        last=(),
    ),
    views=("regression", "curves", "samples", "traces", "weights", "hints"),
    experiments=(
        Experiment("The lecture's five to two", "Does it find all twelve numbers?",
                   {"data": "five numbers to two", "samples": 10_000, "batch_size": 1,
                    "epochs": 1, "lr": 0.003, "validate_every": 500}),
        Experiment("Ten points", "How many points does a line need?",
                   {"samples": 10, "batch_size": 1, "epochs": 100, "validate_every": 10}),
        Experiment("No noise", "How exactly are the two numbers found?", {"noise": 0.0}),
        Experiment("Too far out", "What happens when x reaches 10 and the rate stays?",
                   {"range": 10.0, "lr": 0.05}),
    ),
    true_parameters=true_parameters,
)  # fmt: skip
