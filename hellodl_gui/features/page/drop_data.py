"""Drag-and-drop data (QMimeData): lab files, other files, an image from a browser, or a URL."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage, QPixmap

from core.errors import LabError
from core.io.atomic_write import write_atomic
from core.paths import data_dir
from core.share.lab_file import ENDING as LAB_ENDING
from core.translation import tr
from hellodl_gui.ui.svg_device import png_bytes


@dataclass(frozen=True)
class DropData:
    """`labs` and other `files` by their path, the `image` that came without a file, and the
    `address` of something that is not on this computer.
    """

    labs: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    image: QImage | None = None
    address: str = ""

    @property
    def for_page(self) -> bool:
        """Whether there is something that a page may be made of."""
        return bool(self.files or self.image is not None or self.address)


def read_drop(data: QMimeData) -> DropData:
    """What is in a drop; a picture only where it comes without a file."""
    urls = data.urls()
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    labs = tuple(path for path in paths if path.name.lower().endswith(LAB_ENDING))
    files = tuple(path for path in paths if path not in labs)
    image = None
    if not paths and data.hasImage():
        found = data.imageData()
        image = found.toImage() if isinstance(found, QPixmap) else found
        if not isinstance(image, QImage) or image.isNull():
            image = None
    address = next((url.toString() for url in urls if not url.isLocalFile()), "")
    return DropData(labs, files, image, "" if paths or image is not None else address)


def keep_image(image: QImage) -> Path:
    """Write a picture that came without a file to the lab's own folder. Raises LabError."""
    moment = datetime.now().strftime("%Y-%m-%d %H.%M.%S.%f")
    path = data_dir("dropped") / f"{moment}.png"
    try:
        write_atomic(path, png_bytes(image), private=True)
    except OSError as error:
        words = tr(
            "The picture could not be saved in {folder}: {why}. "
            "Save it to a file, then drop the file."
        )
        raise LabError(words.format(folder=path.parent, why=error.strerror)) from error
    return path
