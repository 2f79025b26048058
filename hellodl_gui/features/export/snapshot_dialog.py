"""Snapshot dialog: format, scale, background and title, with a preview."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.translation import tr
from hellodl_gui.features.export.background import Background
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.inputs import ComboBox

_PREVIEW = 460, 320
_SCALES = (1, 2, 3, 4)
_USUAL_SCALE = 2


@dataclass(frozen=True)
class SnapshotSettings:
    """`ending` .png or .svg, `scale` pixels for one of the screen, the ground, a title or none,
    and whether the view keeps its buttons and sliders.
    """

    ending: str = ".png"
    scale: int = _USUAL_SCALE
    ground: Background = Background.SCREEN
    titled: bool = True
    controls: bool = False


class SnapshotDialog(QDialog):
    """Format, size, ground and title, with a preview. Attributes: `copies`, whether the picture is
    to go to the clipboard in place of a file.
    """

    def __init__(
        self,
        title: str,
        size: tuple[int, int],
        first: SnapshotSettings,
        preview: Callable[[SnapshotSettings], QImage],
        parent: QWidget | None = None,
    ) -> None:
        """`size` of the view on the screen, in pixels."""
        super().__init__(parent)
        self.setWindowTitle(tr("Picture of {what}").format(what=title))
        self.copies = False
        self._preview = preview
        self._picture = QLabel()
        self._picture.setFixedSize(*_PREVIEW)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setAccessibleName(tr("Preview"))
        self._format = ComboBox()
        self._format.addItem(tr("PNG: pixels, for slides and the web"), ".png")
        self._format.addItem(tr("SVG: sharp at any size, text as outlines"), ".svg")
        self._format.setToolTip(tr("An SVG needs no font: it looks the same everywhere"))
        self._scale = ComboBox()
        for scale in _SCALES:
            width, height = (side * scale for side in size)
            self._scale.addItem(f"{scale}× · {width:,} × {height:,}", scale)
        self._scale.setToolTip(tr("Size of a PNG in pixels"))
        self._ground = ComboBox()
        for ground, words in (
            (Background.SCREEN, tr("as on the screen")),
            (Background.WHITE, tr("white")),
            (Background.CLEAR, tr("transparent, dark text")),
            (Background.CLEAR_FOR_DARK, tr("transparent, light text")),
        ):
            self._ground.addItem(words, ground)
        self._ground.setToolTip(tr("Background of the picture"))
        self._titled = QCheckBox(tr("Title above the view"))
        self._titled.setToolTip(tr("Name of the view, chapter and mini-batch"))
        self._controls = QCheckBox(tr("Buttons and sliders"))
        self._controls.setToolTip(tr("As on screen; without them the picture has more room"))
        self._set(first)
        self._lay_out()
        self._format.currentIndexChanged.connect(self._on_format)
        self._ground.currentIndexChanged.connect(self._show)
        self._titled.toggled.connect(self._show)
        self._controls.toggled.connect(self._show)
        self._on_format()
        self._show()

    def _set(self, choice: SnapshotSettings) -> None:
        self._format.setCurrentIndex(self._format.findData(choice.ending))
        self._scale.setCurrentIndex(_SCALES.index(choice.scale))
        grounds = [self._ground.itemData(i) for i in range(self._ground.count())]
        self._ground.setCurrentIndex(grounds.index(choice.ground))
        self._titled.setChecked(choice.titled)
        self._controls.setChecked(choice.controls)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(tr("&Format"), self._format)
        form.addRow(tr("&Size"), self._scale)
        form.addRow(tr("&Background"), self._ground)
        form.addRow("", self._titled)
        form.addRow("", self._controls)
        save = QPushButton(tr("Save…"))
        save.setProperty("main", True)
        save.setDefault(True)
        save.clicked.connect(self.accept)
        copy = QPushButton(tr("Copy"))
        copy.setToolTip(tr("Copy to the clipboard, as pixels"))
        copy.clicked.connect(self._on_copy)
        cancel = QPushButton(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (cancel, copy, save):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self._picture)
        column.addLayout(form)
        column.addLayout(buttons)

    @property
    def choice(self) -> SnapshotSettings:
        """What is chosen."""
        return SnapshotSettings(
            self._format.currentData(),
            self._scale.currentData(),
            self._ground.currentData(),
            self._titled.isChecked(),
            self._controls.isChecked(),
        )

    def _on_format(self) -> None:
        self._scale.setEnabled(self._format.currentData() == ".png")

    def _on_copy(self) -> None:
        self.copies = True
        self.accept()

    def _show(self) -> None:
        """The picture as it will be, on a ground that a transparent one lets shine through."""
        choice = self.choice
        ground = {Background.CLEAR: "#ffffff", Background.CLEAR_FOR_DARK: "#000000"}.get(
            choice.ground
        )
        line = themes().theme.line
        self._picture.setStyleSheet(
            f"border: 1px {'dashed' if choice.ground.clear else 'solid'} {line};"
            + (f" background: {ground};" if ground else "")
        )
        image = self._preview(choice)
        ratio = self.devicePixelRatioF()
        fitted = image.scaled(
            round((_PREVIEW[0] - 4) * ratio),
            round((_PREVIEW[1] - 4) * ratio),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(ratio)
        self._picture.setPixmap(QPixmap.fromImage(fitted))
