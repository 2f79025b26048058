"""Race table: each setting with its tiles and results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QIcon, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from core.formatting import format_fixed
from core.training.metrics import LOSS, Metric
from core.translation import tr
from hellodl_gui.features.race.band_plot import line_style
from hellodl_gui.features.race.tile_strip import tile_strip
from hellodl_gui.theming.palette import rgb
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.legend_line import legend_line
from hellodl_gui.ui.tables.row_table import Index, RowTable
from hellodl_gui.ui.tables.table_model import TableColumn, TableModel

PICTURE = QSize(62, 28)
_ROW = PICTURE.height() + 6
_TINT = 60
_SEEN = 4  # rows to be seen at once, at least
_ROOMY = 430  # pixels from which there is room for more than what matters most
_PICTURE, _SETTING, _PLACE, _GOAL, _LOSS, _RUNS = range(6)


@dataclass(frozen=True)
class RaceRow:
    """A setting as it stands, in full (`text`) and by a short name.

    `line`: the number of its line; `place` from 1, 0 while unknown; `goal`, the metric that goals
    are about, and `loss` are (mean, spread) over its runs, NaN where unknown; `state` says in words
    how far its runs are; `problem` is a sentence where something is wrong.
    """

    text: str
    name: str
    line: int
    place: int = 0
    goal: tuple[float, float] = (np.nan, np.nan)
    loss: tuple[float, float] = (np.nan, np.nan)
    state: str = ""
    problem: str = ""
    recorded: bool = False
    tiles: NDArray[np.float32] | None = field(default=None, compare=False)


class RaceTableModel(TableModel[RaceRow]):
    """Attributes: `locked`, whether settings stay as they are; `picture_width` in pixels; `metric`,
    what the settings are ranked by.

    Signals: `typed(int, str)`, another text for a setting.
    """

    typed = Signal(int, str)

    def __init__(self) -> None:
        self.locked = False
        self.picture_width = PICTURE.width()
        self._pixmaps: dict[int, tuple[object, QPixmap]] = {}
        self.metric = LOSS
        super().__init__(self._made_columns())

    def rank_by(self, metric: Metric) -> None:
        """Settings are ranked by this metric, which has a column."""
        if metric != self.metric:
            self.metric = metric
            self.show_rows(self.rows, self._made_columns())

    def _made_columns(self) -> list[TableColumn[RaceRow]]:
        ranked = tr("Ranked by test {metric}").format(metric=tr(self.metric.name))
        return [
            _column("", lambda _: "", True, picture=self._pixmap),
            _column(tr("setting"), lambda row: row.name, True, _setting_tip, colour=_colour,
                    picture=_line, typed=lambda row: row.text,
                    writable=lambda _: not self.locked,
                    write=lambda place, text: self.typed.emit(place, str(text))),
            _column("#", lambda row: str(row.place or ""), tip=lambda _: ranked),
            _column(tr(self.metric.name), self._goal, tip=self._result_tip),
            _column(tr("loss"), _loss, tip=self._result_tip),
            _column(tr("runs"), lambda row: row.state, colour=_colour),
        ]  # fmt: skip

    def _goal(self, row: RaceRow) -> str:
        if self.metric.percent:
            return _mean_text(row.goal, 100, 1, " %")
        return _mean_text(row.goal, 1, 3, f" {tr(self.metric.unit)}".rstrip())

    def _result_tip(self, row: RaceRow) -> str:
        words = tr("On the test set, mean ± standard deviation over the seeds:")
        return tr("{words}\n{metric} {value}, loss {loss}").format(
            words=words, metric=tr(self.metric.name), value=self._goal(row) or "–",
            loss=_loss(row) or "–",
        )  # fmt: skip

    def _pixmap(self, row: RaceRow) -> QPixmap | None:
        if row.tiles is None or not row.tiles.size:
            return None
        stamp = id(row.tiles), themes().theme.name, self.picture_width
        known = self._pixmaps.get(row.line)
        if known is None or known[0] != stamp:
            size = QSize(self.picture_width, PICTURE.height())
            known = self._pixmaps[row.line] = stamp, tile_strip(row.tiles, size)
        return known[1]


def _column(
    title: str, text: Callable[[RaceRow], str], left: bool = False,
    tip: Callable[[RaceRow], str] | None = None, **more: Any,
) -> TableColumn[RaceRow]:  # fmt: skip
    return TableColumn(
        title, text, left, tip=lambda row: row.problem or (tip or _row_tip)(row), **more
    )


def _row_tip(row: RaceRow) -> str:
    if row.recorded:
        return tr("Click the picture to open the best run of this setting")
    return tr("The first layer's weights appear here while it trains")


def _setting_tip(row: RaceRow) -> str:
    return tr("{text}\nDouble-click to edit").format(text=row.text)


def _line(row: RaceRow) -> QIcon:
    return legend_line(*line_style(row.line))


def _colour(row: RaceRow) -> QColor | None:
    return QColor(themes().theme.bad) if row.problem else None


def _loss(row: RaceRow) -> str:
    return _mean_text(row.loss, 1, 3, "")


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
        self.keys[Qt.Key.Key_Delete] = self.removed.emit
        self.keys[Qt.Key.Key_Escape] = lambda _: self.clearSelection()
        header = self.horizontalHeader()
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
        self.settings.show_rows(rows)
        self._share_room()
        if not same and chosen and chosen[0] < len(rows):
            self.selectRow(chosen[0])

    def _open(self, index: QModelIndex, meant: bool) -> None:
        if meant:
            self.opened.emit(index.row())

    def _on_selection(self, *_: object) -> None:
        places = self.places()
        self.chosen.emit(places[0] if len(places) == 1 else None)

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
        self.settings.picture_width = width
        self.setIconSize(QSize(width, PICTURE.height()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the setting under the pointer."""
        index = self.indexAt(event.pos() - self.viewport().pos())
        if index.isValid():
            menu = QMenu(self)
            self.menu_wanted.emit(menu, index.row())
            menu.exec(event.globalPos())
