"""Strip of the pipeline stages from photo to glyphs, a thumbnail and knobs for each."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractButton, QLabel, QSizePolicy, QWidget

from core.formatting import format_number
from core.knobs import Knob
from core.ocr.settings import PageSettings
from core.ocr.stages import STAGES, PipelineStage
from core.translation import tr
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.knob_control import KnobControl
from hellodl_gui.ui.layout.boxes import hbox, vbox

_HEIGHT = 92
_CAPTION = 20
_ROUND = 4.0
_WIDEST = 150
_KNOB = 300


class StageButton(QAbstractButton):
    """One stage: its picture with its name below; pressed while it is shown large."""

    def __init__(self, kind: PipelineStage) -> None:
        super().__init__()
        self.kind = kind
        self._pixmap = QPixmap()
        self.setCheckable(True)
        self.setText(tr(kind.title))
        self.setToolTip(tr("{help} Click to enlarge and adjust it.").format(help=tr(kind.help)))
        self.setAccessibleName(tr(kind.title))
        self.setAccessibleDescription(tr(kind.help))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)
        self.setMinimumWidth(40)
        self.setMaximumWidth(_WIDEST)
        themes().changed.connect(self.update)

    def show_picture(self, picture: NDArray[np.uint8]) -> None:
        """Show (h, w, 3) RGB."""
        height, width, _ = picture.shape
        image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._pixmap = QPixmap.fromImage(image)
        self.update()

    def has_picture(self) -> bool:
        """Is there anything to see?"""
        return not self._pixmap.isNull()

    def sizeHint(self) -> QSize:
        """A small landscape."""
        return QSize(110, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Picture, name, and a frame for pointer, focus or choice."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        theme = themes().theme
        room = QRectF(3, 3, self.width() - 6, self.height() - _CAPTION - 5)
        place = QRectF(room)
        if self.has_picture():
            size = self._pixmap.size().scaled(
                room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio
            )
            place.setSize(size.toSizeF())
            place.moveCenter(room.center())
            painter.drawPixmap(place, self._pixmap, QRectF(self._pixmap.rect()))
        else:
            painter.fillRect(place, QColor(theme.raised))
        marked = self.isChecked() or self.hasFocus() or self.underMouse()
        painter.setPen(QPen(QColor(theme.accent if marked else theme.line), 2 if marked else 1))
        painter.drawRoundedRect(place.adjusted(-1, -1, 1, 1), _ROUND, _ROUND)
        painter.setPen(QColor(theme.text if self.isChecked() else theme.quiet))
        font = painter.font()
        font.setBold(self.isChecked())
        painter.setFont(font)
        caption = QRectF(0, self.height() - _CAPTION, self.width(), _CAPTION)
        said = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, said)


class StageStrip(QWidget):
    """Attributes: `stage`, the key of the one shown large, or "".

    Signals: `stage_changed(str)` another stage is to be shown large, "" the photo again;
    `turned(str, float)` a knob of the page, by its name in `PageSettings`, and its value;
    `came` the strip can be seen now.
    """

    stage_changed = Signal(str)
    turned = Signal(str, float)
    came = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.stage = ""
        self._controls: dict[str, KnobControl] = {}
        self._buttons: dict[str, StageButton] = {}
        self._about = QLabel()
        self._about.setWordWrap(True)
        self._close = tool_button("", tr("Show the photo again (Esc)"), lambda: self.enlarge(""))
        self._close.setProperty("flat", True)
        self._close.setAccessibleName(tr("Show the photo again"))
        self._card = QWidget()
        card = hbox((self._about, 1), margins=(2, 4, 2, 0), spacing=16, on=self._card)
        pictures = hbox(spacing=4)
        for stage in STAGES:
            button = StageButton(stage)
            button.clicked.connect(lambda _=False, key=stage.key: self._on_clicked(key))
            self._buttons[stage.key] = button
            pictures.addWidget(button, 100)
            for knob in stage.settings:
                control = KnobControl(knob, knob.default)
                control.setToolTip(_tip(knob))
                control.setFixedWidth(_KNOB)
                control.turned.connect(self.turned)
                control.hide()
                self._controls[knob.key] = control
                card.addWidget(control)
        pictures.addStretch(1)
        card.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._card.hide()
        vbox(self._card, pictures, spacing=4, on=self)
        # As a row of pictures it may be narrower than its names.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self._on_theme)
        self._on_theme()

    def show_pictures(self, pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        """Show small pictures (h, w, 3) by stage."""
        for key, picture in pictures.items():
            self._buttons[key].show_picture(picture)

    def show_settings(self, settings: PageSettings) -> None:
        """Let the knobs stand as the page was looked at."""
        for key, control in self._controls.items():
            control.set_value(float(getattr(settings, key)))

    def enlarge(self, stage: str) -> None:
        """Show a stage large, with its knobs; "" shows the photo."""
        if stage == self.stage:
            return
        self.stage = stage
        for key, button in self._buttons.items():
            button.setChecked(key == stage)
        shown: Sequence[str] = ()
        if stage:
            kind = self._buttons[stage].kind
            self._about.setText(f"<b>{tr(kind.title)}.</b> {tr(kind.help)}")
            shown = [setting.key for setting in kind.settings]
        for name, control in self._controls.items():
            control.setVisible(name in shown)
        self._card.setVisible(bool(stage))
        self.stage_changed.emit(stage)

    def _on_clicked(self, key: str) -> None:
        self.enlarge("" if key == self.stage else key)

    @Slot()
    def _on_theme(self) -> None:
        self._close.setIcon(icon("close", themes().theme.quiet))

    def showEvent(self, event: QShowEvent) -> None:
        """Pictures are only kept up to date while somebody can see them."""
        super().showEvent(event)
        self.came.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape shows the photo again."""
        if event.key() == Qt.Key.Key_Escape and self.stage:
            self.enlarge("")
        else:
            super().keyPressEvent(event)


def _tip(knob: Knob) -> str:
    """Name, help and range of a knob of the page, which acts at once."""
    lines = [f"<b>{tr(knob.label)}</b>", tr(knob.help)]
    if not knob.choices:
        low, high = format_number(knob.low, 6), format_number(knob.high, 6)
        unit, default = tr(knob.unit), knob.text(knob.default)
        words = tr("{low} to {high} {unit}, default {default}.")
        words = words.format(low=low, high=high, unit=unit, default=default)
        lines.append(words.replace(" ,", ","))
    return "<br>".join(lines)
