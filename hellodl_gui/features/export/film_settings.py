"""Film settings: length, frame rate, width, spacing of the moments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.translation import tr

ENDINGS = (".mp4", ".gif")
GIF_WIDEST, GIF_LONGEST = 960, 900


@dataclass(frozen=True)
class FilmSettings:
    """The film's seconds, pictures a second, and pixels across (0: as it is); `even`: as much time
    for every mini-batch, else for every recorded moment. Moments lie closer where more happens, so
    the beginning of training is not over at once.
    """

    seconds: float = 10.0
    fps: int = 30
    width: int = 0
    even: bool = False

    def steps(self, moments: NDArray[np.int64]) -> list[tuple[int, int]]:
        """(step, pictures it is shown) from `moments` (N,). Raises LabError without any."""
        if not len(moments):
            raise LabError(tr("Nothing of this run is recorded yet. Train it first, then film it."))
        frames = max(round(self.seconds * self.fps), 1)
        if self.even:
            due = np.linspace(moments[0], moments[-1], frames)
            places = np.searchsorted(moments, due + 1e-6, side="right") - 1
        else:
            places = np.rint(np.linspace(0, len(moments) - 1, frames)).astype(int)
        shown, times = np.unique(places, return_counts=True)
        return [(int(moments[p]), int(n)) for p, n in zip(shown, times, strict=True)]
