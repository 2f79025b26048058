"""Chapter 5, “Letters”: a convolutional network reads handwriting."""

import numpy as np

from core.chapters.chapter import Chapter, Experiment
from core.chapters.digits import negative_log_likelihood
from core.chapters.shared.data_knobs import batch_knob, epochs_knob, seed_knob, validate_knob
from core.chapters.shared.letter_data import EMNIST_NORMALIZE, data_knob, letters
from core.chapters.shared.networks import letter_network
from core.chapters.shared.training_knobs import advanced_knobs, optimizer_knobs
from core.ocr.glyph import EMNIST_STYLE
from core.training.task import Task

CHAPTER = Chapter(
    key="letters",
    number=5,
    title="Letters",
    tagline="Small windows, moved over the whole picture, learn what a stroke is",
    task=Task(
        data=letters,
        model=lambda knobs, rng: letter_network(rng),
        loss=negative_log_likelihood,
        probabilities=np.exp,
        normalize=EMNIST_NORMALIZE,
    ),
    knobs=(
        *optimizer_knobs(0.001, "adam"),
        batch_knob(64),
        epochs_knob(10),
        validate_knob(203),
        data_knob(),
        *advanced_knobs(epochs=10),
        seed_knob(),
    ),
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
