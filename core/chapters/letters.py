"""Chapter 5, “Letters”: a convolutional network reads handwriting."""

from core.chapters.chapter import Chapter, Experiment
from core.chapters.shared.letter_data import LETTERS_KNOB, LETTERS_TASK
from core.chapters.shared.training_knobs import training_knobs
from core.ocr.glyph import EMNIST_STYLE

CHAPTER = Chapter(
    key="letters",
    number=5,
    title="Letters",
    tagline="Small windows, moved over the whole picture, learn what a stroke is",
    task=LETTERS_TASK,
    knobs=training_knobs(0.001, "adam", 10, 203, LETTERS_KNOB),
    views=(
        "curves", "weights", "confusion", "convolution", "samples", "activations", "posters",
        "zoom",
    ),
    experiments=(
        Experiment("The original's settings", "How long does plain descent take to see a letter?",
                   {"optimizer": "sgd", "lr": 0.01}),
        Experiment("With momentum", "Is momentum faster than plain gradient descent?",
                   {"optimizer": "momentum", "lr": 0.01, "momentum": 0.9}),
        Experiment("In one cycle", "A rate that rises and falls: how far in three epochs?",
                   {"lr": 0.003, "schedule": "one-cycle", "schedule_epochs": 3, "epochs": 3}),
    ),
    glyphs=EMNIST_STYLE,
    trained="letters.safetensors",
)  # fmt: skip
