"""What is measured, and the bars."""

from dataclasses import dataclass, replace
from typing import Literal

from tests.benchmarks.training.digits import DIGITS
from tests.benchmarks.training.gpt import GPT_MODEL
from tests.benchmarks.training.lenet import LENET
from tests.benchmarks.training.letter import LETTER
from tests.benchmarks.training.model import Model
from tests.benchmarks.training.one_by_one import ONE_BY_ONE
from tests.benchmarks.training.recurrent import RECURRENT

Doing = Literal["sgd", "online", "deferred", "momentum", "adam", "reading"]

MODELS: dict[str, Model] = {
    "letter": LETTER,
    "digits": DIGITS,
    "one": ONE_BY_ONE,
    "lenet": LENET,
    "gru": RECURRENT["GRU"],
    "gru2": RECURRENT["GRU, two layers"],
    "lstm": RECURRENT["LSTM"],
    "gpt": GPT_MODEL,
}


@dataclass(frozen=True)
class Setup:
    """A model at work: `doing` names the optimiser, or is “reading” without any learning.

    “online” and “deferred” are our ways of plain descent for single samples. `bar` is how many
    times PyTorch's samples a second are wanted, on two threads.
    """

    model: str
    title: str
    batch: int
    doing: Doing
    bar: float | None = None
    threads: int = 2

    @property
    def first_steps(self) -> int:
        """How many different batches there are, on which both sides must agree."""
        return max(3, 100 // self.batch)

    def on(self, threads: int) -> "Setup":
        """The same on so many threads; there are bars for two only."""
        return replace(self, threads=threads, bar=self.bar if threads == 2 else None)


RACES = (
    Setup("letter", "letter net", 64, "momentum", 4),
    Setup("letter", "letter net", 64, "adam", 4),
    Setup("letter", "letter net", 16, "momentum", 5.5),
    Setup("letter", "letter net", 16, "adam", 5.5),
    Setup("letter", "letter net", 64, "reading", 5),
    Setup("digits", "digits 784-128-64-10", 64, "sgd", 3),
    Setup("one", "784-500-200-10", 1, "sgd"),
    Setup("one", "784-500-200-10", 1, "online", 7),
    Setup("one", "784-500-200-10", 1, "deferred", 20),
    Setup("lenet", "LeNet-5, 32×32×3", 64, "momentum", 3),
    Setup("gru", "GRU, 64 steps of 128", 32, "adam", 2.5),
    Setup("gru2", "GRU, two layers, 64 steps of 128", 32, "adam"),
    Setup("lstm", "LSTM, 64 steps of 128", 32, "adam", 2),
    Setup("gpt", "GPT, 4 blocks of 128, context 64", 32, "adam", 1.2),
)

GROWING_BATCHES = tuple(
    Setup("letter", "letter net", batch, "momentum") for batch in (16, 32, 64, 128, 256, 512, 1024)
)

IN_MEMORY = (
    Setup("letter", "letter net", 64, "adam"),
    Setup("letter", "letter net", 1024, "adam"),
    Setup("digits", "digits 784-128-64-10", 64, "adam"),
    Setup("lstm", "LSTM, 64 steps of 128", 32, "adam"),
)

IN_THE_LONG_RUN = (
    Setup("letter", "letter net", 16, "adam"),
    Setup("digits", "digits 784-128-64-10", 64, "sgd"),
    Setup("lenet", "LeNet-5, 32×32×3", 16, "momentum"),
    Setup("gru", "GRU, 64 steps of 128", 4, "adam"),
)
