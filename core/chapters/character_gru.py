"""“Writing”: a recurrent network learns to write, one character after the other."""

from collections import Counter
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.autograd import functional as F
from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.training_knobs import training_knobs
from core.data.dataset import Dataset
from core.data.encodings import Identity
from core.data.specs import TokenSpec
from core.errors import DataError
from core.knobs import Knob, Knobs
from core.nn import GRU, Embedding, Linear, Module
from core.paths import resource
from core.training.evaluator import LanguageModel
from core.training.reports import TextReport
from core.training.task import Split, Task
from core.translation import tr

_MANUAL, _COURSE = "Python's manual", "this course"
_LENGTH = 64
_CHARACTERS = 95
_WRITTEN = 240
_PROMPT = "The "


class CharacterGRU(Module):
    """Characters (N, T) → scores of the next one (N, T, V); `temperature` is that of writing."""

    def __init__(
        self, vocabulary: int, hidden: int, layers: int, dropout: float, rng: np.random.Generator
    ) -> None:
        self.embedding = Embedding(vocabulary, 32, rng=rng)
        self.gru = GRU(32, hidden, layers, batch_first=True, dropout=dropout, rng=rng)
        self.linear = Linear(hidden, vocabulary, rng=rng)
        self.temperature = 0.5

    def forward(self, tokens: NDArray[np.integer]) -> Tensor:
        """Scores (N, T, V) of the character after each of (N, T)."""
        outputs, _ = self.gru(self.embedding(tokens))
        return self.linear(outputs)

    def write(
        self, prompt: NDArray[np.integer], length: int, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """`length` characters more after `prompt` (T,), drawn by their probabilities."""
        tokens = np.asarray(prompt, np.int64)[None]
        state = None
        written = []
        with no_grad():
            for _ in range(length):
                outputs, state = self.gru(self.embedding(tokens), state)
                scores = self.linear(outputs[:, -1]).data[0].astype(np.float64)
                powers = np.exp((scores - scores.max()) / max(self.temperature, 1e-3))
                written.append(int(rng.choice(len(powers), p=powers / powers.sum())))
                tokens = np.array([[written[-1]]])
        return np.array(written, np.int64)


@cache
def _text(name: str) -> str:
    """The whole text. Raises DataError where this Python comes without its manual."""
    if name == _COURSE:
        files = sorted(resource("chapters").glob("*.md"))
        return "\n".join(file.read_text(encoding="utf-8") for file in files)
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise DataError(
            tr("This Python comes without its manual. Choose the text “this course”.")
        ) from None
    return "\n".join(topics[key] for key in sorted(topics))


@cache
def _snippets(name: str) -> Split:
    text = _text(name)
    common = sorted(character for character, _ in Counter(text).most_common(_CHARACTERS))
    kept = set(common)
    text = "".join(character for character in text if character in kept)
    spec = TokenSpec(tuple(common), _LENGTH)
    tokens = spec.encode(text)
    count = (len(tokens) - 1) // _LENGTH
    inputs = tokens[: count * _LENGTH].reshape(count, _LENGTH)
    targets = tokens[1 : count * _LENGTH + 1].reshape(count, _LENGTH)
    tested = np.arange(count) % 10 == 9  # every tenth snippet, so that both are of all topics
    title = name[0].upper() + name[1:]
    return Split(
        Dataset(inputs[~tested], targets[~tested], spec, title),
        Dataset(inputs[tested], targets[tested], spec, f"{title} test"),
    )


def snippets(knobs: Knobs) -> Split:
    """Snippets of 64 characters, and the same one character further on."""
    return _snippets(knobs.name_of("data"))


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    """Embedding of 32 → `layers` GRU layers of `hidden` → scores of every character."""
    spec = snippets(knobs).train.spec
    assert isinstance(spec, TokenSpec)
    hidden, layers = int(knobs["hidden"]), int(knobs["layers"])
    return CharacterGRU(len(spec.vocabulary), hidden, layers, knobs["dropout"], rng)


def cross_entropy(scores: Tensor, targets: NDArray[np.integer], knobs: Knobs) -> Tensor:
    """Minus the log-probability of the right next character, in nats, mean over all."""
    return F.cross_entropy(F.reshape(scores, (-1, scores.shape[-1])), targets.reshape(-1))


def write(model: Module, data: Dataset) -> TextReport:
    """What the network makes of a short beginning; the same random numbers every time."""
    assert isinstance(model, CharacterGRU) and isinstance(data.spec, TokenSpec)
    known = "".join(character for character in _PROMPT if character in data.spec.vocabulary)
    tokens = model.write(data.spec.encode(known), _WRITTEN, np.random.default_rng(0))
    return TextReport(known, (data.spec.decode(tokens),))


def set_temperature(model: Module, knobs: Knobs) -> None:
    """How daring the network writes, as the knob says."""
    assert isinstance(model, CharacterGRU)
    model.temperature = knobs["temperature"]


CHAPTER = Chapter(
    key="character-gru",
    number=9,
    title="Writing",
    tagline="One character after the other: a network that remembers learns to write",
    task=Task(
        data=snippets,
        model=network,
        loss=cross_entropy,
        encoding=Identity(),
        evaluator=LanguageModel(write),
        before_batch=set_temperature,
    ),
    knobs=training_knobs(
        0.003, "adam", 10, 100,
        Knob.choice(
            "data", "Text", (_MANUAL, _COURSE), _MANUAL, live=False,
            help="What is learnt: the manual that comes with Python, or the texts of this course.",
        ),
        Knob("hidden", "Hidden units", 128, 8, 512, "log", integer=True, live=False,
             help="How many numbers the network remembers from character to character."),
        Knob("layers", "Layers", 1, 1, 3, integer=True, live=False,
             help="GRU layers above each other."),
        Knob("dropout", "Dropout", 0.0, 0.0, 0.8, live=False,
             help="Share of numbers set to 0 between two layers during training."),
        Knob("temperature", "Temperature", 0.5, 0.1, 2.0,
             help="How daring it writes: near 0 always the likeliest character, above 1 wild."),
    ),
    views=("written", "curves", "samples", "weights", "histograms", "health", "hints"),
    experiments=(
        Experiment("The original's three layers", "What do a million weights write?",
                   {"layers": 3, "hidden": 256, "lr": 0.001, "batch_size": 100}),
        Experiment("This course", "A short text learnt by heart: how soon does it overfit?",
                   {"data": _COURSE, "epochs": 50, "validate_every": 10}),
        Experiment("Eight numbers", "How much can be remembered in eight numbers?", {"hidden": 8}),
    ),
)  # fmt: skip
