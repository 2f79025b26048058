"""A remote file with its URL, size and checksum."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class RemoteFile:
    """URL, local file name, size in bytes, and SHA-256 of the content."""

    url: str
    name: str
    size: int
    sha256: str

    @property
    def host(self) -> str:
        """Host name of the URL."""
        return urlsplit(self.url).hostname or self.url

    def here(self, folder: Path) -> Path | None:
        """The complete file in `folder`, None where it is not."""
        path = folder / self.name
        try:
            return path if path.is_file() and path.stat().st_size == self.size else None
        except OSError:
            return None

    def started(self, folder: Path) -> int:
        """Bytes of an unfinished download in `folder`."""
        try:
            return min(self.part(folder).stat().st_size, self.size)
        except OSError:
            return 0

    def part(self, folder: Path) -> Path:
        """Where a download grows until it is complete."""
        return folder / f"{self.name}.part"
