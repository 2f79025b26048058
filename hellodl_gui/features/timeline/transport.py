"""Transport bar: play, pause, one mini-batch, one epoch, reset; speed and progress."""

import math

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from core.formatting import MISSING, format_count, format_fixed, format_number, format_percent
from core.training.metrics import LOSS, Metric
from core.translation import tr
from hellodl_gui.state.readout import Readout
from hellodl_gui.ui.controls.inputs import Slider
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import vbox_widget

_FULL = 100
_APART, _SPACING = 12, 8
_NARROW = 760
_GIVE_WAY = ("rate", "epoch", "step")  # numbers, in this order
_SLOWEST, _FASTEST = 1.0, 1000.0
_LONGEST_NAME = 13  # characters of a metric under its number; of longer ones the unit is shown


class TransportBar(QWidget):
    """The bar under everything. Its buttons are the window's actions.

    Signals: `speed_chosen(object)`, mini-batches a second, None for full speed.
    """

    speed_chosen = Signal(object)

    def __init__(self, actions: list[QAction]) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.setSpacing(_SPACING)
        for number, action in enumerate(actions):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setIconSize(QSize(22, 22))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            if number == 0:
                button.setProperty("main", True)
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                button.setMinimumWidth(96)
            layout.addWidget(button)
        layout.addSpacing(12)
        self._speed = Slider(Qt.Orientation.Horizontal)
        self._speed.setRange(0, _FULL)
        self._speed.setValue(_FULL)
        self._speed.setFixedWidth(120)
        self._speed.setAccessibleName(tr("Speed"))
        self._speed.setToolTip(tr("Mini-batches per second; at the right end, as fast as possible"))
        self._speed.valueChanged.connect(self._on_speed)
        self._speed_text = quiet(QLabel(tr("Full speed")))
        self._speed_text.setMinimumWidth(self.fontMetrics().horizontalAdvance("0000 batches/s "))
        layout.addWidget(self._speed)
        layout.addWidget(self._speed_text)
        self._busy = QProgressBar(textVisible=False)
        self._busy.setFixedSize(120, 6)
        self._busy.hide()
        self._status = ElidedLabel(Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self._status, 1)
        layout.addWidget(self._busy)
        layout.addSpacing(12)
        self._add_numbers(layout)

    def _add_numbers(self, layout: QHBoxLayout) -> None:
        self._numbers: dict[str, ElidedLabel] = {}
        self._captions: dict[str, ElidedLabel] = {}
        self._columns: dict[str, QWidget] = {}
        self._past = False
        for key, caption, widest in (
            ("step", tr("mini-batch"), "8,888,888"),
            ("epoch", tr("epoch"), "888.88"),
            ("rate", tr("samples/s"), "888,888"),
            ("metric", tr("test {metric}").format(metric=tr(LOSS.name)), "100.00 %"),
        ):
            value = self._numbers[key] = ElidedLabel(Qt.AlignmentFlag.AlignRight, "–")
            value.setProperty("role", "number")
            value.setMinimumWidth(int(self.fontMetrics().horizontalAdvance(widest) * 1.85))
            value.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
            text = quiet(ElidedLabel(Qt.AlignmentFlag.AlignRight, caption))
            self._captions[key] = text
            both = vbox_widget(value, text, margins=(0, 0, _APART, 0), spacing=0)
            self._columns[key] = both
            layout.addWidget(both)

    def show_numbers(self, shown: Readout) -> None:
        """How far training is, or was at the moment that is shown: then in another colour."""
        texts = {
            "step": format_count(shown.step),
            "epoch": format_fixed(shown.epoch, 2),
            "rate": format_fixed(shown.rate, 0) if shown.rate else MISSING,
            "metric": MISSING if shown.value is None else _short_text(shown.metric, shown.value),
        }
        for key, text in texts.items():
            self._numbers[key].say(text)
        step = tr("of {last}").format(last=format_count(shown.last))
        self._captions["step"].say(step if shown.past else tr("mini-batch"))
        before = shown.past and shown.tested not in (None, shown.step)
        tested = tr("tested at {step}").format(step=format_count(shown.tested or 0))
        long = len(shown.metric.name) > _LONGEST_NAME and shown.metric.unit
        caption = tr("test {metric}").format(metric=tr(long or shown.metric.name))
        self._captions["metric"].say(tested if before else caption)
        if shown.past != self._past:
            self._past = shown.past
            for key in ("step", "epoch", "metric"):
                self._numbers[key].setProperty("past", shown.past)
                self._numbers[key].style().polish(self._numbers[key])

    def show_status(self, text: str, done: int | None = None, total: int = 0) -> None:
        """What is going on; with `done` of `total` a bar beside it, in the place of the speed."""
        self._status.say(text)
        waiting = done is not None
        self._busy.setVisible(waiting)
        self._speed.setVisible(not waiting)  # so that the words are not cut
        self._speed_text.setVisible(not waiting)
        if done is not None:
            self._busy.setRange(0, total)
            self._busy.setValue(done)

    def minimumSizeHint(self) -> QSize:
        """On a narrow screen some numbers give way."""
        return QSize(min(_NARROW, super().minimumSizeHint().width()), super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many numbers as there is room for, the most important ones first."""
        super().resizeEvent(event)
        least = super().minimumSizeHint().width()
        gone = (key for key in _GIVE_WAY if self._columns[key].isHidden())
        least += sum(self._wide(key) + _SPACING for key in gone)
        for key in _GIVE_WAY:
            fits = least <= self.width()
            self._columns[key].setVisible(fits)
            least -= 0 if fits else self._wide(key) + _SPACING

    def _wide(self, key: str) -> int:
        return self._columns[key].minimumSizeHint().width()

    @Slot(int)
    def _on_speed(self, place: int) -> None:
        if place >= _FULL:
            self._speed_text.setText(tr("Full speed"))
            self.speed_chosen.emit(None)
            return
        speed = _SLOWEST * math.exp(place / (_FULL - 1) * math.log(_FASTEST / _SLOWEST))
        self._speed_text.setText(tr("{speed} batches/s").format(speed=format_fixed(speed, 0)))
        self.speed_chosen.emit(speed)


def _short_text(metric: Metric, value: float) -> str:
    """A value in the room of seven digits, without a unit other than “%”."""
    if not math.isfinite(value):
        return MISSING
    return format_percent(value, 2) if metric.percent else format_number(value, 4)
