"""Dock manager: arranges docks for a chapter, or maximises one."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QObject,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QGuiApplication, QMouseEvent, QWindow
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMainWindow,
    QMenu,
    QTabBar,
    QTabWidget,
    QToolBar,
    QWidget,
)

from core.translation import tr
from hellodl_gui.app.dock import Dock

_VERSION = 1
_COURSE, _KNOBS = "chapters", "knobs"
_COURSE_WIDTH, _KNOBS_WIDTH = 270, 325
_LEAST_VIEW = QSize(200, 180)  # smaller, two views in a row show less than one
_ACROSS, _DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical


class Docks(QObject):
    """Attributes: `by_key`, every dock of the window.

    Signals: `placed()` panels were put somewhere, above whatever floats over them.
    """

    placed = Signal()

    def __init__(self, window: QMainWindow, menu: QMenu) -> None:
        super().__init__(window)
        self.by_key: dict[str, Dock] = {}
        self._window = window
        self._menu = menu
        menu.setToolTipsVisible(True)
        self._groups: dict[str, QMenu] = {}
        self._last = ""
        self._share: Callable[[], None] = lambda: None  # how the room is shared until a click
        self._fronts: list[Dock] = []  # of rows of tabs, until the window is shown
        self._later: list[tuple[Dock, QRect]] = []  # windows of their own that wait for this one
        self._hidden: list[Dock] = []
        self._stood = QByteArray()  # where they stood before one got all the room,
        self._largest: Dock | None = None  # this one
        self._columns = (_COURSE_WIDTH, _KNOBS_WIDTH)
        self._pulled = False  # whether somebody may have changed how wide they are
        self._current: Dock | None = None
        self._renaming = QTimer(self)
        self._renaming.setSingleShot(True)
        self._renaming.timeout.connect(self._tell_tabbed)
        self._empty = QLabel(tr("No panel is open. The menu Panels opens them."), window)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._empty.hide()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus)
        window.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AnimatedDocks
        )
        window.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # or Qt lists all docks
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)

    def add(self, key: str, title: str, content: QWidget, group: str = "") -> None:
        """A dock for a panel; it is placed when a chapter or a person asks for it.

        In the menu it stands in the submenu `group`, or at the top without one.
        """
        dock = Dock(key, title, content)
        dock.setParent(self._window)  # so that it goes with the window, wherever it stands
        dock.hide()
        dock.maximise_wanted.connect(self.maximise)
        dock.closed.connect(self._on_closed)
        for moved in (dock.visibilityChanged, dock.topLevelChanged, dock.dockLocationChanged):
            moved.connect(self._renaming.start)

        def watch() -> None:
            if dock.isFloating() and dock.windowHandle() is not None:
                dock.windowHandle().installEventFilter(self)

        def on_top_level(floats: bool) -> None:
            if floats:
                self._on_floated(dock)
                QTimer.singleShot(0, dock, watch)

        dock.topLevelChanged.connect(on_top_level)

        self.by_key[key] = dock
        dock.toggleViewAction().triggered.connect(lambda shown=False: self._on_toggled(dock, shown))
        if group and group not in self._groups:
            self._groups[group] = self._menu.addMenu(group)
            self._groups[group].setToolTipsVisible(True)
        (self._groups[group] if group else self._menu).addAction(dock.toggleViewAction())

    def _on_toggled(self, dock: Dock, shown: bool) -> None:
        """From the menu: what is behind a tab comes to the front, what is in sight is closed."""
        if shown or dock.behind:
            self.show(dock.key)

    def show(self, key: str) -> None:
        """Bring a panel to the front; one that has no place yet goes behind the chapter's last."""
        dock = self.by_key[key]
        if self._window.dockWidgetArea(dock) is Qt.DockWidgetArea.NoDockWidgetArea:
            self._give_place(dock)
        dock.show()
        dock.raise_()
        self.placed.emit()

    def _give_place(self, dock: Dock) -> None:
        host = self._host()
        if host is None:
            self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        else:
            self._window.tabifyDockWidget(host, dock)

    def _host(self) -> Dock | None:
        """Behind which a panel without a place goes: the chapter's last, else the largest view."""
        placed = [
            dock
            for dock in self.by_key.values()
            if not dock.isHidden()
            and not dock.isFloating()
            and self._window.dockWidgetArea(dock) is not Qt.DockWidgetArea.NoDockWidgetArea
        ]
        last = self.by_key.get(self._last)
        if last in placed:
            return last
        views = [dock for dock in placed if dock.key not in (_COURSE, _KNOBS)]
        return max(views, key=lambda dock: dock.width() * dock.height(), default=None)

    def arrange(self, views: Sequence[str], together: int = 4) -> None:
        """The course left, the knobs right; in the middle so many views at once, up to four, and
        further ones as tabs.
        """
        window = self._window
        self._last = views[-1]
        course, knobs = self.by_key[_COURSE], self.by_key[_KNOBS]
        docks = [self.by_key[view] for view in views]
        self._columns = self._widths(course, knobs)
        across, down = self._grid(together)
        upper, lower = docks[:across], docks[across : min(across * down, together)]
        last = (*upper, *lower)[-1]
        window.setUpdatesEnabled(False)
        self.clear()
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, course)
        window.splitDockWidget(course, upper[0], _ACROSS)
        window.splitDockWidget(upper[0], knobs, _ACROSS)
        if lower:
            window.splitDockWidget(upper[0], lower[0], _DOWN)
        for row in (upper, lower):
            if len(row) > 1:
                window.splitDockWidget(row[0], row[1], _ACROSS)
        for extra in docks[len(upper) + len(lower) :]:
            window.tabifyDockWidget(last, extra)
        for dock in (course, knobs, *docks):
            dock.show()
        last.raise_()
        self.share(lambda: self._share_room(course, knobs, upper, lower))
        window.setUpdatesEnabled(True)
        self.placed.emit()

    def _grid(self, together: int) -> tuple[int, int]:
        """How many views side by side, and one below the other: on a small screen fewer."""
        window = self._window
        room = self.room().size()
        if window.windowState() & (
            Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen
        ):
            room += window.screen().availableGeometry().size() - window.size()
        wide = room.width() - sum(self._columns) >= 2 * _LEAST_VIEW.width()
        high = room.height() >= 2 * _LEAST_VIEW.height()
        across = 2 if wide and together > 1 else 1
        return across, 2 if high and together > across else 1

    def clear(self) -> None:
        """No panel in sight, and none with a place."""
        self._forget_largest()
        self._share, self._later, self._fronts = lambda: None, [], []
        for dock in self.by_key.values():
            dock.setFloating(False)
            dock.hide()  # or its place would be remembered as that of a dock to be seen
            self._window.removeDockWidget(dock)

    def share(self, how: Callable[[], None]) -> None:
        """Share the room between the panels, now and whenever the window changes its size, until
        somebody clicks: at the start its last size comes late.
        """
        self._share = how
        how()

    def fit(self) -> None:
        """The window has another size."""
        self._share()
        self._empty.setGeometry(self.room())

    def room(self) -> QRect:
        """Where the docks stand: the window without its bars."""
        window = self._window
        height = window.height() - window.menuBar().height()
        for bar in window.findChildren(QToolBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            height -= bar.sizeHint().height()
        return QRect(0, window.menuBar().height(), window.width(), max(height, 1))

    def bring_to_front(self, dock: Dock) -> None:
        """Of its tabs; where the window is not shown there is no row of tabs yet."""
        dock.raise_()
        if not self._window.isVisible():
            self._fronts.append(dock)

    def float_at(self, dock: Dock, place: QRect) -> None:
        """Put a panel into a window of its own, there or where the screen still has room."""
        screen = QGuiApplication.screenAt(place.center()) or self._window.screen()
        whole = screen.availableGeometry()
        size = place.size().boundedTo(whole.size())
        x = min(max(place.x(), whole.x()), whole.right() + 1 - size.width())
        y = min(max(place.y(), whole.y()), whole.bottom() + 1 - size.height())
        if not self._window.isVisible():  # it would not belong to it, and stand behind it
            self._later.append((dock, place))
            return
        if self._window.dockWidgetArea(dock) is Qt.DockWidgetArea.NoDockWidgetArea:
            self._give_place(dock)  # to which it can be put back
        dock.setFloating(True)
        dock.setGeometry(x, y, size.width(), size.height())
        dock.show()

    def begin(self, handle: QWindow) -> None:
        """The window is shown: see the clicks into it; what floats can stand over it now."""
        handle.installEventFilter(self)
        QTimer.singleShot(0, self, self._float_waiting)

    @Slot()
    def _float_waiting(self) -> None:
        fronts, self._fronts = self._fronts, []
        for dock in fronts:
            dock.raise_()
        waiting, self._later = self._later, []
        for dock, place in waiting:
            self.float_at(dock, place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click anywhere in a panel, its title or tab makes it the one that is meant."""
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            self._share = lambda: None  # the sizes are those that the person gives, from here on
            at = event.position().toPoint()
            self._mean(self._under(watched, at))
            self._pulled |= self._window.childAt(at) is None  # between two panels
        return False

    def _under(self, handle: QObject, at: QPoint) -> Dock | None:
        """The dock at a place of a window of the desktop."""
        for dock in self.by_key.values():
            if dock.isFloating() and dock.windowHandle() is handle:
                return dock
        found = self._window.childAt(at)
        if isinstance(found, QTabBar) and found.parent() is self._window:
            name = found.tabText(found.tabAt(found.mapFrom(self._window, at)))
            shown = (dock for dock in self.by_key.values() if not dock.isHidden())
            return next((dock for dock in shown if dock.windowTitle() == name), None)
        return self._around(found)

    def _around(self, widget: QObject | None) -> Dock | None:
        """The dock that holds a widget."""
        while widget is not None and not isinstance(widget, Dock):
            widget = widget.parent()
        return widget if isinstance(widget, Dock) and widget.key in self.by_key else None

    @Slot(QWidget, QWidget)
    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        self._mean(self._around(new))

    def _mean(self, dock: Dock | None) -> None:
        if dock is None or dock is self._current or dock.parent() is not self._window:
            return
        if self._current is not None:
            self._current.set_lit(False)
        self._current = dock
        dock.set_lit(True)

    @property
    def current(self) -> Dock | None:
        """The panel that was clicked last, or has the keyboard; None where it is not in sight."""
        dock = self._current
        return dock if dock is not None and not dock.isHidden() else None

    @Slot()
    def _tell_tabbed(self) -> None:
        for dock in self.by_key.values():
            others = [] if dock.isFloating() else self._window.tabifiedDockWidgets(dock)
            dock.set_tabbed(any(not other.isHidden() for other in others))
        self._empty.setGeometry(self.room())
        self._empty.setVisible(all(it.isHidden() or it.isFloating() for it in self.by_key.values()))

    @Slot(object)
    def maximise(self, dock: Dock) -> None:
        """Give one dock all the room, or take it back."""
        if self._hidden:
            self.give_back()
            dock.raise_()
            return
        self._stood = self._window.saveState(_VERSION)
        if dock.isFloating():
            dock.setFloating(False)
        self._hidden = [
            other
            for other in self.by_key.values()
            if other is not dock and not other.isHidden() and not other.isFloating()
        ]
        for other in self._hidden:
            other.hide()
        self._largest = dock
        dock.set_largest(True)
        dock.show()

    def maximise_current(self) -> bool:
        """Maximise the panel that is meant, or give the room back; False where none is meant."""
        dock = self._largest if self._hidden else self.current
        if dock is None:
            return False
        self.maximise(dock)
        return True

    @Slot(object)
    def _on_closed(self, dock: Dock) -> None:
        """Closing the one that has all the room leaves the others in sight."""
        if self._hidden and dock is self._largest:
            self.give_back()
            dock.hide()

    def _on_floated(self, dock: Dock) -> None:
        """Taken out of the window, it leaves all the room to the others once it is let go."""
        if not self._hidden or dock is not self._largest or not dock.isFloating():
            return
        if QGuiApplication.mouseButtons() is not Qt.MouseButton.NoButton:
            QTimer.singleShot(100, dock, lambda: self._on_floated(dock))
            return
        place = dock.geometry()
        self.give_back()
        self.float_at(dock, place)

    def _forget_largest(self) -> None:
        self._hidden = []
        if self._largest is not None:
            self._largest.set_largest(False)
            self._largest = None

    def give_back(self) -> None:
        """The hidden docks again, each as large as it was, and the same ones in front."""
        if not self._hidden:
            return
        largest = self._largest
        self._forget_largest()
        size = self._window.size()
        asked = [dock for dock in self.by_key.values() if not dock.isHidden()]
        self._window.restoreState(self._stood, _VERSION)
        for dock in asked:
            if dock is not largest and not dock.isFloating():
                self.show(dock.key)
        if not self._window.isMaximized() and not self._window.isFullScreen():
            self._window.resize(size)  # Qt makes room for each dock as it appears

    def _widths(self, course: Dock, knobs: Dock) -> tuple[int, int]:
        """Of the columns: as a person has made them, else the usual ones."""
        side_by_side = course.isVisible() and knobs.isVisible() and self._window.isVisible()
        if not side_by_side or not self._pulled or course.isFloating() or knobs.isFloating():
            return self._columns
        most = self._window.width() // 3
        return min(course.width(), most), min(knobs.width(), most)

    def _share_room(
        self, course: Dock, knobs: Dock, upper: Sequence[Dock], lower: Sequence[Dock]
    ) -> None:
        """Fixed columns left and right, what is between them shared evenly."""
        left, right = self._columns
        for row in (upper, lower):
            if row:
                part = max(self._window.width() - left - right, 0) // len(row)
                widths = [left, *[part] * len(row), right]
                self._window.resizeDocks([course, *row, knobs], widths, _ACROSS)
        if lower:
            self._window.resizeDocks([upper[0], lower[0]], [500, 500], _DOWN)
