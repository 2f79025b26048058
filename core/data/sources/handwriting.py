"""The person's own handwriting as a source."""

from dataclasses import dataclass, field
from string import ascii_lowercase, digits
from threading import Event

import numpy as np

from core.data.dataset import Dataset
from core.data.handwriting import HandwritingFile, HandwritingSample, my_handwriting
from core.data.sources.source import DataSource, Sets
from core.errors import DataError
from core.io.progress import Progress, raise_if_cancelled
from core.translation import tr


@dataclass(frozen=True)
class HandwritingSource(DataSource):
    """What was drawn on the pad and corrected on pages, as one set."""

    store: HandwritingFile = field(default_factory=my_handwriting)
    key = "handwriting"
    name = "My handwriting"
    about = "Letters and digits of your own: drawn in the Draw panel or corrected on a page."
    credit = "You"
    way = "Correct a letter on the page; it is kept on this computer only."
    refusal = (
        "My handwriting is filled from the Draw panel and the page and needs no file; "
        "{name} is another source's."
    )

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """One set, upper and lower case together. Raises DataError while there is nothing."""
        raise_if_cancelled(cancel)
        samples = self.store.all()
        if not samples:
            raise DataError(
                self.store.complaint
                or tr("Nothing saved yet. Correct a letter on the page to save it.")
            )
        progress(1, 1, tr("Reading my handwriting"))
        return (handwriting_set(samples, self.store.complaint),)


def handwriting_set(
    samples: tuple[HandwritingSample, ...], complaint: str | None = None
) -> Dataset:
    """Samples (at least one) with the digits, the letters, or both as classes."""
    names = [sample.label.lower() for sample in samples]
    classes = (digits if any(map(str.isdigit, names)) else "") + (
        ascii_lowercase if any(map(str.isalpha, names)) else ""
    )
    labels = np.array([classes.index(name) for name in names], np.uint8)
    images = np.stack([sample.image for sample in samples])
    notes = (complaint,) if complaint else ()
    return Dataset.from_images("My handwriting", images, labels, tuple(classes), notes)
