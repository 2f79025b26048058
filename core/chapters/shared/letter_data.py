"""Letters to learn from, as the knob `data` names them, and how their pixels are scaled."""

from functools import cache
from string import ascii_lowercase
from threading import Lock

import numpy as np

from core.chapters.shared.networks import letter_network, negative_log_likelihood
from core.data.encodings import Normalize
from core.data.sources.registry import source
from core.data.sources.source import Sets
from core.data.sources.synthetic import SyntheticLetters
from core.errors import DataError
from core.io.progress import begin_published, publish
from core.knobs import Knob, Knobs
from core.training.task import Split, Task
from core.translation import tr

LETTERS = tuple(ascii_lowercase)

EMNIST_NORMALIZE = Normalize(mean=0.1722, std=0.3309)
"""Mean and deviation of EMNIST's letters."""

_SOURCES = {"synthetic letters": "synthetic", "EMNIST letters": "emnist-letters"}


LETTERS_KNOB = Knob.choice(
    "data", "Letters", tuple(_SOURCES), "synthetic letters", live=False,
    help="Synthetic letters are drawn from handwriting fonts and need nothing. EMNIST letters "
        "were written by hundreds of people; download them in the Data panel first.",
)  # fmt: skip
"""Which letters are learnt."""


def letters(knobs: Knobs) -> Split:
    """Letters to learn from and letters to be tested on, 26 classes. Raises DataError."""
    with _one_at_a_time:
        return Split(*_loaded(_SOURCES[knobs.name_of("data")]))


_one_at_a_time = Lock()  # whoever comes second takes what the first has made


@cache
def _loaded(key: str) -> Sets:
    found = source(key)
    if not found.ready:
        raise DataError(
            tr(
                "{name} are not on this computer yet. Get them in the Data panel (once, with "
                "a network connection), or choose the synthetic letters."
            ).format(name=tr(found.name))
        )
    cancel = begin_published()
    try:
        if isinstance(found, SyntheticLetters):
            found.draw_elsewhere(publish, cancel)
        return found.load(publish, cancel)
    finally:
        publish(0, 0, "")


LETTERS_TASK = Task(
    data=letters,
    model=lambda knobs, rng: letter_network(rng),
    loss=negative_log_likelihood,
    probabilities=np.exp,
    encoding=EMNIST_NORMALIZE,
)
"""To tell the letters apart, with the small network."""
