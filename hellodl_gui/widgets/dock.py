"""A dock whose title bar maximises on a double click, and shares what the dock shows."""

from PySide6.QtCore import QEvent, QPoint, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QToolButton, QWidget

from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.manager import themes

_ICON = QSize(14, 14)
_GAP = 4
_FLOAT_BUTTON = "qt_dockwidget_floatbutton"


class Dock(QDockWidget):
    """Holds one panel.

    Attributes: `key`, the panel's.
    Signals: `maximise_wanted(Dock)`; `share_wanted(Dock, QPoint)` a menu is wanted there on the
    screen, by the button in the title bar or a right click; `stop_wanted()` the button was clicked
    while the dock is recorded.
    """

    maximise_wanted = Signal(object)
    share_wanted = Signal(object, QPoint)
    stop_wanted = Signal()

    def __init__(self, key: str, title: str, content: QWidget) -> None:
        super().__init__(title.replace("&", "&&"))
        self.key = key
        self.setObjectName(f"dock-{key}")
        self.setWidget(content)
        keeps_room = content.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)  # or all panels would move with each tab
        content.setSizePolicy(keeps_room)
        self.topLevelChanged.connect(self._on_placed)
        self.topLevelChanged.connect(self._on_floated)
        content.windowTitleChanged.connect(self._on_title)
        self._recorded = False
        self._share = QToolButton(self)
        self._share.setProperty("flat", True)
        self._share.setIconSize(_ICON)
        self._share.clicked.connect(self._on_share)
        themes().changed.connect(self._restyle)
        self._restyle()

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
        if not floating:
            QTimer.singleShot(0, self, self.raise_)

    def moveEvent(self, event: QMoveEvent) -> None:
        """To the front, or behind another tab."""
        super().moveEvent(event)
        self._on_placed()

    @Slot(str)
    def _on_title(self, title: str) -> None:
        """The panel calls itself something else, as when it has news."""
        self.setWindowTitle(title.replace("&", "&&"))

    def set_recorded(self, on: bool) -> None:
        """Show that this dock is being recorded, or no longer."""
        self._recorded = on
        self._restyle()

    def _restyle(self, *_: object) -> None:
        theme = themes().theme
        if self._recorded:
            words = self.tr("Recording: click to stop")
            self._share.setIcon(icon("record", theme.bad))
        else:
            words = self.tr("Share this view: picture, numbers, film")
            self._share.setIcon(icon("share", theme.quiet))
        self._share.setToolTip(words)
        self._share.setAccessibleName(words)

    def _on_share(self) -> None:
        if self._recorded:
            self.stop_wanted.emit()
        else:
            corner = self._share.rect().bottomLeft()
            self.share_wanted.emit(self, self._share.mapToGlobal(corner))

    def _place_share(self) -> None:
        """In the title bar, left of what Qt has there; where the desktop draws it there is none."""
        content = self.widget()
        bar = content.y() if content is not None else 0
        side = self._share.sizeHint()
        self._share.setVisible(bar >= side.height() // 2)
        right = self.width() - _GAP
        button = self.findChild(QWidget, _FLOAT_BUTTON)
        if button is not None and button.isVisibleTo(self):
            right = button.x() - _GAP
        height = min(side.height(), bar)
        self._share.setGeometry(right - side.width(), (bar - height) // 2, side.width(), height)
        self._share.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The button keeps its place."""
        super().resizeEvent(event)
        self._place_share()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """A right click where nothing else has a menu, or the menu key."""
        self.share_wanted.emit(self, event.globalPos())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """A double click on the title asks for all the room (Qt would float the dock)."""
        if (
            event.type() == QEvent.Type.MouseButtonDblClick
            and isinstance(event, QMouseEvent)
            and not self.isFloating()
            and self.widget() is not None
            and event.position().y() < self.widget().y()
        ):
            self.maximise_wanted.emit(self)
            return True
        if event.type() == QEvent.Type.LayoutRequest:
            done = super().event(event)
            self._place_share()
            return done
        return super().event(event)
