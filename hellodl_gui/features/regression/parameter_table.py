"""Table of learnt parameters beside those that made the data."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.formatting import format_number
from core.translation import tr
from hellodl_gui.ui.tables.row_table import RowTable
from hellodl_gui.ui.tables.table_model import TableColumn, TableModel

_PADDING = 6
_MOST = 200


@dataclass(frozen=True)
class ParameterRow:
    """One number of the network, and the true one."""

    name: str
    learnt: float
    true: float

    @property
    def apart(self) -> float:
        """How far it is from the true one."""
        return self.learnt - self.true


def parameter_rows(
    learnt: Mapping[str, NDArray[np.floating]], true: Mapping[str, NDArray[np.floating]]
) -> list[ParameterRow]:
    """Every number that both have by the same name and shape, at most 200."""
    rows: list[ParameterRow] = []
    for name, wanted in true.items():
        found = learnt.get(name)
        if found is None or found.shape != np.shape(wanted):
            continue
        for place in np.ndindex(found.shape):
            whole = f"{name}[{', '.join(map(str, place))}]" if found.size > 1 else name
            rows.append(ParameterRow(whole, float(found[place]), float(wanted[place])))
    return rows[:_MOST]


class ParameterTable(RowTable):
    """Name, learnt, true, difference."""

    def __init__(self) -> None:
        super().__init__(several=False, padding=_PADDING)
        self.setAccessibleName(tr("Learnt and true parameters"))
        self._rows = TableModel[ParameterRow](
            (
                TableColumn(tr("parameter"), lambda row: row.name, left=True),
                TableColumn(tr("learnt"), lambda row: format_number(row.learnt, 4)),
                TableColumn(tr("true"), lambda row: format_number(row.true, 4)),
                TableColumn(tr("difference"), lambda row: format_number(row.apart, 2, signed=True)),
            )
        )
        self.setModel(self._rows)

    def show_parameters(self, rows: list[ParameterRow]) -> None:
        """These."""
        self._rows.show_rows(rows)
