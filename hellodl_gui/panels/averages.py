"""Chapter 1: the average of each digit, and their difference."""

from PySide6.QtWidgets import QVBoxLayout

from core.inspect.averages import class_average
from hellodl_gui.panels.base import Panel
from hellodl_gui.state.lab import LabState
from hellodl_gui.widgets.picture_row import PictureRow


class AveragesPanel(Panel):
    """Average pictures of the two classes in the training set."""

    key = "averages"

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.title = self.tr("Averages")
        self.setToolTip(
            self.tr("Orange: more ink in the second digit. Blue: more ink in the first.")
        )
        self._row = PictureRow(
            [self.tr("second average"), self.tr("first average"), self.tr("difference")],
            [False, False, True],
            ["−", "="],
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._row)
        state.restarted.connect(self.mark_dirty)

    def refresh(self) -> None:
        """Draw the averages of the data as chosen."""
        train = self.state.data.train
        first, second = (class_average(train, label) for label in (0, 1))
        counts = [int((train.labels == label).sum()) for label in (0, 1)]
        word = self.tr("{count} × “{name}”")
        self._row.set_picture(1, first, word.format(count=f"{counts[0]:,}", name=train.classes[0]))
        self._row.set_picture(0, second, word.format(count=f"{counts[1]:,}", name=train.classes[1]))
        self._row.set_picture(2, second - first, self.tr("orange: the second has more ink"))
