"""Chapter 6, “Looking inside”: what single weights do while a network learns, and who is faster."""

from dataclasses import replace

from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.augmentation_knobs import dropout_knob, set_dropout
from core.chapters.shared.data_knobs import SEED_KNOB, batch_knob, epochs_knob, validate_knob
from core.chapters.shared.letter_data import LETTERS_KNOB, LETTERS_TASK
from core.chapters.shared.networks import letter_network
from core.chapters.shared.training_knobs import advanced_knobs, optimizer_knobs
from core.ocr.glyph import EMNIST_STYLE

CHAPTER = Chapter(
    key="inspection",
    number=6,
    title="Looking inside",
    tagline="What single weights do while a network learns, and why Adam is faster",
    task=replace(
        LETTERS_TASK,
        model=lambda knobs, rng: letter_network(rng, knobs["dropout"]),
        before_batch=set_dropout,
    ),
    knobs=(
        *optimizer_knobs(0.001, "adam"),
        batch_knob(64),
        dropout_knob(0.0),
        epochs_knob(10),
        validate_knob(100),
        LETTERS_KNOB,
        *advanced_knobs(epochs=10),
        SEED_KNOB,
    ),
    views=(
        "curves", "traces", "health", "histograms", "weights", "hints", "descent", "race",
    ),
    experiments=(
        Experiment("Adam", "After how many mini-batches does accuracy reach 80 %?",
                   {"optimizer": "adam", "lr": 0.001}),
        Experiment("Plain descent", "The same start without Adam: how much longer does it take?",
                   {"optimizer": "sgd", "lr": 0.01, "epochs": 20}),
        Experiment("Ten times the rate", "How much of Adam's lead was just too small a rate?",
                   {"optimizer": "sgd", "lr": 0.1}),
        Experiment("Rate far too high", "What do layers look like when learning has stopped?",
                   {"optimizer": "adam", "lr": 0.1, "epochs": 1}),
        Experiment("Watch one kernel", "Nine weights, single pictures: how much is noise?",
                   {"optimizer": "sgd", "lr": 0.01, "batch_size": 1, "validate_every": 2000,
                    "epochs": 1}),
    ),
    glyphs=EMNIST_STYLE,
)  # fmt: skip
