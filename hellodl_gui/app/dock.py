"""Dock widget with a title bar that maximises on a double click, and a context menu."""

from PySide6.QtCore import QEvent, QPoint, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QContextMenuEvent, QMouseEvent, QMoveEvent
from PySide6.QtWidgets import QDockWidget, QWidget

from core.translation import tr
from hellodl_gui.app.dock_area import DockArea
from hellodl_gui.app.dock_title import DockTitle
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes


class Dock(QDockWidget):
    """Holds one panel.

    Attributes: `key`, the panel's; `panel`, it itself; `maximise`, `float`, `explain`, `close_it`,
    what its menu offers beside the ways to share it.
    Signals: `maximise_wanted(Dock)`; `closed(Dock)` by its button or a menu;
    `explain_wanted(Dock)`; `share_wanted(Dock, QPoint)` and `menu_wanted(Dock, QPoint)` a menu is
    wanted there on the screen, of the ways to share it or of everything; `stop_wanted()` the share
    button was clicked while the dock is recorded.
    """

    maximise_wanted = Signal(object)
    closed = Signal(object)
    explain_wanted = Signal(object)
    share_wanted = Signal(object, QPoint)
    menu_wanted = Signal(object, QPoint)
    stop_wanted = Signal()

    def __init__(self, key: str, title: str, content: QWidget) -> None:
        super().__init__(title.replace("&", "&&"))
        self.key = key
        self.panel = content
        self.setObjectName(f"dock-{key}")
        self._recorded = False
        self._lit = False
        self._largest = False
        self._tabbed = False
        self._share = QAction(self)
        self._share.triggered.connect(self._on_share)
        self._more = QAction(tr("All actions of this panel"), self)
        self._more.triggered.connect(self._on_more)
        self.maximise = QAction(self)
        self.maximise.triggered.connect(lambda: self.maximise_wanted.emit(self))
        self.float = QAction(self)
        self.float.triggered.connect(lambda: self.setFloating(not self.isFloating()))
        self.explain = QAction(tr("What is this?"), self)
        self.explain.triggered.connect(lambda: self.explain_wanted.emit(self))
        self.close_it = QAction(tr("Close"), self)
        self.close_it.setToolTip(tr("Close this panel; reopen it from the menu Panels"))
        self.close_it.triggered.connect(self.close)
        self._title = DockTitle((self._share, self._more, self.maximise, self.close_it))
        self.setTitleBarWidget(self._title)
        self.setWidget(DockArea(content))
        self.topLevelChanged.connect(self._on_placed)
        self.topLevelChanged.connect(self._on_floated)
        content.windowTitleChanged.connect(self._on_title)
        themes().changed.connect(self._restyle)
        self._restyle()
        self._name()

    def actions_of_panel(self) -> tuple[QAction, ...]:
        """What its menu begins with."""
        return self.maximise, self.float, self.explain, self.close_it

    @property
    def behind(self) -> bool:
        """Whether another tab was in front of it when it could be seen last."""
        content = self.widget()
        return content is not None and content.isHidden()

    def _on_placed(self, *_: object) -> None:
        """Qt moves a dock behind another tab out of the window and takes it for visible all the
        same: its content would go on asking, computing and drawing for nobody.
        """
        content = self.widget()
        seen = self.isFloating() or self.geometry().right() >= 0
        if content is not None and seen == content.isHidden():
            content.setVisible(seen)
            content.updateGeometry()

    def _on_floated(self, floating: bool) -> None:
        """Put back among others it stays in sight."""
        self._restyle()
        if not floating:
            QTimer.singleShot(0, self, self.raise_)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell that it is put away."""
        super().closeEvent(event)
        self.closed.emit(self)

    def moveEvent(self, event: QMoveEvent) -> None:
        """To the front, or behind another tab."""
        super().moveEvent(event)
        self._on_placed()

    @Slot(str)
    def _on_title(self, title: str) -> None:
        """The panel calls itself something else, as when it has news."""
        self.setWindowTitle(title.replace("&", "&&"))
        self._name()

    def set_tabbed(self, on: bool) -> None:
        """Whether a tab above says its name already; then the title tells what it shows."""
        self._tabbed = on
        self._name()

    def _name(self) -> None:
        about = self.panel.toolTip().split(". ")[0]
        self._title.say(about if self._tabbed else self.windowTitle().replace("&&", "&"))

    def set_recorded(self, on: bool) -> None:
        """Show that this dock is being recorded, or no longer."""
        self._recorded = on
        self._restyle()

    def set_lit(self, on: bool) -> None:
        """Show that keys and menus mean this panel, or no longer."""
        if on != self._lit:
            self._lit = on
            self._title.set_lit(on)

    def set_largest(self, on: bool) -> None:
        """Say whether it has all the room."""
        self._largest = on
        self._restyle()

    def _restyle(self, *_: object) -> None:
        theme = themes().theme
        if self._recorded:
            self._share.setText(tr("Recording: click to stop"))
            self._share.setIcon(icon("record", theme.bad))
        else:
            self._share.setText(tr("Share this view: picture, numbers, film"))
            self._share.setIcon(icon("share", theme.quiet))
        self._more.setIcon(icon("more", theme.quiet))
        self.maximise.setIcon(icon("fit", theme.quiet))
        self.maximise.setText(tr("Restore") if self._largest else tr("Maximise"))
        self.maximise.setToolTip(
            tr("Show the other panels again (Ctrl+M)")
            if self._largest
            else tr("Fill the window with this panel (Ctrl+M)")
        )
        self.float.setText(tr("Dock") if self.isFloating() else tr("Float"))
        self.float.setToolTip(tr("Move to its own window, or back"))
        self.close_it.setIcon(icon("close", theme.quiet))

    def _on_share(self) -> None:
        if self._recorded:
            self.stop_wanted.emit()
        else:
            self.share_wanted.emit(self, self._below_title())

    def _on_more(self) -> None:
        self.menu_wanted.emit(self, self._below_title())

    def _below_title(self) -> QPoint:
        corner = self._title.rect().bottomRight()
        return self._title.mapToGlobal(corner - QPoint(4 * self._title.height(), 0))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """A right click where nothing else has a menu, or the menu key."""
        self.menu_wanted.emit(self, event.globalPos())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """A double click on the title asks for all the room (Qt would float the dock)."""
        if (
            event.type() == QEvent.Type.MouseButtonDblClick
            and isinstance(event, QMouseEvent)
            and not self.isFloating()
            and event.position().y() < self._title.geometry().bottom()
        ):
            self.maximise_wanted.emit(self)
            return True
        return super().event(event)
