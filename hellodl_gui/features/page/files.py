"""Page files: open, save and export; asks before unsaved changes are lost."""

import html
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMenu, QMessageBox, QWidget

from core.errors import LabError
from core.io.atomic_write import write_atomic
from core.ocr.page import Page
from core.ocr.settings import PageSettings
from core.translation import tr
from hellodl_gui.features.page.box_editor import BoxEditor
from hellodl_gui.features.page.page_loader import PageLoader
from hellodl_gui.features.page.page_project import (
    ENDING,
    PageProject,
    PageViewport,
    is_project,
    pack_project,
)
from hellodl_gui.features.page.view import PageView
from hellodl_gui.ui.dialogs.file_dialog import ask_where

_MOST_RECENT = 8


class UnsavedChoice(Enum):
    """What shall become of changes that were not saved."""

    SAVE = "save"
    DISCARD = "discard"
    STAY = "stay"


class PageFiles(QObject):
    """Attributes: `path`, the project's file once there is one; `recent`, files opened or saved
    lately, newest first; `ask`, what asks the person about unsaved changes.

    Signals: `opening(Path, str)` a file is being opened, in words; `opened` it is open;
    `said(str, str)` level and sentence; `recent_changed`.
    """

    opening = Signal(object, str)
    opened = Signal()
    said = Signal(str, str)
    recent_changed = Signal()

    def __init__(
        self,
        parent: QWidget,
        editor: BoxEditor,
        view: PageView,
        loader: PageLoader,
        recent: Iterable[str],
    ) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.recent = tuple(recent)[:_MOST_RECENT]
        self.ask: Callable[[], UnsavedChoice] = self._ask
        self._widget = parent
        self._editor = editor
        self._document = editor.document
        self._view = view
        self._loader = loader
        self._asked_for: Path | None = None
        self._rescued = False  # what is being opened was never saved
        self._embeds = True  # the photo goes into the project, as it did the last time
        self._kept_at = 0  # the undo step that is being written
        loader.opened.connect(self._on_opened)
        loader.reopened.connect(self._on_reopened)
        loader.kept.connect(self._on_kept)

    # -- opening ------------------------------------------------------------------------------

    def open(self, path: Path, settings: PageSettings) -> None:
        """Open a photo or a project, once changes are safe; what is wrong with it is said."""
        if self.may_leave():
            self.open_anyway(path, settings)

    def open_anyway(self, path: Path, settings: PageSettings) -> None:
        """Open a photo or a project in place of what is there."""
        self._asked_for = path
        self._rescued = False
        if is_project(path):
            self.opening.emit(path, tr("Opening the project"))
            self._loader.open_project(path)
        else:
            self.opening.emit(path, tr("Opening the photo"))
            self._loader.open(path, settings)

    @Slot(object)
    def _on_opened(self, page: Page) -> None:
        self.path = None
        self._embeds = True
        self._editor.undo.clear()
        self._document.open(page)
        self._remember(page.photo.path)
        self.opened.emit()

    @Slot(object)
    def _on_reopened(self, project: PageProject) -> None:
        self.path = self._asked_for
        self._embeds = project.embedded
        self._editor.undo.clear()
        self._document.set_doubt(project.view.doubt)
        self._document.open(project.page, project.boxes)
        if project.view.zoom:
            self._view.go_to(project.view.zoom, project.view.x, project.view.y)
        if self.path is not None:
            self._remember(self.path)
        if self._rescued:
            self._rescued = False
            self._editor.undo.resetClean()
        self.opened.emit()

    def remember_all(self, paths: Sequence[Path]) -> None:
        """These can be opened from the list of recent files, the first of them at its top."""
        for path in reversed(paths):
            self._remember(path)

    def _remember(self, path: Path) -> None:
        name = str(path.absolute())
        self.recent = (name, *(other for other in self.recent if other != name))[:_MOST_RECENT]
        self.recent_changed.emit()

    def fill_recent(self, menu: QMenu, open: Callable[[Path], None]) -> None:
        """List recent files that are still there in a menu."""
        menu.clear()
        for name in self.recent:
            path = Path(name)
            if path.is_file():
                action = menu.addAction(path.name.replace("&", "&&"))
                action.setToolTip(html.escape(name))
                action.triggered.connect(lambda _=False, path=path: open(path))
        if menu.isEmpty():
            menu.addAction(tr("No recent files")).setEnabled(False)

    # -- keeping ------------------------------------------------------------------------------

    def unsaved(self) -> tuple[object, Callable[[], bytes]] | None:
        """What tells one unsaved state of the page from the next, and what packs it; None where
        all is saved.
        """
        project, undo = self._project(), self._editor.undo
        if project is None or undo.isClean():
            return None
        state = id(project.page.photo), undo.index(), undo.count(), undo.undoText()
        return state, lambda: pack_project(project, embed=not project.page.photo.path.is_file())

    def bring_back(self, path: Path) -> None:
        """Open what was kept of a page that nobody had saved; it still waits to be saved."""
        self._rescued = True
        self._asked_for = None
        self.opening.emit(path, tr("Opening the page"))
        self._loader.open_project(path)

    def may_leave(self) -> bool:
        """May another page take the place of this one? Asks about unsaved changes."""
        if self._document.page is None or self._editor.undo.isClean():
            return True
        answer = self.ask()
        if answer is UnsavedChoice.SAVE:
            return self._save_now()
        return answer is UnsavedChoice.DISCARD

    def save(self) -> None:
        """Write the project to its file, or ask for one."""
        path = self.path or self._choose()
        if path is not None:
            self.save_to(path, self._embeds)

    def save_as(self) -> None:
        """Write the project to a file of the person's choice."""
        path = self._choose()
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path, embed: bool = True) -> None:
        """Write the project, with the photo inside or only referred to; says how it went."""
        project = self._project()
        if project is not None:
            self._kept_at = self._editor.undo.index()
            self._embeds = embed
            self._loader.keep(path, lambda: pack_project(project, embed, path.parent))

    def save_reference(self) -> None:
        """Write a project that only refers to the photo: small, but the photo must stay."""
        path = self._choose()
        if path is not None:
            self.save_to(path, embed=False)

    @Slot(object)
    def _on_kept(self, path: Path) -> None:
        self.path = path
        if self._editor.undo.index() == self._kept_at:
            self._editor.undo.setClean()
        self._remember(path)
        self.said.emit("info", tr("Project saved to {path}.").format(path=path))

    def _save_now(self) -> bool:
        """Save while everything waits; False if that did not work or the person thought better."""
        path, project = self.path or self._choose(), self._project()
        if path is None or project is None:
            return False
        try:
            write_atomic(path, pack_project(project, self._embeds, path.parent))
        except LabError as error:
            self.said.emit("error", str(error))
            return False
        except OSError as error:
            self.said.emit(
                "error",
                tr("{path} could not be written: {why}. Choose another folder.").format(
                    path=path, why=error.strerror
                ),
            )
            return False
        self.path = path
        self._editor.undo.setClean()
        self._remember(path)
        return True

    def _project(self) -> PageProject | None:
        page = self._document.page
        if page is None:
            return None
        zoom, x, y = self._view.viewpoint()
        view = PageViewport(zoom, x, y, self._document.doubt)
        return PageProject(page, tuple(self._document.in_order()), view)

    def _choose(self) -> Path | None:
        page = self._document.page
        if page is None:
            return None
        stem = page.photo.path.with_suffix(ENDING)
        start = self.path or (stem if page.photo.path.parent.is_dir() else Path(stem.name))
        title, kind = tr("Save the page as a project"), tr("Page projects")
        return ask_where(self._widget, title, start, kind, ENDING)

    def _ask(self) -> UnsavedChoice:
        button = QMessageBox.StandardButton
        said = QMessageBox.question(
            self._widget,
            tr("Changes of this page"),
            tr("Boxes or letters of this page were changed and not saved. Save them as a project?"),
            button.Save | button.Discard | button.Cancel,
            button.Save,
        )
        return {button.Save: UnsavedChoice.SAVE, button.Discard: UnsavedChoice.DISCARD}.get(
            said, UnsavedChoice.STAY
        )
