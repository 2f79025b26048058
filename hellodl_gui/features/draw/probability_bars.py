"""Bar chart of class probabilities, 0 to 1."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize

from core.translation import tr
from hellodl_gui.ui.chart.class_bars import ClassBars

_FULL = 10_000  # bars are counted in hundredths of a percent
_WRITTEN = 0.005  # a probability below this is no bar to be read


class ProbabilityBars(ClassBars):
    """Bars of probabilities; `picked(int)` says a person meant this class."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(120, 64)
        self.setAccessibleName(tr("Probability of each class"))
        self.setToolTip(
            tr("Probability of each class; click the correct one to set the true label")
        )

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(240, 130)

    def set_probs(self, probs: NDArray[np.float32], classes: tuple[str, ...]) -> None:
        """Show probabilities (C,) of the classes; the highlighted one stays so."""
        here = self.reading
        self.set_counts(np.rint(probs[None] * _FULL).astype(np.int64), classes)
        self.reading = here if here is not None and here < len(classes) else None

    def top(self) -> int:
        """All of it."""
        return _FULL

    def figure(self, label: int) -> str:
        """Its share."""
        share = self._counts[0, label] / _FULL
        return f"{share:.0%}" if share >= _WRITTEN else ""

    def sentence(self) -> str:
        """Class and share."""
        label = int(self.reading or 0)
        share = self._counts[0, label] / _FULL
        return tr("“{name}”: probability {share}").format(
            name=self._names.names[label], share=f"{share:.2%}"
        )
