"""Chapter 8, “Reading a photograph”: the network of chapter 7 put to work."""

from core.chapters.chapter import Chapter, Experiment
from core.chapters.robust_letters import KNOBS, TASK
from core.ocr.glyph import EMNIST_STYLE

CHAPTER = Chapter(
    key="reading",
    number=8,
    title="Reading a photograph",
    tagline="From a photo to a text, with your own handwriting",
    task=TASK,
    knobs=KNOBS,
    views=("page", "curves", "confusion", "samples", "mistakes", "draw", "weights", "quantise"),
    together=2,
    experiments=(
        Experiment("From scratch, before your eyes", "When does the page become readable?",
                   {"schedule": "one-cycle", "schedule_epochs": 5, "epochs": 5}),
        Experiment("Slowly", "Which letters are found first?", {"optimizer": "sgd", "lr": 0.01}),
    ),
    glyphs=EMNIST_STYLE,
    trained="handwriting.safetensors",
)  # fmt: skip
