"""Page files: recent ones, saved ones; asks before unsaved changes are lost."""

import html
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMenu, QMessageBox, QWidget

from core.errors import LabError
from core.translation import tr
from hellodl_gui.features.page.page_controller import PageController
from hellodl_gui.features.page.page_loader import write_file
from hellodl_gui.features.page.page_project import (
    ENDING,
    PageProject,
    PageViewport,
    pack_project,
)
from hellodl_gui.features.page.view import PageView
from hellodl_gui.ui.dialogs.file_dialog import ask_where

_MOST_RECENT = 8
_BUTTON = QMessageBox.StandardButton


class PageFiles(QObject):
    """Attributes: `path`, the project's file once there is one; `recent`, files opened or saved
    lately, newest first; `ask`, what asks the person to save, discard or keep unsaved
    changes.

    Signals: `said(str, str)` sentence and level; `recent_changed`.
    """

    said = Signal(str, str)
    recent_changed = Signal()

    def __init__(self, parent: QWidget, controller: PageController, view: PageView) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.recent: tuple[str, ...] = ()
        self.ask: Callable[[], QMessageBox.StandardButton] = self._ask
        self._widget = parent
        self._controller, self._view = controller, view
        self._embeds = True  # the photo goes into the project, as it did the last time
        self._kept_at = 0  # the undo step that is being written
        controller.opened.connect(self._on_opened)
        controller.loader.kept.connect(self._on_kept)

    # -- opening ------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Open a photo or a project, once changes are safe; what is wrong with it is said."""
        if self.may_leave():
            self._controller.open(path)

    @Slot(object)
    def _on_opened(self, project: PageProject | None) -> None:
        self.path = None
        self._embeds = project is None or project.embedded
        path, undo = self._controller.path, self._controller.editor.undo
        if self._controller.rescued:
            undo.resetClean()
        elif path is not None:
            self.path = path if project is not None else None
            self.remember(path)
        if project is not None and project.view.zoom:
            self._view.go_to(project.view.zoom, project.view.x, project.view.y)

    def remember(self, path: Path) -> None:
        """Put a file at the top of the list of recent ones."""
        name = str(path.absolute())
        self.recent = (name, *(other for other in self.recent if other != name))[:_MOST_RECENT]
        self.recent_changed.emit()

    def list_recent(self, menu: QMenu, open: Callable[[Path], None]) -> None:
        """Add the recent files that are still there to a menu."""
        there = [path for path in map(Path, self.recent) if path.is_file()]
        for path in there:
            action = menu.addAction(path.name.replace("&", "&&"))
            action.setToolTip(html.escape(str(path)))
            action.triggered.connect(lambda _=False, path=path: open(path))
        if not there:
            menu.addAction(tr("No recent files")).setEnabled(False)

    # -- keeping ------------------------------------------------------------------------------

    def unsaved(self) -> tuple[object, Callable[[], bytes]] | None:
        """What tells one unsaved state of the page from the next, and what packs it; None where
        all is saved.
        """
        project, undo = self._project(), self._controller.editor.undo
        if project is None or undo.isClean():
            return None
        state = id(project.page.photo), undo.index(), undo.count(), undo.undoText()
        return state, lambda: pack_project(project, embed=not project.page.photo.path.is_file())

    def bring_back(self, path: Path) -> None:
        """Open what was kept of a page that nobody had saved; it still waits to be saved."""
        self._controller.open(path, rescued=True)

    def may_leave(self) -> bool:
        """May another page take the place of this one? Asks about unsaved changes."""
        if self._controller.document.page is None or self._controller.editor.undo.isClean():
            return True
        answer = self.ask()
        if answer is _BUTTON.Save:
            return self._save_now()
        return answer is _BUTTON.Discard

    def save(self) -> None:
        """Write the project to its file, or ask for one."""
        self.save_to(self.path or self._choose(), self._embeds)

    def save_as(self) -> None:
        """Write the project to a file of the person's choice."""
        self.save_to(self._choose())

    def save_to(self, path: Path | None, embed: bool = True) -> None:
        """Write the project, with the photo inside or only referred to; says how it went."""
        project = self._project()
        if path is not None and project is not None:
            self._kept_at = self._controller.editor.undo.index()
            self._embeds = embed
            self._controller.loader.keep(path, lambda: pack_project(project, embed, path.parent))

    def save_reference(self) -> None:
        """Write a project that only refers to the photo: small, but the photo must stay."""
        self.save_to(self._choose(), embed=False)

    @Slot(object)
    def _on_kept(self, path: Path) -> None:
        self.path = path
        if self._controller.editor.undo.index() == self._kept_at:
            self._controller.editor.undo.setClean()
        self.remember(path)
        self.said.emit(tr("Project saved to {path}.").format(path=path), "info")

    def _save_now(self) -> bool:
        """Save while everything waits; False if that did not work or the person thought better."""
        path, project = self.path or self._choose(), self._project()
        if path is None or project is None:
            return False
        try:
            write_file(path, pack_project(project, self._embeds, path.parent))
        except LabError as error:
            self.said.emit(str(error), "error")
            return False
        self.path = path
        self._controller.editor.undo.setClean()
        self.remember(path)
        return True

    def _project(self) -> PageProject | None:
        page = self._controller.document.page
        if page is None:
            return None
        zoom, x, y = self._view.viewpoint()
        view = PageViewport(zoom, x, y, self._controller.document.doubt)
        return PageProject(page, tuple(self._controller.document.in_order()), view)

    def _choose(self) -> Path | None:
        page = self._controller.document.page
        if page is None:
            return None
        stem = page.photo.path.with_suffix(ENDING)
        start = self.path or (stem if page.photo.path.parent.is_dir() else Path(stem.name))
        title, kind = tr("Save the page as a project"), tr("Page projects")
        return ask_where(self._widget, title, start, kind, ENDING)

    def _ask(self) -> QMessageBox.StandardButton:
        return QMessageBox.question(
            self._widget,
            tr("Changes of this page"),
            tr("Boxes or letters of this page were changed and not saved. Save them as a project?"),
            _BUTTON.Save | _BUTTON.Discard | _BUTTON.Cancel,
            _BUTTON.Save,
        )
