"""Snapshot dialog: format, scale, background and title, with a preview."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from core.translation import tr
from hellodl_gui.features.export.background import Background
from hellodl_gui.features.export.options_dialog import OptionsDialog, option
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import push_button

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


class SnapshotDialog(OptionsDialog):
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
        formats = [
            (tr("PNG: pixels, for slides and the web"), ".png"),
            (tr("SVG: sharp at any size, text as outlines"), ".svg"),
        ]
        grounds = [
            (tr("as on the screen"), Background.SCREEN),
            (tr("white"), Background.WHITE),
            (tr("transparent, dark text"), Background.CLEAR),
            (tr("transparent, light text"), Background.CLEAR_FOR_DARK),
        ]
        width, height = size
        sizes = [(f"{n}× · {n * width:,} × {n * height:,}", n) for n in _SCALES]
        tip = tr("An SVG needs no font: it looks the same everywhere")
        self._format = option(formats, first.ending, tip)
        self._scale = option(sizes, first.scale, tr("Size of a PNG in pixels"))
        self._ground = option(grounds, first.ground, tr("Background of the picture"))
        self._titled = QCheckBox(tr("Title above the view"))
        self._titled.setToolTip(tr("Name of the view, chapter and mini-batch"))
        self._titled.setChecked(first.titled)
        self._controls = QCheckBox(tr("Buttons and sliders"))
        self._controls.setToolTip(tr("As on screen; without them the picture has more room"))
        self._controls.setChecked(first.controls)
        rows = [
            (tr("&Format"), self._format),
            (tr("&Size"), self._scale),
            (tr("&Background"), self._ground),
            ("", self._titled),
            ("", self._controls),
        ]
        copy = push_button(tr("Copy"), tr("Copy to the clipboard, as pixels"), self._on_copy)
        self.lay_out(rows, tr("Save…"), above=[self._picture], others=[copy])
        self._format.currentIndexChanged.connect(self._on_format)
        self._ground.currentIndexChanged.connect(self._show)
        self._titled.toggled.connect(self._show)
        self._controls.toggled.connect(self._show)
        self._on_format()
        self._show()

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
