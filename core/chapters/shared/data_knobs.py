"""Knobs and data that several chapters share."""

from core.data.mnist import mnist
from core.knobs import Knob, Knobs
from core.training.task import Split

DIGITS = tuple("0123456789")


def all_digits(knobs: Knobs) -> Split:
    """The whole of MNIST: 60,000 digits to learn from, 10,000 to be tested on."""
    return Split(*mnist())


def two_digits(knobs: Knobs) -> Split:
    """The digits that the knobs `first` and `second` name, relabelled 0 and 1, in file order."""
    pair = int(knobs["first"]), int(knobs["second"])
    return Split(*(data.subset(pair) for data in mnist()))


SEED_KNOB = Knob(
    "seed", "Seed", 1, 0, 9999, integer=True, live=False,
    help="Start of the random numbers: the same seed gives the same initial weights and "
        "the same order of samples.",
)  # fmt: skip
"""The seed of everything random."""

PAIR_KNOBS = tuple(
    Knob.choice(key, label, DIGITS, digit, help="The digit to tell from the other one.")
    for key, label, digit in (("first", "First digit", "3"), ("second", "Second digit", "7"))
)
"""Which digits stand on the two sides of the question."""

MARGIN_KNOB = Knob(
    "margin", "Margin", 2.0, 0.0, 10.0,
    help="A sample changes the weights unless its score is at least this far on the correct "
        "side of zero.",
)  # fmt: skip
"""How far beyond zero a score has to be."""


def rate_knob(default: float, high: float = 10.0) -> Knob:
    """The learning rate."""
    return Knob(
        "lr", "Learning rate", default, 1e-6, high, "log",
        help="How far the weights move against the gradient at each mini-batch. Too small: "
            "nothing happens. Too large: the loss jumps.",
    )  # fmt: skip


def batch_knob(default: int) -> Knob:
    """The mini-batch size."""
    return Knob(
        "batch_size", "Mini-batch", default, 1, 1024, "log", unit="samples", integer=True,
        help="Samples per step. More make each step more accurate and slower.",
    )  # fmt: skip


def validate_knob(default: int) -> Knob:
    """How often the test set is looked at."""
    return Knob(
        "validate_every", "Test every", default, 1, 2000, "log", unit="batches", integer=True,
        help=("How often the network is tested on the whole test set. Each test pauses "
            "training briefly."),
    )  # fmt: skip


def epochs_knob(default: float) -> Knob:
    """When to stop."""
    return Knob(
        "epochs", "Stop after", default, 1, 100, unit="epochs", integer=True,
        help="Training pauses after this many passes through the data; Play continues.",
    )  # fmt: skip
