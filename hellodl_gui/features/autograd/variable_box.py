"""Input of one formula variable: name, number field and slider."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from core.inspect.teach.formula import MOST_VARIABLES
from core.translation import tr
from hellodl_gui.ui.controls.inputs import Slider
from hellodl_gui.ui.controls.number_box import NumberBox

_REACH, _TICKS, _LARGEST = 5.0, 200, 1e6


class VariableBox(QWidget):
    """The slider goes from −5 to 5; the box takes any number up to a million.

    Signals: `turned(str, float)` name and value.
    """

    turned = Signal(str, float)

    def __init__(self, name: str, value: float) -> None:
        super().__init__()
        self.name = name
        self.box = NumberBox()
        self.box.setDecimals(4)
        self.box.setRange(-_LARGEST, _LARGEST)
        self.box.setSingleStep(0.1)
        self.box.setKeyboardTracking(False)
        self.box.setButtonSymbols(NumberBox.ButtonSymbols.NoButtons)
        self.box.setFixedWidth(self.box.fontMetrics().horizontalAdvance("−0000.0000"))
        self.box.setAccessibleName(name)
        self.box.setToolTip(
            tr("The value of {name}; arrow keys change it by 0.1").format(name=name)
        )
        self.slider = Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(-_TICKS, _TICKS)
        self.slider.setMinimumWidth(50)
        self.slider.setAccessibleName(tr("{name}: slider").format(name=name))
        self.slider.setToolTip(tr("Turns {name} from −5 to 5").format(name=name))
        label = QLabel(name)
        label.setBuddy(self.box)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(label)
        row.addWidget(self.box)
        row.addWidget(self.slider, 1)
        self.set_value(value)
        self.box.valueChanged.connect(self._on_typed)
        self.slider.valueChanged.connect(self._on_slid)

    def set_value(self, value: float) -> None:
        """Show another value without saying so."""
        with QSignalBlocker(self.box), QSignalBlocker(self.slider):
            self.box.setValue(value)
            self.slider.setValue(round(value / _REACH * _TICKS))

    @Slot(float)
    def _on_typed(self, value: float) -> None:
        self.set_value(value)
        self.turned.emit(self.name, value)

    @Slot(int)
    def _on_slid(self, tick: int) -> None:
        value = round(tick * _REACH / _TICKS, 4)
        with QSignalBlocker(self.box):
            self.box.setValue(value)
        self.turned.emit(self.name, value)


def columns_for(width: int) -> int:
    """How many boxes stand side by side in so many pixels."""
    return min(max(width // 190, 1), MOST_VARIABLES)
