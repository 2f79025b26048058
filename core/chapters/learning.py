"""Chapter 2, “The first learning”: the same one neuron finds its weights by its mistakes."""

from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.data_knobs import (
    MARGIN_KNOB,
    PAIR_KNOBS,
    SEED_KNOB,
    two_digits,
    validate_knob,
)
from core.chapters.shared.training_knobs import advanced_knobs, optimizer_knobs
from core.chapters.three_or_seven import PIXELS, margin_loss
from core.knobs import Knob
from core.nn import Flatten, Linear, Sequential
from core.ocr.glyph import MNIST_STYLE
from core.training.task import Task, binary_probabilities

CHAPTER = Chapter(
    key="learning",
    number=2,
    title="The first learning",
    tagline="Noise turns into a seven, one mistake at a time",
    task=Task(
        data=two_digits,
        model=lambda knobs, rng: Sequential(Flatten(), Linear(PIXELS, 1, rng=rng)),
        loss=margin_loss,
        probabilities=binary_probabilities,
        shuffled=False,
    ),
    knobs=(
        *optimizer_knobs(0.01, "sgd", high=1.0, advanced=True),
        MARGIN_KNOB,
        Knob(
            "batch_size", "Mini-batch", 1, 1, 64, "log", unit="samples", integer=True,
            help="The chapter learns from one sample at a time.",
        ),
        validate_knob(4),
        Knob(
            "stop_at", "Stop above", 0.98, 0.5, 1.0, unit="share",
            help="Training pauses when test accuracy exceeds this.",
        ),
        Knob("epochs", "Stop after", 1, 1, 100, unit="epochs", integer=True,
             help="Training pauses after this many passes through the data."),
        *advanced_knobs(epochs=1),
        *PAIR_KNOBS,
        SEED_KNOB,
    ),
    views=("film", "scores", "product", "curves", "samples", "draw", "page"),
    glyphs=MNIST_STYLE,
    experiments=(
        Experiment("The chapter's code", "Steps of 0.01: how soon is 98 % reached?", {"lr": 0.01}),
        Experiment("The chapter's text", "Steps of 0.1: sooner, or just wilder?", {"lr": 0.1}),
        Experiment("No margin", "Is it enough to be barely right?", {"margin": 0.0}),
        Experiment("Margin 10", "What does a margin of 10 do to the picture?", {"margin": 10}),
        Experiment("4 or 9?", "Can it learn what averages could not tell apart?",
                   {"first": "4", "second": "9"}),
    ),
)  # fmt: skip
