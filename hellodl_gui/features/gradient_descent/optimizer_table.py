"""Table of the optimizers in the demo: which are shown, and where each is."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from core.formatting import format_fixed
from core.inspect.teach.gradient_descent import DESCENT_METHODS, Descent
from core.translation import tr
from hellodl_gui.theming.render_mode import CONTENT
from hellodl_gui.theming.theme import Theme
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.controls.legend_line import dot

_SIDE = 16
_GAP = 6


def optimizer_colour(theme: Theme, place: int) -> str:
    """The colour #rrggbb of method number `place` of `DESCENT_METHODS`."""
    return (*theme.curves, theme.text)[place % (len(theme.curves) + 1)]


class OptimizerTable(QWidget):
    """One entry for each way: its ball, its name, where it is. With `fixed` they cannot be chosen.

    Signals: `chosen(str, bool)` a way's key, and whether it is to be seen.
    """

    chosen = Signal(str, bool)

    def __init__(self, fixed: bool = False) -> None:
        super().__init__()
        self.setProperty(CONTENT, True)  # it says which ball is whose
        self._fixed = fixed
        self._placed: tuple[int, list[str]] = (0, [])
        self._shown: set[str] = set(DESCENT_METHODS)
        self._names: dict[str, QCheckBox | QLabel] = {}
        self._numbers: dict[str, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setVerticalSpacing(3)
        self._balls: dict[str, QLabel] = {}
        for key, way in DESCENT_METHODS.items():
            ball = QLabel(self)
            ball.setFixedSize(_SIDE, _SIDE)
            name: QCheckBox | QLabel
            if fixed:
                name = QLabel(tr(way.title), self)
            else:
                name = QCheckBox(tr(way.title), self)
                name.toggled.connect(self._on_toggled)
                name.setObjectName(key)
            tip = f"<b>{tr(way.title)}</b><br>{way.formula}"
            name.setToolTip(tip)
            ball.setToolTip(tip)
            number = quiet(QLabel(self))
            number.setMinimumWidth(number.fontMetrics().horizontalAdvance("−00.000"))
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            number.setToolTip(tr("Position x of the ball; “gone” if it left the hill"))
            self._balls[key], self._names[key], self._numbers[key] = ball, name, number
        themes().changed.connect(self._on_theme)
        self._on_theme()

    def _on_theme(self) -> None:
        theme = themes().theme
        for place, (key, way) in enumerate(DESCENT_METHODS.items()):
            colour = optimizer_colour(theme, place)
            self._balls[key].setPixmap(dot(colour, _SIDE, self.devicePixelRatioF(), way.sign))

    def minimumSizeHint(self) -> QSize:
        """Room for two beside each other, however many stand so now."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), self._wide(list(DESCENT_METHODS), 2)), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many beside each other as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        keys = [key for key in DESCENT_METHODS if not self._fixed or key in self._shown]
        most = min(2 if self._fixed else 3, len(keys) or 1)
        fitting = (n for n in range(most, 1, -1) if self._wide(keys, n) <= self.width())
        columns = next(fitting, 1)
        if (columns, keys) == self._placed:
            return
        self._placed = columns, keys
        for part in (*self._balls.values(), *self._names.values(), *self._numbers.values()):
            self._grid.removeWidget(part)
            part.setVisible(False)
        for place, key in enumerate(keys):
            row, column = divmod(place, columns)
            parts = self._balls[key], self._names[key], self._numbers[key]
            for offset, part in enumerate(parts):
                self._grid.addWidget(part, row, 4 * column + offset)
                part.setVisible(True)
        for column in range(12):
            self._grid.setColumnStretch(column, 1 if column % 4 == 3 else 0)

    def _wide(self, keys: list[str], columns: int) -> int:
        """How many pixels so many entries beside each other need."""
        total = _GAP * (3 * columns - 1)
        for column in range(columns):
            mine = keys[column::columns]
            total += _SIDE
            total += max(self._names[key].sizeHint().width() for key in mine)
            total += max(self._numbers[key].minimumWidth() for key in mine)
        return total

    def show_step(self, descent: Descent, step: int, shown: set[str]) -> None:
        """Where the balls are after so many steps; those that are not `shown` have no number."""
        if self._fixed and shown != self._shown:
            self._shown = set(shown)
            self._arrange()
        for way, x, lost in zip(descent.ways, descent.xs[step], descent.lost, strict=True):
            name = self._names[way.key]
            if isinstance(name, QCheckBox):
                name.blockSignals(True)
                name.setChecked(way.key in shown)
                name.blockSignals(False)
            gone = bool(lost) and step == descent.steps
            self._numbers[way.key].setText(
                "" if way.key not in shown else tr("gone") if gone else format_fixed(float(x), 3)
            )

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        sender = self.sender()
        if sender is not None:
            self.chosen.emit(sender.objectName(), on)
