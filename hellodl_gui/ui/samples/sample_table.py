"""Table of samples that are no pictures: what each is, what is right, what was predicted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor

from core.data.dataset import Dataset
from core.formatting import format_number
from core.training.metrics import Evaluation
from core.training.reports import RegressionReport
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.samples.sample_text import input_text, numbers_text, target_text
from hellodl_gui.ui.tables.row_table import RowTable
from hellodl_gui.ui.tables.table_model import TableColumn, TableModel

_PADDING = 6


@dataclass(frozen=True)
class SampleRow:
    """A sample in words; `right` is None where nothing can be right or wrong."""

    number: int
    said: str
    target: str
    predicted: str = ""
    apart: float = float("nan")
    right: bool | None = None


def sample_rows(
    data: Dataset, numbers: Sequence[int], evaluation: Evaluation | None
) -> list[SampleRow]:
    """Of these samples, with what the evaluation says of those that it kept."""
    classes = evaluation.classification if evaluation is not None else None
    values = evaluation.report(RegressionReport) if evaluation is not None else None
    known = classes if classes is not None else values
    place = {} if known is None else {int(n): row for row, n in enumerate(known.numbers)}
    rows = []
    for number in numbers:
        said, target, row = input_text(data, number), target_text(data, number), place.get(number)
        if row is None:
            rows.append(SampleRow(number, said, target))
        elif classes is not None:
            guess = data.classes[int(classes.predictions[row])]
            sure = f"{guess} {classes.confidence[row]:.0%}"
            rows.append(SampleRow(number, said, target, sure, right=guess == target))
        elif values is not None:
            apart = float(np.abs(values.residuals[row]).max())
            rows.append(SampleRow(number, said, target, numbers_text(values.predictions[row]),
                                  apart))  # fmt: skip
    return rows


class SampleTable(RowTable):
    """A line a sample. Signals: `picked(int)` the place of a row that was chosen."""

    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__(several=False, padding=_PADDING)
        self.setAccessibleName(tr("Samples"))
        self._rows = TableModel[SampleRow]()
        self.setModel(self._rows)
        self.selectionModel().currentRowChanged.connect(lambda now, _: self._on_row(now.row()))

    def show_samples(self, rows: Sequence[SampleRow], what: str) -> None:
        """These, under the heading `what`; columns that would be empty are left out."""
        predicted = any(row.predicted for row in rows)
        columns = [
            TableColumn[SampleRow](tr("sample"), lambda row: f"{row.number:,}"),
            TableColumn[SampleRow](what, lambda row: row.said, left=True, tip=lambda row: row.said),
        ]
        if any(row.target for row in rows):
            columns.append(TableColumn(tr("actual"), lambda row: row.target, left=True))
        if predicted:
            columns.append(
                TableColumn(tr("predicted"), lambda row: row.predicted, left=True, colour=_colour)
            )
        if any(np.isfinite(row.apart) for row in rows):
            columns.append(
                TableColumn(tr("error"), lambda row: format_number(row.apart, 3) if
                            np.isfinite(row.apart) else "")
            )  # fmt: skip
        self._rows.show_rows(rows, columns)

    def _on_row(self, place: int) -> None:
        if 0 <= place < len(self._rows.rows):
            self.picked.emit(place)


def _colour(row: SampleRow) -> QColor | None:
    theme = themes().theme
    return None if row.right is None else QColor(theme.good if row.right else theme.bad)
