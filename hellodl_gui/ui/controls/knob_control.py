"""Control of one knob: value field, slider, unit and help."""

import math

from PySide6.QtCore import QEvent, QObject, QRectF, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from core.errors import KnobError
from core.knobs import Knob
from core.translation import tr
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.render_mode import TOOL
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.elided_combo import ElidedCombo
from hellodl_gui.ui.controls.inputs import NumberEdit, Slider
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox

_TICKS = 1000
_HANDLE = 16
_LETTERS, _CHOICE = 8, 10  # of a name, of a choice, where there is no room for more


class _Slider(Slider):
    """A slider with a mark at the default."""

    def __init__(self, mark: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._mark = mark
        self.setRange(0, _TICKS)
        self.setPageStep(_TICKS // 10)
        self.setSingleStep(_TICKS // 100)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The mark lies below the groove, out of the handle's way."""
        super().paintEvent(event)
        painter = QPainter(self)
        x = _HANDLE / 2 + self._mark / _TICKS * (self.width() - _HANDLE)
        painter.fillRect(QRectF(x - 1, self.height() - 4, 2, 4), QColor(themes().theme.quiet))


class _Name(ElidedLabel):
    """As wide as its text; where the panel is narrow its first letters will do."""

    def __init__(self, text: str) -> None:
        super().__init__(text=text)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """All of it."""
        wide = self.fontMetrics().horizontalAdvance(self.text()) + 1
        return QSize(wide, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Enough to tell it from the others."""
        least = _LETTERS * self.fontMetrics().averageCharWidth()
        return self.sizeHint().boundedTo(QSize(least, self.sizeHint().height()))


class KnobControl(QWidget):
    """A knob to turn with mouse, wheel or keys.

    A mark shows the default; a button beside the value, or a double click on the name, brings it
    back. What cannot be taken is explained below, and the value in force is shown again.

    Signals: `turned(str, float)` key and value, only ever a value the knob can take.
    """

    turned = Signal(str, float)

    def __init__(self, knob: Knob, value: float) -> None:
        super().__init__()
        self.setProperty(TOOL, True)
        self.knob = knob
        self._value = value
        self._name = _Name(tr(knob.label))
        self._name.installEventFilter(self)
        self._wrong = QLabel()
        self._wrong.setProperty("role", "wrong")
        self._wrong.setWordWrap(True)
        self._wrong.hide()
        self._box: NumberEdit | None = None
        self._slider: QSlider | None = None
        self._choice: QComboBox | None = None
        back = tr("Back to {default}").format(default=knob.text(knob.default))
        self._default = tool_button("", back, self._on_default)
        self._default.setAccessibleName(f"{tr(knob.label)}: {back}")
        self._default.setProperty("flat", True)
        self._default.setIconSize(QSize(14, 14))
        kept = self._default.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self._default.setSizePolicy(kept)

        top = hbox((self._name, 1), self._default, spacing=6)
        layout = vbox(top, margins=(0, 0, 0, 4), spacing=0, on=self)
        if knob.choices:
            self._choice = ElidedCombo()
            self._choice.setMinimumContentsLength(_CHOICE)
            self._choice.addItems([tr(choice) for choice in knob.choices])
            self._choice.currentIndexChanged.connect(self._on_choice)
            self._name.setBuddy(self._choice)
            top.addWidget(self._choice)
        else:
            self._make_number(knob, top, layout)
        layout.addWidget(self._wrong)
        self.setToolTip(self._tip())
        for part in (self._box, self._slider, self._choice):
            if part is not None:
                part.setAccessibleName(tr(knob.label))
                part.setAccessibleDescription(tr(knob.help))
        if self._slider is not None:
            self._slider.setAccessibleName(tr("{knob}: slider").format(knob=tr(knob.label)))
        self.setTabOrder(self._choice or self._slider or self, self._default)
        themes().changed.connect(self._on_theme)
        self._on_theme()
        self.set_value(value)

    def _make_number(self, knob: Knob, top: QHBoxLayout, layout: QVBoxLayout) -> None:
        self._box = NumberEdit()
        self._box.setFixedWidth(self._box.fontMetrics().horizontalAdvance("0.00000") + 20)
        self._box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._box.editingFinished.connect(self._on_typed)
        self._box.textEdited.connect(lambda: self._complain(""))
        self._box.escaped.connect(lambda: self.set_value(self._value))
        self._name.setBuddy(self._box)
        top.addWidget(self._box)
        if knob.unit:
            top.addWidget(quiet(QLabel(tr(knob.unit))))
        self._slider = _Slider(self._tick(knob.default))
        self._slider.valueChanged.connect(self._on_slid)
        layout.addWidget(self._slider)

    def set_value(self, value: float) -> None:
        """Show another value without saying so."""
        self._value = value
        if self._choice is not None:
            with QSignalBlocker(self._choice):
                self._choice.setCurrentIndex(round(value))
        if self._box is not None and self._slider is not None:
            self._box.setText(self.knob.text(value))
            with QSignalBlocker(self._slider):
                self._slider.setValue(self._tick(value))
        self._default.setVisible(value != self.knob.default)
        self._complain("")

    def _tip(self) -> str:
        knob = self.knob
        when = tr("the next mini-batch") if knob.live else tr("the next start")
        lines = [f"<b>{tr(knob.label)}</b>", tr(knob.help)]
        if not knob.choices:
            unit = f" {tr(knob.unit)}" if knob.unit else ""
            lines.append(
                tr("{low} to {high}{unit}, default {default}.").format(
                    low=knob.text(knob.low),
                    high=knob.text(knob.high),
                    unit=unit,
                    default=knob.text(knob.default),
                )
            )
        lines.append(tr("Takes effect at {when}.").format(when=when))
        return "<br>".join(lines)

    def _tick(self, value: float) -> int:
        knob = self.knob
        if knob.scale == "log":
            share = math.log(value / knob.low) / math.log(knob.high / knob.low)
        else:
            share = (value - knob.low) / ((knob.high - knob.low) or 1)
        return round(share * _TICKS)

    @Slot(int)
    def _on_slid(self, tick: int) -> None:
        knob = self.knob
        share = tick / _TICKS
        if knob.scale == "log":
            value = knob.low * (knob.high / knob.low) ** share
        else:
            value = knob.low + share * (knob.high - knob.low)
        rounded = value if knob.integer else float(f"{value:.3g}")
        self._turn(min(max(rounded, knob.low), knob.high))

    @Slot()
    def _on_typed(self) -> None:
        assert self._box is not None
        if self._box.text() == self.knob.text(self._value):
            # The box shows fewer digits than the value has: leaving it must not round the value.
            return
        try:
            value = self.knob.parse(self._box.text())
        except KnobError as error:
            self.set_value(self._value)
            self._complain(
                tr("{wrong} It stays at {value}.").format(
                    wrong=error, value=self.knob.text(self._value)
                )
            )
            return
        self._turn(value)

    @Slot(int)
    def _on_choice(self, index: int) -> None:
        self._turn(float(index))

    @Slot()
    def _on_default(self) -> None:
        self._turn(self.knob.default)

    def _on_theme(self) -> None:
        self._default.setIcon(icon("reset", themes().theme.quiet))

    def _turn(self, value: float) -> None:
        value = self.knob.coerce(value)
        changed = value != self._value
        self.set_value(value)
        if changed:
            self.turned.emit(self.knob.key, value)

    def _complain(self, sentence: str) -> None:
        self._wrong.setText(sentence)
        self._wrong.setVisible(bool(sentence))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A double click on the name brings the default back."""
        if watched is self._name and event.type() == QEvent.Type.MouseButtonDblClick:
            self._turn(self.knob.default)
            return True
        return super().eventFilter(watched, event)


if __name__ == "__main__":
    from hellodl_gui.ui.demo import show

    rate = Knob("lr", "Learning rate", 0.1, 1e-4, 1.0, "log", help="How far each step goes.")
    show(lambda: KnobControl(rate, 0.03))
