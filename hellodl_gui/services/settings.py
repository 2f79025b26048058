"""What the lab remembers between two starts. A damaged value falls back to its default."""

from typing import Self

from PySide6.QtCore import QByteArray, QSettings

from core.errors import LabError
from core.paths import config_dir

_VERSION = 1


class Settings:
    """Typed access to one INI file. Attributes can be read and set; `save` writes them."""

    def __init__(self, store: QSettings) -> None:
        self._store = store
        self.theme = self._text("theme", "system")
        self.chapter = self._text("chapter", "")
        self.recent_pages = tuple(filter(None, self._text("recent_pages", "").split("\n")))
        known = self._text("version", str(_VERSION)) == str(_VERSION)
        self.geometry = self._bytes("geometry") if known else QByteArray()
        self.layout = self._bytes("layout") if known else QByteArray()

    @classmethod
    def open(cls) -> Self:
        """The settings of this user."""
        return cls(QSettings(str(config_dir() / "settings.ini"), QSettings.Format.IniFormat))

    def save(self) -> None:
        """Write everything. Raises LabError when the disk refuses; the old file then stays."""
        values = {
            "version": str(_VERSION),
            "theme": self.theme,
            "chapter": self.chapter,
            "recent_pages": "\n".join(self.recent_pages),
            "geometry": self.geometry,
            "layout": self.layout,
        }
        for key, value in values.items():
            self._store.setValue(key, value)
        self._store.sync()
        if self._store.status() is not QSettings.Status.NoError:
            raise LabError(
                f"The settings could not be saved to {self._store.fileName()}: the disk is full or "
                "the folder cannot be written. Everything else goes on."
            )

    def _text(self, key: str, default: str) -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key, QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()
