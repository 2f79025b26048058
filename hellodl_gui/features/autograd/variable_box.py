"""Input of one formula variable: name, number field and slider."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from core.formatting import tr_format
from core.inspect.teach.formula import MOST_VARIABLES
from hellodl_gui.ui.controls.inputs import Slider
from hellodl_gui.ui.controls.labels import label_of
from hellodl_gui.ui.controls.number_box import NumberBox
from hellodl_gui.ui.layout.boxes import hbox

_REACH, _TICKS, _LARGEST = 5.0, 200, 1e6


class VariableBox(QWidget):
    """The slider goes from −5 to 5; the box takes any number up to a million.

    Signals: `turned(str, float)` name and value.
    """

    turned = Signal(str, float)

    def __init__(self, name: str, value: float) -> None:
        super().__init__()
        self.name = name
        self.box = NumberBox(
            decimals=4,
            minimum=-_LARGEST,
            maximum=_LARGEST,
            singleStep=0.1,
            keyboardTracking=False,
            buttonSymbols=NumberBox.ButtonSymbols.NoButtons,
            accessibleName=name,
            toolTip=tr_format("The value of {name}; arrow keys change it by 0.1", name=name),
        )
        self.box.setFixedWidth(self.box.fontMetrics().horizontalAdvance("−0000.0000"))
        self.slider = Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(-_TICKS, _TICKS)
        self.slider.setMinimumWidth(50)
        self.slider.setAccessibleName(tr_format("{name}: slider", name=name))
        self.slider.setToolTip(tr_format("Turns {name} from −5 to 5", name=name))
        hbox(label_of(name, self.box), self.box, (self.slider, 1), spacing=6, on=self)
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
