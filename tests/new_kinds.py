"""Chapters of kinds that the course does not have, as a stranger would declare them.

A table with numbers of many scales (→ a number, → 300 classes), skip connections on grey pictures
that are not square, attention over DNA, two branches, a GAN of points with steps of its own, and
depthwise and dilated convolutions on large colour pictures.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters import registry
from core.chapters.chapter import Chapter
from core.chapters.shared.training_knobs import training_knobs
from core.data.dataset import Dataset
from core.data.encodings import Encoding, Identity, Normalize, Standardize
from core.data.specs import DataSpec, ImageSpec, PointSpec, TableSpec, TokenSpec
from core.knobs import Knobs
from core.nn import (
    AdaptiveAvgPool2d,
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    Embedding,
    Flatten,
    GroupNorm,
    LayerNorm,
    LeakyReLU,
    Linear,
    Module,
    RMSNorm,
    Sequential,
    SiLU,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from core.nn.layers import ELU
from core.optim import Adam, Optimizer
from core.training.evaluator import Classification, Evaluator, Regression, surface_over
from core.training.loop import Batch, step_optimizer
from core.training.metrics import Metric
from core.training.reports import ImageGridReport, Report, SurfaceReport
from core.training.task import Split, Task
from core.training.trainer import Trainer

MANY = 300
"""Classes: more than a byte tells apart."""

Rng = np.random.Generator


def _split(inputs: NDArray[Any], targets: NDArray[Any] | None, spec: DataSpec) -> Split:
    whole = Dataset(inputs, targets, spec, "made up")
    cut = len(inputs) * 2 // 3
    return Split(whole.take(slice(cut)), whole.take(slice(cut, None), "made up test"))


def _cross_entropy(scores: Tensor, labels: NDArray[np.integer], knobs: Knobs) -> Tensor:
    return F.cross_entropy(scores, labels)


# -- rows of a table ------------------------------------------------------------------------------

_COLUMNS = ("height", "income", "share", "years", "pressure", "always three")
_SCALES = np.array([1.7, 4e4, 0.01, 40, 1e5, 0.0])


def _rows(count: int, rng: Rng) -> NDArray[np.float64]:
    rows = _SCALES * (1 + 0.3 * rng.standard_normal((count, len(_SCALES))))
    rows[:, -1] = 3
    return rows


def _prices(knobs: Knobs) -> Split:
    rows = _rows(240, np.random.default_rng(1))
    price = 300 + 40 * (rows[:, 0] - 1.7) + 1e-3 * (rows[:, 1] - 4e4) - rows[:, 3]
    spec = TableSpec(_COLUMNS, ("m", "€", "", "years", "Pa", ""))
    return _split(rows.astype(np.float32), price[:, None].astype(np.float32), spec)


def _parcels(knobs: Knobs) -> Split:
    rng = np.random.default_rng(2)
    centres, labels = _rows(MANY, rng), rng.permutation(np.arange(900) % MANY)
    rows = centres[labels] + 0.01 * _SCALES * rng.standard_normal((900, len(_SCALES)))
    spec = TableSpec(_COLUMNS, classes=tuple(f"parcel {i:03}" for i in range(MANY)))
    return _split(rows.astype(np.float32), labels, spec)


def _row_network(outputs: int) -> Callable[[Knobs, Rng], Module]:
    return lambda knobs, rng: Sequential(
        Linear(len(_COLUMNS), 24, rng=rng), ELU(), RMSNorm(24), Linear(24, outputs, rng=rng)
    )


def _squared_error(outputs: Tensor, targets: NDArray[np.float32], knobs: Knobs) -> Tensor:
    return F.mse_loss(outputs, targets)


# -- pictures -------------------------------------------------------------------------------------


def _bars(count: int, high: int, wide: int, rng: Rng) -> tuple[NDArray[np.uint8], Any]:
    """A bright bar, lying, upright or aslant, on noise: (count, high, wide) and its kind."""
    kinds = rng.permutation(np.arange(count) % 3)
    images = rng.integers(0, 60, (count, high, wide)).astype(np.uint8)
    for image, kind in zip(images, kinds, strict=True):
        at = int(rng.integers(3, min(high, wide) - 6))
        if kind == 0:
            image[at : at + 3, 2:-2] = 230
        elif kind == 1:
            image[2:-2, at : at + 3] = 230
        else:
            row = np.arange(2, min(high, wide) - 3)
            image[row, row + 1] = image[row, row + 2] = 230
    return images, kinds


_BARS = ("lying", "upright", "aslant")


def _grey_pictures(knobs: Knobs) -> Split:
    images, kinds = _bars(96, 20, 24, np.random.default_rng(3))
    return _split(images, kinds, ImageSpec(1, 20, 24, _BARS))


def _tilts(knobs: Knobs) -> Split:
    images, kinds = _bars(96, 20, 24, np.random.default_rng(7))
    angles = np.array([0, 90, 45], np.float32)[kinds][:, None]
    return _split(images, angles / 90, ImageSpec(1, 20, 24))


def _copies(knobs: Knobs) -> Split:
    images, _ = _bars(60, 20, 24, np.random.default_rng(8))
    return _split(images, (images / 255).astype(np.float32), ImageSpec(1, 20, 24))


def _colour_pictures(knobs: Knobs) -> Split:
    rng = np.random.default_rng(4)
    shapes, kinds = _bars(60, 48, 40, rng)
    ink = rng.uniform(0.2, 1, (60, 3, 1, 1))
    images = (shapes[:, None] * ink).astype(np.uint8)
    return _split(images, kinds, ImageSpec(3, 48, 40, _BARS))


class Skipping(Module):
    """Grey pictures (N, 1, 20, 24) through convolutions, each with a way around it."""

    def __init__(self, rng: Rng) -> None:
        self.stem = Conv2d(1, 6, 3, stride=2, padding=1, rng=rng)
        self.first = Conv2d(6, 6, 3, padding=1, rng=rng)
        self.second = Conv2d(6, 6, 3, padding=1, rng=rng)
        self.pool = AdaptiveAvgPool2d(2)
        self.head = Linear(24, 3, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        x = x + F.relu(self.first(x))
        x = x + F.relu(self.second(x))
        return self.head(F.flatten(self.pool(x), 1))


def _tilt_network(knobs: Knobs, rng: Rng) -> Module:
    """Grey pictures (N, 1, 20, 24) → one number; there are no classes."""
    return Sequential(Conv2d(1, 4, 5, stride=3, rng=rng), ELU(), Flatten(), Linear(168, 1, rng=rng))


class Copying(Module):
    """Grey pictures (N, 1, 20, 24) through six maps of a quarter of the size → (N, 20, 24)."""

    def __init__(self, rng: Rng) -> None:
        self.narrow = Conv2d(1, 6, 4, stride=4, rng=rng)
        self.widen = ConvTranspose2d(6, 1, 4, stride=4, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        return self.widen(F.elu(self.narrow(x), 0.5))[:, 0]


class LeftAndRight(Module):
    """Both halves of a grey picture (N, 1, 20, 24), each through a branch of its own."""

    def __init__(self, rng: Rng) -> None:
        self.left = Sequential(
            Conv2d(1, 4, 3, stride=2, rng=rng), SiLU(), Flatten(), Linear(180, 8, rng=rng)
        )
        self.right = Sequential(Flatten(), Linear(240, 8, rng=rng), SiLU())
        self.head = Linear(16, 3, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        left, right = self.left(x[:, :, :, :12]), self.right(x[:, :, :, 12:])
        return self.head(F.cat([left, right], dim=1))


def _depthwise(knobs: Knobs, rng: Rng) -> Module:
    """Colour pictures (N, 3, 48, 40): a dilated, a depthwise and a pointwise convolution."""
    return Sequential(
        Conv2d(3, 8, 3, stride=2, padding=2, dilation=2, rng=rng),
        GroupNorm(4, 8),
        SiLU(),
        Conv2d(8, 8, 3, padding=2, dilation=2, groups=8, rng=rng),
        Conv2d(8, 12, 1, rng=rng),
        SiLU(),
        Conv2d(12, 12, (3, 5), stride=(2, 1), padding=(1, 2), groups=3, rng=rng),
        AdaptiveAvgPool2d(3),
        Flatten(),
        Linear(108, 3, rng=rng),
    )


# -- sequences ------------------------------------------------------------------------------------

_BASES, _LENGTH = tuple("ACGT"), 24
_MOTIFS = {"promoter": "TATAAT", "cutting site": "GAATTC"}


def _dna(knobs: Knobs) -> Split:
    rng = np.random.default_rng(5)
    spec = TokenSpec(_BASES, _LENGTH, ("neither", *_MOTIFS))
    kinds = rng.permutation(np.arange(120) % 3)
    tokens = rng.integers(0, 4, (120, _LENGTH))
    for row, kind in zip(tokens, kinds, strict=True):
        if kind:
            at = int(rng.integers(0, _LENGTH - 6))
            row[at : at + 6] = spec.encode(list(_MOTIFS.values())[kind - 1])
    return _split(tokens, kinds, spec)


class Attending(Module):
    """DNA (N, T) through a convolution and a transformer; the mean over its places is judged."""

    def __init__(self, rng: Rng) -> None:
        self.embedding = Embedding(4, 8, rng=rng)
        self.motifs = Conv1d(8, 12, 5, padding=4, dilation=2, rng=rng)
        layer = TransformerEncoderLayer(12, 2, 16, 0.1, batch_first=True, rng=rng)
        self.encoder = TransformerEncoder(layer, 2)
        self.norm = LayerNorm(12)
        self.head = Linear(12, 3, rng=rng)

    def forward(self, tokens: Any) -> Tensor:
        x = F.silu(self.motifs(self.embedding(tokens).swapaxes(1, 2))).swapaxes(1, 2)
        return self.head(self.norm(F.mean(self.encoder(x), dim=1)))


# -- a game of two networks -----------------------------------------------------------------------

_CENTRE = np.array([2.0, -1.0], np.float32)
FAR = Metric("distance", "Distance of the centres", "m", better="down")


class Game(Module):
    """A generator of points (N, 2) from noise (N, 2), and a discriminator that judges points."""

    def __init__(self, rng: Rng) -> None:
        self.generator = Sequential(Linear(2, 8, rng=rng), SiLU(), Linear(8, 2, rng=rng))
        self.discriminator = Sequential(
            Linear(2, 16, rng=rng), LeakyReLU(0.2), Linear(16, 1, rng=rng)
        )

    def forward(self, points: Tensor) -> Tensor:
        return self.discriminator(points)


def _judged(scores: Tensor, real: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(scores, np.full(scores.shape, real, np.float32))


def _play(trainer: Trainer, knobs: Knobs) -> Batch:
    """The discriminator learns to tell points apart, then the generator to deceive it."""
    game: Any = trainer.model
    indices = trainer.sampler.next_batch(int(knobs["batch_size"]))
    inputs, _ = trainer.train_samples(indices)
    noise = trainer.augmentation_rng.standard_normal((len(indices), 2), np.float32)
    made = game.generator(Tensor(noise))
    trainer.optimizers["discriminator"].zero_grad()
    loss = _judged(game(Tensor(inputs)), 1.0) + _judged(game(made.detach()), 0.0)
    loss.backward()
    step_optimizer(trainer, "discriminator", knobs)
    trainer.optimizers["generator"].zero_grad()
    _judged(game(made), 1.0).backward()
    step_optimizer(trainer, "generator", knobs)
    return Batch(indices, inputs, loss.item(), {}, trainer.sampler.epoch_ended)


class Distance:
    """Measures how far generated points are from the data, and shows what the judge thinks."""

    report_kinds: tuple[type[Report], ...] = (SurfaceReport, ImageGridReport)
    batch_metrics: tuple[Metric, ...] = ()

    def metrics(self, data: Dataset | None = None) -> tuple[Metric, ...]:
        return (FAR,)

    def check(self, data: Dataset) -> None:
        assert data.inputs.shape[1:] == (2,)

    def batch_sums(self, *_: Any) -> dict[str, float]:
        return {}

    def start(self, task: Any, model: Module, data: Dataset) -> "_Look":
        return _Look(task, model, data)


class _Look:
    def __init__(self, task: Any, model: Module, data: Dataset) -> None:
        self._asked = task, model, data

    def add(self, part: slice, outputs: NDArray[np.float32], loss: float) -> None:
        pass

    def finish(self) -> tuple[dict[str, float], tuple[Report, ...]]:
        task, model, data = self._asked
        game: Any = model
        noise = np.random.default_rng(0).standard_normal((200, 2)).astype(np.float32)
        made = game.generator(Tensor(noise)).data
        far = float(np.linalg.norm(made.mean(axis=0) - data.inputs.mean(axis=0)))
        pictures = np.stack([_spread(points) for points in (data.inputs, made)])
        return {"distance": far}, (surface_over(task, model, data, None), ImageGridReport(pictures))


def _spread(points: NDArray[np.float32]) -> NDArray[np.uint8]:
    """How many points (N, 2) lie where, as a picture (24, 32)."""
    counts, *_ = np.histogram2d(points[:, 1], points[:, 0], (24, 32), ((-3, 1), (0, 4)))
    return np.minimum(counts * 60, 255).astype(np.uint8)


def _cloud(knobs: Knobs) -> Split:
    points = _CENTRE + 0.3 * np.random.default_rng(6).standard_normal((120, 2))
    return _split(points.astype(np.float32), None, PointSpec(("x", "y"), ("m", "m")))


def _two_adams(model: Module, name: str) -> Mapping[str, Optimizer]:
    game: Any = model
    return {"generator": Adam(game.generator, betas=(0.5, 0.999)),
            "discriminator": Adam(game.discriminator, betas=(0.5, 0.999))}  # fmt: skip


# -- the chapters ---------------------------------------------------------------------------------


def _chapter(key: str, data: Any, model: Any, encoding: Encoding, loss: Any = _cross_entropy,
             evaluator: Evaluator | None = None, **more: Any) -> Chapter:  # fmt: skip
    evaluator = Classification() if evaluator is None else evaluator
    task = Task(data, model, loss, encoding=encoding, evaluator=evaluator, **more)
    knobs = training_knobs(0.003, "adam", 50, 5)
    return Chapter(key, 90, key.capitalize(), "made up", task, knobs, views=("curves", "samples"))


NEW_KINDS = {
    chapter.key: chapter
    for chapter in (
        _chapter("prices", _prices, _row_network(1), Standardize(), _squared_error,
                 Regression("€")),
        _chapter("parcels", _parcels, _row_network(MANY), Standardize()),
        _chapter("skips", _grey_pictures, lambda knobs, rng: Skipping(rng), Normalize(0.2, 0.3)),
        _chapter("tilts", _tilts, _tilt_network, Normalize(), _squared_error,
                 Regression("right angles")),
        _chapter("copies", _copies, lambda knobs, rng: Copying(rng), Normalize(), _squared_error,
                 Regression()),
        _chapter("dna", _dna, lambda knobs, rng: Attending(rng), Identity()),
        _chapter("halves", _grey_pictures, lambda knobs, rng: LeftAndRight(rng), Normalize()),
        _chapter("game", _cloud, lambda knobs, rng: Game(rng), Identity(),
                 lambda scores, targets, knobs: _judged(scores, 1.0), Distance(),
                 optimizers=_two_adams, train_step=_play),
        _chapter("depthwise", _colour_pictures, _depthwise, Normalize(0.1, 0.2)),
    )
}  # fmt: skip


def with_new_kinds() -> tuple[Chapter, ...]:
    """The chapters of the course, and these."""
    return (*registry.chapters.__wrapped__(), *NEW_KINDS.values())
