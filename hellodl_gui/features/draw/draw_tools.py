"""Tool bar of the drawing pad: eraser, pen width, undo, redo, clear, a sample of the test set."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QUndoStack
from PySide6.QtWidgets import QToolButton, QWidget

from core.translation import tr
from hellodl_gui.features.draw.draw_pad import THICKEST, THINNEST, USUAL
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.inputs import Slider
from hellodl_gui.ui.layout.boxes import hbox


class DrawTools(QWidget):
    """Eraser, thickness, undo, redo, clear, a picture of the test set.

    The keys work wherever the focus is in `owner`.
    Attributes: `actions_by_name`; `thickness`, in percent of the sheet's side.
    Signals: `erases_changed(bool)`, `thickness_changed(float)`, `clear_wanted()`,
    `sample_wanted()`.
    """

    erases_changed = Signal(bool)
    thickness_changed = Signal(float)
    clear_wanted = Signal()
    sample_wanted = Signal()

    def __init__(self, owner: QWidget, undo: QUndoStack) -> None:
        super().__init__()
        self.actions_by_name: dict[str, QAction] = {}
        self._owner = owner
        self._row = hbox(spacing=2, on=self)
        rubber = QAction(tr("Eraser"), self)
        rubber.setCheckable(True)
        rubber.toggled.connect(self.erases_changed)
        self._add("eraser", rubber, tr("Erase; the right mouse button always does"), "E")
        rubber.toggled.connect(self._on_theme)
        self._slider = Slider(Qt.Orientation.Horizontal)
        self._slider.setRange(round(THINNEST), round(THICKEST))
        self._slider.setValue(round(USUAL))
        self._slider.setMinimumWidth(40)
        self._slider.setMaximumWidth(150)
        self._slider.setAccessibleName(tr("Pen thickness"))
        self._slider.valueChanged.connect(self._on_thickness)
        self._row.addWidget(self._slider, 1)
        self._on_thickness(self._slider.value())
        self._add("undo", undo.createUndoAction(self, tr("Undo")), "", "Ctrl+Z")
        self._add("redo", undo.createRedoAction(self, tr("Redo")), "", "Ctrl+Shift+Z", "Ctrl+Y")
        clear = QAction(tr("Clear"), self)
        clear.triggered.connect(self.clear_wanted)
        self._add("delete", clear, tr("Clear the drawing"), "Del")
        sample = QAction(tr("Test picture"), self)
        self._add(
            "sample",
            sample,
            tr("Load the selected test picture to draw over it; press again for another"),
            "Ctrl+I",
        )  # fmt: skip
        sample.triggered.connect(self.sample_wanted)
        self._row.addStretch(1)
        for key, by in (("[", -1), ("]", 1)):
            action = QAction(self)
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(lambda _=False, by=by: self.thicken(by))
            self._give(action)
        themes().changed.connect(self._on_theme)
        self._on_theme()

    @property
    def thickness(self) -> float:
        """Of the pen, percent of the sheet's side."""
        return float(self._slider.value())

    def thicken(self, by: float) -> None:
        """Thicker or thinner by so many percent."""
        self.set_thickness(self.thickness + by)

    def set_thickness(self, percent: float) -> None:
        """As thick as that, within what there is."""
        self._slider.setValue(round(percent))

    def _add(self, name: str, action: QAction, tip: str, *keys: str) -> None:
        action.setShortcuts([QKeySequence(key) for key in keys])
        shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{tip or action.text()} ({shown})")
        self._give(action)
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(20, 20))
        button.setProperty("flat", True)
        button.setAccessibleName(action.text())
        self.actions_by_name[name] = action
        self._row.addWidget(button)

    def _give(self, action: QAction) -> None:
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._owner.addAction(action)

    @Slot(int)
    def _on_thickness(self, percent: int) -> None:
        shape = tr("Thickness: {percent} % of the sheet's side ([ and ], or the wheel)")
        self._slider.setToolTip(shape.format(percent=percent))
        self.thickness_changed.emit(float(percent))

    def _on_theme(self, *_: object) -> None:
        theme = themes().theme
        for name, action in self.actions_by_name.items():
            checked = action.isCheckable() and action.isChecked()
            action.setIcon(icon(name, theme.on_accent if checked else theme.text))
