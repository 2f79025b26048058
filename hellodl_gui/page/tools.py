"""The row of tools above the page."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget

from core.ocr.settings import PageSettings
from hellodl_gui.page.editor import Editor, tr
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.manager import themes

_SHARES = 100
_WIDE = 520  # pixels: narrower, the slider goes without its name


@dataclass(frozen=True)
class Tool:
    """One button: icon, text, tip, what it does, keys, and what must be there for it to work."""

    icon: str
    text: str
    tip: str
    run: Callable[[], object]
    shortcut: str = ""
    needs: str = ""


class PageTools(QWidget):
    """Attributes: `settings`, how characters are to be found; `actions_by_icon`.

    Signals: `settings_changed` the slider was moved.
    """

    settings_changed = Signal()

    def __init__(self, editor: Editor, tools: list[Tool]) -> None:
        super().__init__()
        self._editor = editor
        self._needs: list[tuple[QAction, str]] = []
        self.actions_by_icon: dict[str, QAction] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for tool in tools:
            action = self._action(tool)
            self._add(row, tool.icon, action)
            if tool.icon == "open":
                self._add_history(row)
        row.addSpacing(8)
        self._name = QLabel(tr("Sensitivity"))
        self._name.setProperty("role", "quiet")
        row.addWidget(self._name)
        row.addSpacing(6)
        self._sensitivity = QSlider(Qt.Orientation.Horizontal)
        self._sensitivity.setRange(0, _SHARES)
        self._sensitivity.setValue(round(PageSettings().sensitivity * _SHARES))
        self._sensitivity.setMinimumWidth(48)
        self._sensitivity.setMaximumWidth(140)
        self._sensitivity.setAccessibleName(tr("Sensitivity to faint ink"))
        self._sensitivity.setToolTip(
            tr("How faint a stroke may be and still count as ink. Moving it finds the boxes anew.")
        )
        self._sensitivity.valueChanged.connect(self.settings_changed)
        row.addWidget(self._sensitivity)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        document = editor.document
        document.opened.connect(self._on_change)
        document.boxes_changed.connect(self._on_change)
        document.selection_changed.connect(self._on_change)
        themes().changed.connect(self._on_theme)
        self._on_change()
        self._on_theme()

    @property
    def settings(self) -> PageSettings:
        """How characters are to be found."""
        return PageSettings(sensitivity=self._sensitivity.value() / _SHARES)

    def _action(self, tool: Tool) -> QAction:
        action = QAction(tool.text, self)
        keys = QKeySequence(tool.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{tool.tip} ({keys})" if keys else tool.tip)
        action.triggered.connect(lambda _=False, run=tool.run: run())
        if tool.shortcut:
            action.setShortcut(QKeySequence(tool.shortcut))
        if tool.needs:
            self._needs.append((action, tool.needs))
        return action

    def _add_history(self, row: QHBoxLayout) -> None:
        stack = self._editor.undo
        for name, action, keys in (
            ("undo", stack.createUndoAction(self, tr("Undo")), QKeySequence.StandardKey.Undo),
            ("redo", stack.createRedoAction(self, tr("Redo")), QKeySequence.StandardKey.Redo),
        ):
            action.setShortcuts(keys)
            self._add(row, name, action)

    def _add(self, row: QHBoxLayout, name: str, action: QAction) -> None:
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.actions_by_icon[name] = action
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(20, 20))
        button.setProperty("flat", True)
        row.addWidget(button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The slider's name needs room."""
        super().resizeEvent(event)
        self._name.setVisible(self.width() >= _WIDE)

    def _on_change(self, *_: object) -> None:
        document = self._editor.document
        present = {"page": document.page is not None, "choice": bool(document.selected)}
        for action, needs in self._needs:
            action.setEnabled(present[needs])
        self._sensitivity.setEnabled(present["page"])

    @Slot()
    def _on_theme(self) -> None:
        for name, action in self.actions_by_icon.items():
            action.setIcon(icon(name, themes().theme.text))
