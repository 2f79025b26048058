"""“Two classes in the plane”: watch a small network bend a boundary around points."""

from collections.abc import Callable
from itertools import pairwise

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
from core.nn import Linear, Module, ReLU, Sequential, Sigmoid, Tanh
from core.training.evaluator import Classification
from core.training.task import Split, Task

_CLASSES = "A", "B"
_ACTIVATIONS: dict[str, type[Module]] = {"tanh": Tanh, "relu": ReLU, "sigmoid": Sigmoid}

Points = NDArray[np.float64]


def _spirals(rng: np.random.Generator, labels: NDArray[np.integer]) -> Points:
    turn = np.sqrt(rng.uniform(0.02, 1, len(labels))) * 3 * np.pi
    angle = turn + np.pi * labels
    return np.stack([turn * np.cos(angle), turn * np.sin(angle)], 1) / (3 * np.pi)


def _moons(rng: np.random.Generator, labels: NDArray[np.integer]) -> Points:
    angle = rng.uniform(0, np.pi, len(labels))
    side = 1 - 2 * labels
    return np.stack([np.cos(angle) * side - 0.5 + labels, np.sin(angle) * side + labels / 2], 1) / 2


def _rings(rng: np.random.Generator, labels: NDArray[np.integer]) -> Points:
    angle = rng.uniform(0, 2 * np.pi, len(labels))
    radius = 0.35 + 0.55 * labels
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)


def _corners(rng: np.random.Generator, labels: NDArray[np.integer]) -> Points:
    x = rng.uniform(0.08, 1, (len(labels), 2)) * rng.choice((-1.0, 1.0), (len(labels), 1))
    x[:, 1] *= np.where(labels == 1, -1, 1)
    return x


_SHAPES: dict[str, Callable[[np.random.Generator, NDArray[np.integer]], Points]] = {
    "two spirals": _spirals,
    "two moons": _moons,
    "rings": _rings,
    "four corners": _corners,
}


def points_in_the_plane(knobs: Knobs) -> Split:
    """Points (N, 2) of two classes, with normal noise: as many to test as to train."""
    streams = RngStreams(int(knobs["seed"]))
    sets = []
    for part in ("train", "test"):
        rng = streams(f"{part} points")
        labels = rng.permutation(np.arange(int(knobs["samples"])) % 2)
        points = _SHAPES[knobs.name_of("data")](rng, labels)
        points += knobs["noise"] * rng.standard_normal(points.shape)
        name = knobs.name_of("data").capitalize() + (" test" if part == "test" else "")
        spec = PointSpec(("x", "y"), classes=_CLASSES)
        sets.append(Dataset(points.astype(np.float32), labels, spec, name))
    return Split(*sets)


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """2 → `layers` hidden layers of `width` units → 2 scores."""
    widths = [2, *[int(knobs["width"])] * int(knobs["layers"]), 2]
    layers: list[Module] = []
    for before, after in pairwise(widths):
        layers += [Linear(before, after, rng=rng), _ACTIVATIONS[knobs.name_of("activation")]()]
    return Sequential(*layers[:-1])


def cross_entropy(scores: Tensor, labels: NDArray[np.integer], knobs: Knobs) -> Tensor:
    """Minus the log-probability of the right class, mean over the batch."""
    return F.cross_entropy(scores, labels)


CHAPTER = Chapter(
    key="plane",
    number=14,
    title="Two classes in the plane",
    tagline="A boundary that bends until every point is on its own side",
    task=Task(
        data=points_in_the_plane,
        model=network,
        loss=cross_entropy,
        encoding=Identity(),
        evaluator=Classification(surface=True),
    ),
    knobs=training_knobs(
        0.01, "adam", 100, 20,
        Knob.choice("data", "Points", tuple(_SHAPES), "two spirals", live=False,
                    help="How the points of the two classes lie in the plane."),
        Knob("width", "Units per layer", 16, 1, 256, "log", integer=True, live=False,
             help="Neurons in each hidden layer."),
        Knob("layers", "Hidden layers", 2, 0, 6, integer=True, live=False,
             help="With 0 the boundary is a straight line."),
        Knob.choice("activation", "Activation", tuple(_ACTIVATIONS), "tanh", live=False,
                    help="What bends the boundary: smooth with tanh, in straight pieces with "
                        "relu."),
        Knob("samples", "Points per set", 500, 4, 20_000, "log", integer=True, live=False,
             help="Number of points to train on, and as many to test on."),
        Knob("noise", "Noise", 0.02, 0.0, 0.5, live=False,
             help="Standard deviation by which every point is moved at random."),
    ),
    views=("surface", "curves", "weights", "samples", "confusion", "health", "hints"),
    experiments=(
        Experiment("Without a hidden layer", "How far does a straight line get?", {"layers": 0}),
        Experiment("Four corners", "Exclusive or: the smallest problem a line cannot solve",
                   {"data": "four corners", "width": 4, "layers": 1}),
        Experiment("In straight pieces", "What does a boundary of ReLUs look like?",
                   {"activation": "relu", "data": "two moons"}),
        Experiment("Too much for so few", "Thirty noisy points and a wide network: what is learnt?",
                   {"samples": 30, "noise": 0.2, "width": 128, "data": "two moons"}),
    ),
)  # fmt: skip
