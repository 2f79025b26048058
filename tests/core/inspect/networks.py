"""Small networks of every shape, each with a run: skip connections, attention, two inputs …"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.data.encodings import Identity
from core.data.specs import DataSpec, ImageSpec, TableSpec, TokenSpec
from core.knobs import Knobs
from core.nn import (
    GRU,
    LSTM,
    Conv2d,
    Embedding,
    Flatten,
    Linear,
    LogSoftmax,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    TransformerBlock,
)
from core.training.task import Split, Task
from core.training.trainer import Trainer

CLASSES = ("a", "b", "c")
VOCABULARY = tuple("acgt")
COUNT = 24


class Residual(Module):
    """Convolutions with a skip connection; one of them is used twice, functions lie in between."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.first = Conv2d(1, 4, 3, padding=1, rng=rng)
        self.block = Conv2d(4, 4, 3, padding=1, rng=rng)
        self.head = Linear(4 * 25, 3, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.first(x))
        y = F.relu(self.block(y) + y)
        y = F.relu(self.block(y) + y)
        return self.head(F.max_pool2d(y, 2).reshape(len(y), -1))


class Attention(Module):
    """Tokens through a transformer block, its places averaged."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.embedding = Embedding(len(VOCABULARY), 8, rng=rng)
        self.block = TransformerBlock(8, 2, is_causal=False, rng=rng)
        self.head = Linear(8, 3, rng=rng)

    def forward(self, x: Any) -> Tensor:
        return self.head(F.mean(self.block(self.embedding(x)), dim=1))


class TwoInputs(Module):
    """Two halves of a row, each through a layer of its own, added; or two inputs."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.left = Linear(3, 5, rng=rng)
        self.right = Linear(3, 5, rng=rng)
        self.head = Linear(5, 3, rng=rng)

    def forward(self, x: Tensor, second: Tensor | None = None) -> Tensor:
        left, right = (x, second) if second is not None else (x[:, :3], x[:, 3:])
        return self.head(F.tanh(self.left(left)) + F.tanh(self.right(right)))


class Recurrent(Module):
    """Tokens through an LSTM and a GRU with time first; the last state is read."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.embedding = Embedding(len(VOCABULARY), 5, rng=rng)
        self.lstm = LSTM(5, 6, batch_first=True, rng=rng)
        self.gru = GRU(6, 7, rng=rng)
        self.head = Linear(7, 3, rng=rng)

    def forward(self, x: Any) -> Tensor:
        y, _ = self.lstm(self.embedding(x))
        y, _ = self.gru(y.swapaxes(0, 1))
        return self.head(y[-1])


def coloured(rng: np.random.Generator) -> Module:
    """A row of layers for colour pictures."""
    return Sequential(
        Conv2d(3, 4, 3, rng=rng), ReLU(), MaxPool2d(2), Conv2d(4, 6, 3, rng=rng), ReLU(),
        Flatten(), Linear(6 * 9, 3, rng=rng), LogSoftmax(),
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A network, what its samples are, and a layer of it to look into."""

    key: str
    model: Callable[[np.random.Generator], Module]
    spec: DataSpec
    path: str
    kind: str

    def run(self) -> Trainer:
        """A run of it with 24 samples, as it begins."""
        rng = np.random.default_rng(5)
        data = Dataset(self.samples(rng), np.arange(COUNT) % 3, self.spec, self.key)

        def network(knobs: Knobs, rng: np.random.Generator) -> Module:
            return self.model(rng)

        def loss(outputs: Tensor, targets: Any, knobs: Knobs) -> Tensor:
            return F.cross_entropy(outputs, np.asarray(targets))

        encoding = {} if self.kind == "image" else {"encoding": Identity()}
        task = Task(lambda knobs: Split(data, data), network, loss, **encoding)  # type: ignore[arg-type]
        return Trainer(task, KNOBS)

    def samples(self, rng: np.random.Generator) -> NDArray[Any]:
        """24 samples at random."""
        shape = (COUNT, *self.spec.shape)
        if self.kind == "image":
            return rng.integers(0, 256, shape).astype(np.uint8)
        if self.kind == "token":
            return rng.integers(0, len(VOCABULARY), shape)
        return rng.normal(size=shape).astype(np.float32)


KNOBS = chapter("learning").defaults()
CASES = (
    Case("skip", Residual, ImageSpec(1, 10, 10, CLASSES), "block", "image"),
    Case("attention", Attention, TokenSpec(VOCABULARY, 6, CLASSES), "block.self_attn", "token"),
    Case("two inputs", TwoInputs, TableSpec(tuple("uvwxyz"), classes=CLASSES), "left", "row"),
    Case("recurrent", Recurrent, TokenSpec(VOCABULARY, 6, CLASSES), "gru", "token"),
    Case("colour", coloured, ImageSpec(3, 12, 12, CLASSES), "0", "image"),
)
