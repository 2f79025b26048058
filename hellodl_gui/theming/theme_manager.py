"""Theme manager: the current theme, and a signal when it changes."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from hellodl_gui.theming.stylesheet import stylesheet
from hellodl_gui.theming.theme import DARK, LIGHT, THEMES, Theme

SYSTEM = "system"
NAMES = (SYSTEM, *THEMES)


class ThemeManager(QObject):
    """Applies a theme to the application and tells who draws by hand.

    Signals: `changed(Theme)` after palette and style sheet are in place.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.theme = DARK
        self._name = ""
        QApplication.styleHints().colorSchemeChanged.connect(self._on_scheme)

    def use(self, name: str) -> None:
        """Switch to a theme by name; “system” follows the desktop, dark where that does not say."""
        self._name = name
        self.theme = THEMES.get(name) or self._system()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setPalette(_palette(self.theme))
        app.setStyleSheet(stylesheet(self.theme))
        pg.setConfigOptions(
            background=self.theme.panel, foreground=self.theme.quiet, imageAxisOrder="row-major"
        )
        self.changed.emit(self.theme)

    @contextmanager
    def lent(self, name: str, widget: QWidget) -> Iterator[None]:
        """Another theme for a while in one widget: for a picture that goes onto paper.

        To dress the whole application anew takes seconds, twice: that is done for windows only.
        """
        if widget.isWindow():
            before = self._name
            self.use(name)
            try:
                yield
            finally:
                self.use(before)
            return
        kept, own = self.theme, THEMES.get(name) or self._system()
        self.theme = own
        try:
            widget.setPalette(_palette(own))
            # What has no colour in the sheet has that of the application's palette.
            widget.setStyleSheet(f"QWidget {{ color: {own.text}; }}" + stylesheet(own))
            self.changed.emit(own)
            yield
        finally:
            self.theme = kept
            widget.setStyleSheet("")
            widget.setPalette(QPalette())
            self.changed.emit(kept)

    @Slot()
    def _on_scheme(self) -> None:
        """The desktop went light or dark."""
        if self._name not in THEMES and self._system() is not self.theme:
            self.use(self._name)

    @staticmethod
    def _system() -> Theme:
        light = QApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
        return LIGHT if light else DARK


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.panel,
        QPalette.ColorRole.AlternateBase: theme.raised,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.quiet,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.on_accent,
        QPalette.ColorRole.Link: theme.accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    texts = QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText
    for role in texts:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.quiet))
    return palette


_manager: ThemeManager | None = None


def themes() -> ThemeManager:
    """The one manager, made on first use (never at import: it is a QObject)."""
    global _manager
    if _manager is None:
        _manager = ThemeManager()
    return _manager
