"""“Colour”: LeNet-5 learns small colour pictures, drawn shapes or CIFAR-10."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.training_knobs import training_knobs
from core.data.dataset import Dataset
from core.data.encodings import Normalize
from core.data.rng import RngStreams
from core.data.sources.cifar10 import Cifar10
from core.errors import DataError
from core.io.progress import publish
from core.knobs import Knob, Knobs
from core.nn import Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential
from core.training.task import Split, Task
from core.translation import tr

_SHAPES, _CIFAR = "drawn shapes", "CIFAR-10"
_CORNERS = {"triangle": 3, "square": 4, "pentagon": 5, "hexagon": 6, "disc": 60}
_FORMS = (*_CORNERS, "star", "ring", "cross", "bar", "two dots")
_SIDE = 32
_TRAIN, _TEST = 10_000, 2_000


def pictures(knobs: Knobs) -> Split:
    """What the knob `data` names. Raises DataError where CIFAR-10 was never fetched."""
    return _drawn() if knobs.name_of("data") == _SHAPES else _cifar()


@cache
def _cifar() -> Split:
    if not Cifar10().ready:
        raise DataError(
            tr(
                "CIFAR-10 is not on this computer yet. Get it in the Data panel (once, with a "
                "network connection), or choose the drawn shapes."
            )
        )
    try:
        return Split(*Cifar10().load(publish))
    finally:
        publish(0, 0, "")


@cache
def _drawn() -> Split:
    streams = RngStreams(1)
    return Split(
        draw_shapes(_TRAIN, streams("train shapes"), "Drawn shapes"),
        draw_shapes(_TEST, streams("test shapes"), "Drawn shapes test"),
    )


def draw_shapes(count: int, rng: np.random.Generator, name: str) -> Dataset:
    """Shapes in random colours, sizes and places before noisy backgrounds: (count, 3, 32, 32)."""
    labels = rng.permutation(np.arange(count) % len(_FORMS))
    images = np.empty((count, _SIDE, _SIDE, 3), np.uint8)
    for image, label in zip(images, labels, strict=True):
        ground, ink = rng.integers(0, 256, (2, 3))
        while np.abs(ground - ink).sum() < 150:
            ground, ink = rng.integers(0, 256, (2, 3))
        image[:] = ground
        _draw(image, _FORMS[label], rng, tuple(map(int, ink)))
        noise = rng.normal(0, 12, image.shape)
        image[:] = np.clip(image + noise, 0, 255)
    planes = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    return Dataset.from_images(name, planes, labels, _FORMS)


def _draw(
    image: NDArray[np.uint8], form: str, rng: np.random.Generator, ink: tuple[int, ...]
) -> None:
    radius = rng.uniform(7, 13)
    middle = rng.uniform(radius, _SIDE - radius, 2)
    turn = rng.uniform(0, 2 * np.pi)

    def around(corners: int, sizes: tuple[float, ...] = (1.0,)) -> NDArray[np.int32]:
        angle = turn + 2 * np.pi * np.arange(corners) / corners
        size = radius * np.resize(sizes, corners)
        spots = middle + size[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
        return np.asarray(np.round(spots * 16), np.int32)  # in 16ths of a pixel

    def fill(spots: NDArray[np.int32]) -> None:
        cv2.fillPoly(image, [spots], ink, cv2.LINE_AA, 4)

    match form:
        case "star":
            fill(around(10, (1.0, 0.42)))
        case "ring":
            cv2.polylines(image, [around(60)], True, ink, 3, cv2.LINE_AA, 4)
        case "cross" | "bar":
            ends = around(4)
            for k in range(2 if form == "cross" else 1):
                start, end = ((int(x), int(y)) for x, y in ends[k::2])
                cv2.line(image, start, end, ink, 4, cv2.LINE_AA, 4)
        case "two dots":
            for x, y in around(2, (0.75,)):
                cv2.circle(image, (int(x), int(y)), int(radius * 5), ink, -1, cv2.LINE_AA, 4)
        case _:
            fill(around(_CORNERS[form]))


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """LeNet-5 in colour: 6 and 16 kernels 5×5 with pooling → 120 → 84 → 10: 62,006 parameters."""
    return Sequential(
        Conv2d(3, 6, 5, rng=rng),
        MaxPool2d(2),
        ReLU(),
        Conv2d(6, 16, 5, rng=rng),
        MaxPool2d(2),
        ReLU(),
        Flatten(),
        Linear(400, 120, rng=rng),
        ReLU(),
        Linear(120, 84, rng=rng),
        ReLU(),
        Linear(84, 10, rng=rng),
    )


def cross_entropy(scores: Tensor, labels: NDArray[np.integer], knobs: Knobs) -> Tensor:
    """Minus the log-probability of the right class, mean over the batch."""
    return F.cross_entropy(scores, labels)


CHAPTER = Chapter(
    key="colour-lenet",
    number=15,
    title="Colour",
    tagline="LeNet-5 looks at colour pictures: its first kernels are colours and edges",
    task=Task(
        data=pictures, model=network, loss=cross_entropy, encoding=Normalize(0.4734, 0.2516)
    ),
    knobs=training_knobs(
        0.002, "adam", 10, 157,
        Knob.choice(
            "data", "Pictures", (_SHAPES, _CIFAR), _SHAPES, live=False,
            help="Drawn shapes need nothing. CIFAR-10 is 60,000 small photographs of ten kinds of "
                "things; download it in the Data panel first.",
        ),
    ),
    views=("curves", "weights", "confusion", "samples", "activations", "posters", "hints"),
    experiments=(
        Experiment("CIFAR-10", "How many photographs does LeNet-5 recognise?", {"data": _CIFAR}),
        Experiment("The notebook's Adagrad", "Three epochs with batches of 32: is 60 % reached?",
                   {"data": _CIFAR, "optimizer": "adagrad", "lr": 0.01, "batch_size": 32,
                    "epochs": 3, "validate_every": 500}),
        Experiment("In one cycle", "A rate that rises and falls: how far in three epochs?",
                   {"lr": 0.005, "schedule": "one-cycle", "schedule_epochs": 3, "epochs": 3}),
    ),
)  # fmt: skip
