"""Letters drawn on this computer: nothing to fetch, and nobody's handwriting."""

import logging
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase
from threading import Event

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.rng import RngStreams
from core.data.sources.source import DataSource, Sets
from core.errors import DataError
from core.io.npz import load_npz, save_npz
from core.io.progress import Cancelled, Progress, no_progress, raise_if_cancelled
from core.paths import cache_dir

LEARNT_FACES = ("Caveat", "IndieFlower", "Kalam", "Zeyada")
TESTED_FACES = ("Delius", "ShadowsIntoLight")

_LOG = logging.getLogger(__name__)
_EDITION = 1  # of the way letters are drawn: a new one draws them anew
_PARTS = ("train_images", "train_labels", "test_images", "test_labels")
_LETTERS = tuple(ascii_lowercase)
_DRAWING = "Drawing letters"


@dataclass(frozen=True)
class SyntheticLetters(DataSource):
    """`train` + `test` letters from open handwriting fonts; the test's fonts are never learnt.

    As many of each letter as of any other, give or take one, upper and lower case together. Drawn
    once, in some seconds, and kept; the same seed gives the same letters.
    """

    train: int = 26_000
    test: int = 5_200
    seed: int = 0
    key = "synthetic"
    name = "Synthetic letters"
    about = (
        "26,000 letters to learn from and 5,200 to be tested on, upper and lower case "
        "together. The lab draws them from handwriting fonts, each distorted "
        "differently. The test set uses other fonts."
    )
    credit = (
        "Fonts Caveat (Caveat Project Authors), Delius (N. Raices, I. Marini), Indie Flower, "
        "Shadows Into Light, Zeyada (K. Geswein) and Kalam (Indian Type Foundry); "
        "SIL Open Font License 1.1"
    )
    way = "Drawn on this computer in a few seconds; nothing is fetched."
    refusal = "Synthetic letters are drawn and need no file; {name} is another source's."

    def draw_elsewhere(self, progress: Progress = no_progress, cancel: Event | None = None) -> None:
        """Have a process of its own draw them, where nobody has yet; `load` then finds them.

        In a busy process drawing would take many times as long. Should it fail, `load` draws.
        Raises Cancelled.
        """
        words = [sys.executable, "-m", __name__, str(self.train), str(self.test), str(self.seed)]
        try:
            if self._path.exists():
                return
            with subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            ) as drawing:
                assert drawing.stdout is not None
                for line in drawing.stdout:
                    if cancel is not None and cancel.is_set():
                        drawing.kill()
                        raise Cancelled
                    done, _, total = line.strip().partition(" ")
                    if done.isdigit() and total.isdigit():
                        progress(int(done), int(total), _DRAWING)
        except OSError:
            return

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """Training and test set. Raises Cancelled, and DataError where a font is missing."""
        raise_if_cancelled(cancel)
        sets = self._kept()
        if sets is None:
            sets = self._drawn(progress, cancel)
            self._keep(sets)
        progress(1, 1, _DRAWING)
        return sets

    def _drawn(self, progress: Progress, cancel: Event | None) -> Sets:
        from core.data.synthetic_letters import draw_letters  # loads Pillow: only when wanted

        streams = RngStreams(self.seed)
        whole = self.train + self.test
        sets = []
        for count, faces, part in (
            (self.train, LEARNT_FACES, "train"),
            (self.test, TESTED_FACES, "test"),
        ):
            before = self.train if part == "test" else 0

            def report(done: int, total: int, what: str, before: int = before) -> None:
                progress(before + done, whole, what)

            rng = streams(f"synthetic {part}")
            labels = rng.permutation(np.resize(np.arange(26, dtype=np.uint8), count))
            images = draw_letters(labels, rng, faces, progress=report, cancel=cancel)
            sets.append(_set(images, labels, part))
        return tuple(sets)

    @property
    def _path(self) -> Path:
        name = f"synthetic-letters-{_EDITION}-{self.train}-{self.test}-{self.seed}.npz"
        return cache_dir() / name

    def _kept(self) -> Sets | None:
        """The letters drawn earlier; None where they are missing or damaged."""
        try:
            images, labels, more, their_labels = load_npz(self._path, *_PARTS)
            sets = _set(images, labels, "train"), _set(more, their_labels, "test")
        except DataError as error:
            if self._path.exists():
                _LOG.warning("%s was damaged (%s) and is made again.", self._path, error)
            return None
        except OSError:
            return None
        whole = all(
            one.images.shape == (count, 28, 28)
            for one, count in zip(sets, (self.train, self.test), strict=True)
        )
        return sets if whole else None

    def _keep(self, sets: Sets) -> None:
        arrays = [array for one in sets for array in (one.images, one.labels)]
        try:
            save_npz(self._path, dict(zip(_PARTS, arrays, strict=True)))
        except OSError:
            return  # no room for a copy: they are drawn again next time


def _set(images: NDArray[np.uint8], labels: NDArray[np.integer], part: str) -> Dataset:
    name = "Synthetic letters" + (" test" if part == "test" else "")
    return Dataset.from_images(name, images, labels, _LETTERS)


if __name__ == "__main__":
    of_train, of_test, begin = map(int, sys.argv[1:4])
    SyntheticLetters(of_train, of_test, begin).load(
        lambda done, total, what: print(done, total, flush=True)  # to whoever waits for it
    )
