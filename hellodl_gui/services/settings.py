"""Settings of the window in an INI file. A damaged value falls back to its default."""

from pathlib import Path
from typing import Self

from PySide6.QtCore import QByteArray, QSettings

from core.errors import LabError
from core.io.file_lock import locked
from core.paths import config_dir

_VERSION = 1
_MOST_PAGES = 8


class Settings:
    """Typed access to one INI file. Attributes can be read and set; `save` writes them."""

    def __init__(self, store: QSettings) -> None:
        self._store = store
        self.theme = self._text("theme", "system")
        self.folders = self._text("folders", "")
        self.quiet = self._text("quiet", "") == "yes"
        self.chapter = self._text("chapter", "")
        self.recent_pages = self._pages()
        known = self._text("version", str(_VERSION)) == str(_VERSION)
        self.geometry = self._bytes("geometry") if known else QByteArray()
        self.layout = self._text("layout", "") if known else ""  # the words of `standing`
        self._known = self._values() if known else {}

    @classmethod
    def open(cls) -> Self:
        """The settings of this user."""
        return cls(QSettings(str(config_dir() / "settings.ini"), QSettings.Format.IniFormat))

    def forget_window(self) -> None:
        """Where the window and its panels stood is not to be used."""
        self.geometry, self.layout = QByteArray(), ""

    def save(self) -> None:
        """Write what changed; what another window changed meanwhile stays.

        Raises LabError when the disk refuses; the old file then stays.
        """
        try:
            with locked(Path(self._store.fileName())):
                self._store.sync()  # takes in what others have written
                self.recent_pages = self._merged_pages()
                for key, value in self._values().items():
                    if self._known.get(key) != value or not self._store.contains(key):
                        self._store.setValue(key, value)
                self._store.sync()
        except OSError as error:
            raise LabError(
                f"The settings could not be saved to {self._store.fileName()}: {error.strerror}. "
                "Everything else goes on."
            ) from error
        if self._store.status() is not QSettings.Status.NoError:
            raise LabError(
                f"The settings could not be saved to {self._store.fileName()}: the disk is full or "
                "the folder cannot be written. Everything else goes on."
            )
        self._known = self._values()

    def _values(self) -> dict[str, str | QByteArray]:
        return {
            "version": str(_VERSION),
            "theme": self.theme,
            "folders": self.folders,
            "quiet": "yes" if self.quiet else "no",
            "chapter": self.chapter,
            "recent_pages": "\n".join(self.recent_pages),
            "geometry": self.geometry,
            "layout": self.layout,
        }

    def _pages(self) -> tuple[str, ...]:
        return tuple(filter(None, self._text("recent_pages", "").split("\n")))[:_MOST_PAGES]

    def _merged_pages(self) -> tuple[str, ...]:
        """The own pages first, then those that another window opened since they were read."""
        before = str(self._known.get("recent_pages", "")).split("\n")
        theirs = [page for page in self._pages() if page not in before]
        return tuple(dict.fromkeys((*self.recent_pages, *theirs)))[:_MOST_PAGES]

    def _text(self, key: str, default: str) -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key, QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()
