"""Class means panel (chapter 1): the mean image of each digit, and their difference."""

import numpy as np
from numpy.typing import NDArray

from core.chapters.capabilities import IMAGE, TWO_CLASSES
from core.inspect.data.class_balance import class_mean
from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.mosaic.image_row import ImageRow
from hellodl_gui.ui.panel import Panel


class ClassMeansPanel(Panel):
    """Average pictures of the two classes in the training set."""

    key, title = "averages", "Averages"
    needs = frozenset({IMAGE, TWO_CLASSES})
    help = "Orange: more ink in the digit on the left. Blue: more ink in the other."

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self._row = ImageRow(["", "", tr("difference")], [False, False, True], ["−", "="])
        self.fill(self._row)

    def refresh(self) -> None:
        """Draw the averages of the data as chosen."""
        train = self.state.training.data.train
        first, second = (_grey(class_mean(train, label)) for label in (0, 1))
        counts = [int((train.labels == label).sum()) for label in (0, 1)]
        names, word = train.classes, tr("{count} pictures")
        for place, label in ((0, 1), (1, 0)):
            self._row.set_heading(place, tr("average {name}").format(name=names[label]))
            picture = second if label else first
            self._row.set_picture(place, picture, word.format(count=f"{counts[label]:,}"))
        self._row.set_heading(2, f"{names[1]} − {names[0]}")
        more = tr("orange: more ink in {second}, blue: in {first}")
        self._row.set_picture(2, second - first, more.format(first=names[0], second=names[1]))


def _grey(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W) of a picture; of one in colour (3, H, W) how bright it is."""
    return picture.mean(axis=0) if picture.ndim == 3 else picture
