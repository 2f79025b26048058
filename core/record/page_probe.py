"""Reads the open page with each snapshot and records the probabilities."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.record.codec import pack_array
from core.record.store import Store
from core.record.writer import Writer
from core.training.trainer import Trainer

MOST_GLYPHS = 256
"""Of a page, so many glyphs are read; those behind them are not."""

MOST_PAGES = 64
"""So many pages a run remembers, and so many cuts of one; later ones are not read."""


class Watched(NamedTuple):
    """Glyphs (N, 28, 28), whose they are, and their number in the file once they are there."""

    images: NDArray[np.uint8]
    key: str
    number: int | None = None


class PageRecorder:
    """Reads one page, the last one that was shown to it."""

    def __init__(self, run: Trainer) -> None:
        self._run = run
        self._page: Watched | None = None
        self._known: list[Watched] = []

    def watch(self, images: NDArray[np.uint8], key: str) -> None:
        """From now on read these glyphs (N, 28, 28); none where N is 0.

        A network that takes samples of another form, or tells no classes apart, reads no page.
        """
        test = self._run.data.test
        fits = bool(test.classes) and images.shape[1:] == test.inputs.shape[1:]
        self._page = Watched(images[:MOST_GLYPHS], key) if fits and len(images) else None
        for known in self._known:
            page = self._page
            if page and known.key == page.key and np.array_equal(known.images, page.images):
                self._page = known

    def read(self, store: Writer) -> None:
        """Read the page, if there is one, as the network stands."""
        page = self._page
        if page is None:
            return
        if page.number is None:
            if len(self._known) == MOST_PAGES:
                return
            page = page._replace(number=len(self._known))
            store.write(
                Store.add,
                "pages",
                number=page.number,
                step=self._run.step,
                key=page.key,
                count=len(page.images),
                images=pack_array(page.images, np.uint8),
            )
            self._known.append(page)
            self._page = page
        found = self._run.task.predict_proba(self._run.model, page.images)
        assert page.number is not None
        in_steps = np.round(np.clip(np.nan_to_num(found), 0, 1) * 255).astype(np.uint8)
        store.write(Store.put_page_reading, self._run.step, page.number, in_steps)
