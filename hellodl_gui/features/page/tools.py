"""Tool bar of the page."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from core.formatting import format_percent
from core.translation import tr
from hellodl_gui.features.page.box_editor import BoxEditor
from hellodl_gui.features.page.tool_table import BUTTONS, MENU, Tool
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.focus_shortcuts import set_redo_shortcuts
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.layout.boxes import hbox

_MORE = "more"
_OF_A_BOX = (
    ("space", "forget"),
    ("split", "halve", "scissors", "join", "tight"),
    ("duplicate", "delete"),
    ("all", "undo", "redo"),
)


class PageTools(QWidget):
    """`runs`: what the tools do, by their names; that of a switch takes its new state.

    Attributes: `actions_by_name`; `more`, the menu at the end of the row.
    """

    def __init__(self, editor: BoxEditor, runs: Mapping[str, Callable[..., object]]) -> None:
        super().__init__()
        self._editor = editor
        self._needs: list[tuple[QAction, str]] = []
        self._buttons: dict[str, QToolButton] = {}
        self.actions_by_name: dict[str, QAction] = {}
        self.more = QMenu(self)
        self.more.setToolTipsVisible(True)
        self._row = hbox(spacing=2, on=self)
        for tool in (*BUTTONS, *MENU):
            self._add(tool.name, self._action(tool, runs.get(tool.name)), tool in MENU)
            if tool.name == "open":
                self._add_history()
        more = QAction(tr("More"), self)
        more.setToolTip(tr("More actions for boxes"))
        self._add(_MORE, more, folded=False)
        self.give_menu(_MORE, self.more)
        self._row.addStretch(1)
        self._zoom = quiet(QLabel())
        self._zoom.setToolTip(tr("Screen pixels per photo pixel"))
        self._row.addWidget(self._zoom)
        # The arrow would lie on the icon, which says enough.
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        document = editor.document
        document.opened.connect(self._on_change)
        document.boxes_changed.connect(self._on_change)
        document.selection_changed.connect(self._on_change)
        themes().changed.connect(self._on_theme)
        self._on_change()
        self._on_theme()

    def give_menu(self, name: str, menu: QMenu) -> None:
        """Let a button open a menu."""
        button = self._buttons[name]
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def box_menu(self, parent: QWidget) -> QMenu:
        """What can be done with the chosen boxes."""
        menu = QMenu(parent)
        menu.setToolTipsVisible(True)
        for group in _OF_A_BOX:
            menu.addActions([self.actions_by_name[name] for name in group])
            menu.addSeparator()
        return menu

    def show_zoom(self, zoom: float) -> None:
        """Say how large the photo is shown: 1 is pixel for pixel."""
        self._zoom.setText(format_percent(zoom, 0))

    def _action(self, tool: Tool, run: Callable[..., object] | None) -> QAction:
        action = QAction(tr(tool.text), self)
        keys = QKeySequence(tool.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{tr(tool.tip)} ({keys})" if keys else tr(tool.tip))
        if tool.on is not None:
            action.setCheckable(True)
            action.setChecked(tool.on)
        if run is not None and tool.on is not None:
            action.toggled.connect(run)
        elif run is not None:
            action.triggered.connect(lambda: run())
        if tool.shortcut:
            action.setShortcut(QKeySequence(tool.shortcut))
        if tool.needs:
            self._needs.append((action, tool.needs))
        return action

    def _add_history(self) -> None:
        stack = self._editor.undo
        for name, action, keys in (
            ("undo", stack.createUndoAction(self, tr("Undo")), QKeySequence.StandardKey.Undo),
            ("redo", stack.createRedoAction(self, tr("Redo")), QKeySequence.StandardKey.Redo),
        ):
            action.setShortcuts(keys)
            if name == "redo":
                set_redo_shortcuts(action)
            self._add(name, action, folded=False)

    def _add(self, name: str, action: QAction, folded: bool) -> None:
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.actions_by_name[name] = action
        if folded:
            self.more.addAction(action)
            return
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(20, 20))
        button.setProperty("flat", True)
        self._buttons[name] = button
        self._row.addWidget(button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Buttons for which there is no room move into the menu at the end."""
        super().resizeEvent(event)
        spare = self._buttons[_MORE].sizeHint().width()
        spare += self._zoom.fontMetrics().horizontalAdvance("2,000%") + self._row.spacing()
        room = self.width() - spare
        first = self.more.actions()[0]
        for name, button in self._buttons.items():
            if name == _MORE:
                continue
            room -= button.sizeHint().width() + self._row.spacing()
            action = self.actions_by_name[name]
            if room < 0 and not button.isHidden():
                self.more.insertAction(first, action)
            elif room >= 0 and button.isHidden():
                self.more.removeAction(action)
            button.setVisible(room >= 0)

    def _on_change(self, *_: object) -> None:
        document = self._editor.document
        present = {
            "page": document.page is not None,
            "choice": bool(document.selected),
            "several": len(document.selected) > 1,
        }
        for action, needs in self._needs:
            action.setEnabled(present[needs])

    @Slot()
    def _on_theme(self) -> None:
        for name in self._buttons:
            self.actions_by_name[name].setIcon(icon(name, themes().theme.text))
