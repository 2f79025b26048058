"""Small chapters of each kind of task, to be recorded, forked and shared."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters.chapter import Chapter
from core.chapters.shared.training_knobs import training_knobs
from core.data.dataset import Dataset
from core.data.encodings import Encoding, Identity, Standardize
from core.data.specs import DataSpec, PointSpec, TableSpec, TokenSpec
from core.knobs import Knobs
from core.nn import Embedding, Linear, Module, Sequential, Tanh
from core.training.evaluator import Classification, Evaluator, LanguageModel, Regression
from core.training.reports import TextReport
from core.training.task import Split, Task

MANY = 300
"""Classes: more than a byte tells apart."""


def _split(inputs: NDArray[Any], targets: NDArray[Any], spec: DataSpec) -> Split:
    whole = Dataset(inputs, targets, spec, "made up")
    cut = len(inputs) * 3 // 4
    return Split(whole.take(slice(cut)), whole.take(slice(cut, None)))


def _many_classes(knobs: Knobs) -> Split:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, MANY, 800)
    spec = TableSpec(("a", "b", "c"), classes=tuple(f"kind {i}" for i in range(MANY)))
    places = rng.standard_normal((MANY, 3))[labels]
    return _split((places + 0.1 * rng.standard_normal(places.shape)).astype("f4"), labels, spec)


def _plane(knobs: Knobs) -> Split:
    points = np.random.default_rng(2).standard_normal((200, 2)).astype("f4")
    spec = PointSpec(("x", "y"), ("cm", "cm"), ("inside", "outside"))
    return _split(points, (np.hypot(*points.T) > 1).astype(np.int64), spec)


def _numbers(knobs: Knobs) -> Split:
    rows = np.random.default_rng(3).standard_normal((200, 3)).astype("f4")
    targets = np.stack([rows.sum(axis=1), rows[:, 0] - rows[:, 1]], axis=1)
    return _split(rows, targets, TableSpec(("a", "b", "c"), ("m", "m", "s")))


def _letters(knobs: Knobs) -> Split:
    tokens = np.random.default_rng(4).integers(0, 5, (120, 9)).cumsum(axis=1) % 7
    return _split(tokens[:, :-1], tokens[:, 1:], TokenSpec(tuple("abcdefg"), 8))


def _write(model: Module, data: Dataset) -> TextReport:
    assert isinstance(data.spec, TokenSpec)
    scores = model(data.inputs[:1]).data[0]
    return TextReport("a", (data.spec.decode(scores.argmax(axis=-1)),))


def _cross_entropy(scores: Tensor, labels: NDArray[np.integer], knobs: Knobs) -> Tensor:
    return F.cross_entropy(F.reshape(scores, (-1, scores.shape[-1])), labels.reshape(-1))


def _squared_error(outputs: Tensor, targets: NDArray[np.float32], knobs: Knobs) -> Tensor:
    return F.squared_error(outputs, targets) / max(len(targets), 1)


def _layers(before: int, after: int) -> Any:
    return lambda knobs, rng: Sequential(
        Linear(before, 12, rng=rng), Tanh(), Linear(12, after, rng=rng)
    )


def _chapter(key: str, data: Any, model: Any, loss: Any, evaluator: Evaluator,
             encoding: Encoding) -> Chapter:  # fmt: skip
    task = Task(data=data, model=model, loss=loss, encoding=encoding, evaluator=evaluator)
    knobs = training_knobs(0.01, "adam", 50, 7)
    return Chapter(key, 90, key, "", task, knobs, views=("curves",))


KINDS = {
    chapter.key: chapter
    for chapter in (
        _chapter("many-classes", _many_classes, _layers(3, MANY), _cross_entropy,
                 Classification(), Standardize()),
        _chapter("plane-points", _plane, _layers(2, 2), _cross_entropy,
                 Classification(surface=True), Identity()),
        _chapter("numbers", _numbers, _layers(3, 2), _squared_error,
                 Regression("m"), Standardize()),
        _chapter("tokens", _letters,
                 lambda knobs, rng: Sequential(Embedding(7, 8, rng=rng), Linear(8, 7, rng=rng)),
                 _cross_entropy, LanguageModel(_write), Identity()),
    )
}  # fmt: skip
