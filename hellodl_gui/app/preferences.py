"""Preferences that are saved: theme, quiet messages, recent files."""

import logging

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from core.errors import LabError
from core.translation import tr
from hellodl_gui.app.message_bar import MessageBar
from hellodl_gui.features.page import PageFiles
from hellodl_gui.services.settings import Settings
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.recent_folders import folders_text
from hellodl_gui.theming.theme import THEMES
from hellodl_gui.theming.theme_manager import themes

_LOG = logging.getLogger(__name__)


class Preferences(QObject):
    """Changes the settings and saves them. `quiet` is the checkable command of quiet messages."""

    def __init__(
        self, state: LabState, settings: Settings, messages: MessageBar, files: PageFiles,
        quiet: QAction,
    ) -> None:  # fmt: skip
        super().__init__(messages)
        self._state, self._settings = state, settings
        self._messages, self._files, self._quiet = messages, files, quiet
        messages.quiet = settings.quiet
        quiet.setChecked(settings.quiet)
        files.recent = settings.recent_pages
        files.recent_changed.connect(self.save)

    def save(self) -> None:
        """Save the settings; when the disk refuses, say so here and, for the end, in the log."""
        self._settings.recent_pages = self._files.recent
        self._settings.folders = folders_text()
        try:
            self._settings.save()
        except LabError as error:
            _LOG.warning("%s", error)
            self._state.messages.notify("warning", str(error))

    def set_quiet(self) -> None:
        """Show errors only, or all messages again."""
        self._messages.quiet = self._settings.quiet = self._quiet.isChecked()
        if self._messages.quiet:
            self._messages.clear()
        self.save()

    def next_theme(self) -> None:
        """Another look each time; which one it is now is said."""
        names = list(THEMES)
        name = names[(names.index(themes().theme.name) + 1) % len(names)]
        self._settings.theme = name
        themes().use(name)
        self.save()
        said = {
            "dark": tr("Dark theme"),
            "light": tr("Light theme"),
            "contrast": tr("High-contrast theme"),
        }
        self._state.messages.notify("info", said[name], "theme")
