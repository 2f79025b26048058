"""Race table: each setting with its tiles and results."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from core.formatting import format_fixed
from core.translation import tr
from hellodl_gui.features.race.band_plot import line_style
from hellodl_gui.features.race.tile_strip import tile_strip
from hellodl_gui.theming.palette import rgb
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.legend_line import legend_line
from hellodl_gui.ui.tables.cell_model import CellModel
from hellodl_gui.ui.tables.row_table import Index, RowTable

PICTURE = QSize(62, 28)
_ROW = PICTURE.height() + 6
_TINT = 60
_SEEN = 4  # rows to be seen at once, at least
_ROOMY = 430  # pixels from which there is room for more than what matters most
_PICTURE, _SETTING, _PLACE, _RIGHT, _LOSS, _RUNS = range(6)


@dataclass(frozen=True)
class RaceRow:
    """A setting as it stands, in full (`text`) and by a short name.

    `line`: the number of its line; `place` from 1, 0 while unknown; `right` and `loss` are (mean,
    spread) over its runs, NaN where unknown; `state` says in words how far its runs are; `problem`
    is a sentence where something is wrong.
    """

    text: str
    name: str
    line: int
    place: int = 0
    right: tuple[float, float] = (np.nan, np.nan)
    loss: tuple[float, float] = (np.nan, np.nan)
    state: str = ""
    problem: str = ""
    recorded: bool = False
    tiles: NDArray[np.float32] | None = field(default=None, compare=False)


class RaceTableModel(CellModel):
    """Signals: `typed(int, str)`, another text for a setting."""

    typed = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[RaceRow, ...] = ()
        self.locked = False
        self._pixmaps: dict[int, tuple[object, QPixmap]] = {}
        self._picture = PICTURE

    def set_picture_width(self, width: int) -> None:
        """So many pixels for a row's pictures."""
        self._picture = QSize(width, PICTURE.height())

    def set_rows(self, rows: Sequence[RaceRow]) -> None:
        """Show these."""
        before, self.rows = len(self.rows), tuple(rows)
        if before != len(rows):
            self.beginResetModel()
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, _RUNS))

    def rowCount(self, parent: Index | None = None) -> int:
        """One a setting."""
        return len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Picture, setting, place, right, loss, runs."""
        return 6

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """The columns' names."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        names = ["", tr("setting"), "#", tr("accuracy"), tr("loss"), tr("runs")]
        return names[section]

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Settings can be typed unless they race."""
        flags = super().flags(index)
        if index.column() == _SETTING and not self.locked:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def cell(self, index: Index, role: int) -> Any:
        """A cell."""
        row, column = self.rows[index.row()], index.column()
        match Qt.ItemDataRole(role):
            case Qt.ItemDataRole.EditRole if column == _SETTING:
                return row.text
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.DecorationRole if column == _SETTING:
                return legend_line(*line_style(row.line))
            case Qt.ItemDataRole.DecorationRole if column == _PICTURE:
                return self._pixmap(index.row(), row)
            case Qt.ItemDataRole.ForegroundRole if row.problem and column in (_SETTING, _RUNS):
                return QColor(themes().theme.bad)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(column)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(row, column)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Typed by a person."""
        if index.column() != _SETTING or role != Qt.ItemDataRole.EditRole:
            return False
        self.typed.emit(index.row(), str(value))
        return True

    def _text(self, row: RaceRow, column: int) -> str:
        match column:
            case 1:
                return row.name
            case 2:
                return str(row.place) if row.place else ""
            case 3:
                return _mean_text(row.right, 100, 1, " %")
            case 4:
                return _mean_text(row.loss, 1, 3, "")
            case 5:
                return row.state
        return ""

    def _tip(self, row: RaceRow, column: int) -> str:
        if row.problem:
            return row.problem
        if column == _SETTING:
            return tr("{text}\nDouble-click to edit").format(text=row.text)
        if column in (_RIGHT, _LOSS):
            words = tr("On the test set, mean ± standard deviation over the seeds:")
            right, loss = self._text(row, _RIGHT), self._text(row, _LOSS)
            return tr("{words}\naccuracy {right}, loss {loss}").format(
                words=words, right=right or "–", loss=loss or "–"
            )
        if column == _PLACE:
            return tr("Ranked by test accuracy")
        if row.recorded:
            return tr("Click the picture to open the best run of this setting")
        return tr("The first layer's weights appear here while it trains")

    def _pixmap(self, place: int, row: RaceRow) -> QPixmap | None:
        if row.tiles is None or not row.tiles.size:
            return None
        known = self._pixmaps.get(place)
        stamp = id(row.tiles), themes().theme.name, self._picture.width()
        if known is None or known[0] != stamp:
            known = self._pixmaps[place] = stamp, tile_strip(row.tiles, self._picture)
        return known[1]


def _side(column: int) -> Qt.AlignmentFlag:
    right = column >= _PLACE
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _mean_text(value: tuple[float, float], factor: float, digits: int, unit: str) -> str:
    mean, spread = value
    if not np.isfinite(mean):
        return ""
    text = format_fixed(mean * factor, digits)
    if np.isfinite(spread):
        text += f" ± {format_fixed(spread * factor, digits)}"
    return text + unit


class _SelectedRowDelegate(QStyledItemDelegate):
    """A chosen row's pictures and swatches keep their colours."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """The table has drawn the ground of a chosen row already."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_Selected


class RaceTable(RowTable):
    """Attributes: `settings`, the model.

    Signals: `opened(int)` by a click on a picture, a double click or Enter; `removed(list)` of
    places; `chosen(int | None)`; `menu_wanted(QMenu, int)`.
    """

    opened = Signal(int)
    removed = Signal(object)
    chosen = Signal(object)
    menu_wanted = Signal(object, int)

    def __init__(self) -> None:
        super().__init__(several=True)
        self.setAccessibleName(tr("Compared settings"))
        self.settings = RaceTableModel()
        self.setModel(self.settings)
        self.setIconSize(PICTURE)
        self.setItemDelegate(_SelectedRowDelegate(self))
        self.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_PICTURE, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(_PICTURE, PICTURE.width() + 10)
        header.setSectionResizeMode(_SETTING, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(24)
        self.clicked.connect(lambda index: self._open(index, index.column() == _PICTURE))
        self.doubleClicked.connect(lambda index: self._open(index, index.column() > _SETTING))
        self.selectionModel().selectionChanged.connect(self._on_selection)
        themes().changed.connect(self._restyle)
        self._restyle()
        # The same however many rows there are, so that what stands below stays where it is.
        self.setMinimumHeight(header.sizeHint().height() + _SEEN * _ROW + 4)

    def _restyle(self, *_: object) -> None:
        theme = themes().theme
        ground = ", ".join(map(str, (*rgb(theme.accent), _TINT)))
        self.setStyleSheet(f"QTableView {{ selection-background-color: rgba({ground}); }}")

    def set_rows(self, rows: Sequence[RaceRow]) -> None:
        """Show these, the choice staying where it is."""
        chosen = self.places()
        same = len(rows) == len(self.settings.rows)
        self.settings.set_rows(rows)
        self._share_room()
        if not same and chosen and chosen[0] < len(rows):
            self.selectRow(chosen[0])

    def _open(self, index: QModelIndex, meant: bool) -> None:
        if meant:
            self.opened.emit(index.row())

    def _on_selection(self, *_: object) -> None:
        places = self.places()
        self.chosen.emit(places[0] if len(places) == 1 else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the best run, Delete removes the setting."""
        places = [] if self.typing else self.places()
        match Qt.Key(event.key()):
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if places:
                self.opened.emit(places[0])
            case Qt.Key.Key_Delete if places:
                self.removed.emit(places)
            case Qt.Key.Key_Escape if places:
                self.clearSelection()
            case _:
                super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another number of columns fits."""
        self._share_room()
        super().resizeEvent(event)

    def _share_room(self) -> None:
        """Where it is narrow the loss gives way, then what is clear from the rest."""
        rows, roomy = self.settings.rows, self.width() >= _ROOMY
        self.setColumnHidden(_LOSS, not roomy)
        self.setColumnHidden(_PLACE, not any(row.place for row in rows))
        self.setColumnHidden(_RUNS, not roomy and bool(rows) and all(row.place for row in rows))
        width = PICTURE.width() if roomy else PICTURE.height()
        self.horizontalHeader().resizeSection(_PICTURE, width + 10)
        self.settings.set_picture_width(width)
        self.setIconSize(QSize(width, PICTURE.height()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the setting under the pointer."""
        index = self.indexAt(event.pos() - self.viewport().pos())
        if index.isValid():
            menu = QMenu(self)
            self.menu_wanted.emit(menu, index.row())
            menu.exec(event.globalPos())
