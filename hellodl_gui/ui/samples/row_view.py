"""A row of numbers as a table: name, value, unit."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.data.specs import PointSpec, TableSpec
from core.formatting import format_number
from core.translation import tr
from hellodl_gui.ui.tables.row_table import RowTable
from hellodl_gui.ui.tables.table_model import TableColumn, TableModel

_Line = tuple[str, str, str]
_PADDING = 6


class RowView(QWidget):
    """What each column says, below each other, and the target last."""

    def __init__(self) -> None:
        super().__init__()
        columns = (
            TableColumn[_Line](tr("column"), lambda line: line[0], left=True),
            TableColumn[_Line](tr("value"), lambda line: line[1]),
            TableColumn[_Line](tr("unit"), lambda line: line[2], left=True),
        )
        self._model = TableModel(columns)
        self._table = RowTable(several=False, padding=_PADDING)
        self._table.setModel(self._model)
        self._table.setAccessibleName(tr("The columns of this row"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._table)

    def show_row(
        self, spec: PointSpec | TableSpec, row: NDArray[np.floating], target: str = ""
    ) -> None:
        """Numbers (D,) by the names of `spec`; `target` in words, empty where it is not known."""
        units = spec.units or ("",) * len(spec.names)
        lines = [
            (name, format_number(float(value)), unit)
            for name, value, unit in zip(spec.names, row, units, strict=True)
        ]
        if target:
            lines.append((tr("target"), target, ""))
        self._model.show_rows(lines)
        said = ", ".join(f"{name} {value} {unit}".rstrip() for name, value, unit in lines)
        self.setAccessibleDescription(said)
