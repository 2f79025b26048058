"""Page project file: photo, boxes, typed letters, settings and view in one zip.

`page.json` holds everything but the picture; `photo` is the picture's own file, or the project
names the file and its SHA-256 instead. Whatever comes from a file is measured before it is read
and checked before it is used: a project may have been made by anybody.
"""

import hashlib
import io
import json
import stat
import struct
import zipfile
import zlib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from core.errors import KnobError, PageError
from core.formatting import tr_format
from core.io.safe_open import open_regular, read_regular
from core.io.temporary_folder import scratch_folder
from core.ocr.boxes import CharacterBox, Rect
from core.ocr.page import Page, Progress
from core.ocr.photo import Photo, load_photo
from core.ocr.settings import SETTINGS, PageSettings
from core.translation import tr

ENDING = ".hdlpage"
_VERSION = 1
_JSON, _PHOTO = "page.json", "photo"
_MOST_JSON = 4_000_000  # bytes, unpacked
_MOST_PHOTO = 150_000_000
_LARGEST = 155_000_000  # bytes of a project, both together and a little more
_TAIL = 66_000  # bytes at the end of a zip in which its table of contents is announced
_MOST_CONTENTS = 4_096  # bytes of that table: ours has two entries
_MOST_BOXES = 5_000
_LONGEST_TEXT = 8  # characters in one box
_MOST_LINES = 100_000
_FURTHEST = 1e7  # pixels: no number in a project is larger
_ZIP = b"PK\x03\x04"
_DAMAGE = (
    OSError, ValueError, RuntimeError, EOFError, LookupError, OverflowError, MemoryError,
    zlib.error, struct.error,
)  # fmt: skip


@dataclass(frozen=True)
class PageViewport:
    """How the page was looked at: `zoom` in screen pixels a pixel of the photo (0: all of it), the
    place (x, y) in the middle, and the probability below which a reading is doubtful.
    """

    zoom: float = 0.0
    x: float = 0.0
    y: float = 0.0
    doubt: float = 0.6


@dataclass(frozen=True)
class PageProject:
    """A page with its boxes as a person left them. `embedded`: the photo is inside its file."""

    page: Page
    boxes: tuple[CharacterBox, ...]
    view: PageViewport = field(default_factory=PageViewport)
    embedded: bool = True


def is_project(path: Path) -> bool:
    """Does the file begin like a project? Reads four bytes; False for what cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as file:
            return path.suffix.lower() == ENDING or file.read(4) == _ZIP
    except (OSError, ValueError):
        return False


def pack_project(project: PageProject, embed: bool, beside: Path | None = None) -> bytes:
    """The bytes of a project file.

    With `embed` the photo goes into the file: as it came from the camera where that file still
    holds it, as a PNG otherwise. Without, its path (relative to the folder `beside` where it lies
    there) and hash are noted. Raises PageError where the photo to be named is gone.
    """
    photo = project.page.photo
    original = _original(photo)
    if original is None and not embed:
        words = tr(
            "“{name}” is not where it was, so the project cannot refer to it. "
            "Save the project with the photo inside."
        )
        raise PageError(words.format(name=photo.path.name))
    data = original if original is not None else _as_png(photo)
    described: dict[str, Any] = {
        "name": photo.path.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "embedded": embed,
    }
    if not embed:
        path = photo.path.resolve()
        if beside is not None and path.is_relative_to(beside.resolve()):
            path = path.relative_to(beside.resolve())
        described["path"] = path.as_posix()
    page = {
        "version": _VERSION,
        "photo": described,
        "settings": asdict(project.page.settings),
        "boxes": [_row(box) for box in project.boxes],
        "view": asdict(project.view),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        text = json.dumps(page, ensure_ascii=False, allow_nan=False)
        file.writestr(_JSON, text, zipfile.ZIP_DEFLATED)
        if embed:
            file.writestr(_PHOTO, data, zipfile.ZIP_STORED)
    return buffer.getvalue()


def unpack_project(path: Path, progress: Progress | None = None) -> PageProject:
    """Open a project file. Raises PageError with a sentence for whatever is no project."""
    try:
        with open_regular(path, _LARGEST) as raw, _checked_zip(raw) as file:
            text = _member(file, _JSON, _MOST_JSON)
            page = json.loads(text.decode(), parse_constant=_no_number)
            described = _table(page, "photo")
            embedded = described.get("embedded") is True
            data = _member(file, _PHOTO, _MOST_PHOTO) if embedded else None
        if page.get("version") != _VERSION:
            raise ValueError(tr("it was written by another version of the lab"))
        settings = _settings(_table(page, "settings"))
        view = _view(_table(page, "view"))
        name = Path(str(described.get("name"))[:200]).name
        if not name.isprintable() or name.strip(". ") == "":
            name = _PHOTO
        boxes = page.get("boxes")
        if not isinstance(boxes, list) or len(boxes) > _MOST_BOXES:
            words = tr("it does not hold a list of up to {most:,} boxes")
            raise ValueError(words.format(most=_MOST_BOXES))
        found = [_box(k, row) for k, row in enumerate(boxes)]
    except (KnobError, zipfile.BadZipFile, *_DAMAGE) as error:
        raise _no_project(path, _reason(error)) from error
    if data is None:
        photo_path = _referred(path, described)
        data = _photo_at(photo_path, path)
    else:
        photo_path = path.parent / name
    if hashlib.sha256(data).hexdigest() != described.get("sha256"):
        words = tr(
            "The photo “{name}” of the project “{project}” has changed since it was saved. "
            "Open the photo itself, or restore the old one."
        )
        raise PageError(words.format(name=name, project=path.name))
    opened = _opened(data, photo_path, settings, progress)
    width, height = opened.photo.width, opened.photo.height
    placed = tuple(replace(box, rect=box.rect.clamped(width, height)) for box in found)
    return PageProject(opened, placed, view, embedded)


def _original(photo: Photo) -> bytes | None:
    """The photo's file, if it still decodes to the very pixels that are shown."""
    try:
        if photo.path.stat().st_size > _MOST_PHOTO:
            return None
        same = np.array_equal(load_photo(photo.path).pixels, photo.pixels)
        return photo.path.read_bytes() if same else None
    except (PageError, OSError, ValueError):
        return None


def _as_png(photo: Photo) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photo.pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _opened(data: bytes, path: Path, settings: PageSettings, progress: Progress | None) -> Page:
    """A page from the bytes of its photo."""
    with scratch_folder() as folder:
        copy = folder / _PHOTO
        copy.write_bytes(data)
        page = Page.open(copy, settings, progress)
    return replace(page, photo=replace(page.photo, path=path))


def _checked_zip(file: BinaryIO) -> zipfile.ZipFile:
    """Look at how long a zip's table of contents says it is before anybody reads it."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise ValueError(tr("it is damaged or incomplete"))
    (length,) = struct.unpack_from("<I", tail, at + 12)
    if length > _MOST_CONTENTS or b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        raise ValueError(tr("it holds more than a page"))
    return zipfile.ZipFile(file)


def _member(file: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One file of the zip; nothing larger than `most` bytes is ever unpacked."""
    try:
        info = file.getinfo(name)
    except KeyError:
        raise ValueError(tr("it holds no “{name}”").format(name=name)) from None
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(tr("its “{name}” is packed in an unknown way").format(name=name))
    data = b""
    if info.file_size <= most:
        with file.open(info) as stream:
            data = stream.read(most + 1)  # the table of contents may lie
    if max(info.file_size, len(data)) > most:
        words = tr("its “{name}” is larger than {most:,} bytes")
        raise ValueError(words.format(name=name, most=most))
    return data


def _referred(project: Path, described: dict[str, Any]) -> Path:
    """The photo's file that a project names."""
    named = described.get("path")
    if not isinstance(named, str) or not named or "\0" in named:
        raise _no_project(project, tr("it contains no photo and names none"))
    if _is_elsewhere(named) and not _is_elsewhere(str(project)):
        words = tr(
            "The project “{project}” refers to a photo on another computer, {photo}, "
            "which is not contacted. Ask for the project with the photo inside."
        )
        raise PageError(words.format(project=project.name, photo=named[:200]))
    path = project.parent / named  # an absolute path stays as it is
    beside = project.parent / path.name
    try:  # it may have moved together with its project
        return beside if not path.exists() and beside.is_file() else path
    except OSError:  # a name that no file system takes
        return path


def _is_elsewhere(name: str) -> bool:
    """Whether a path names a share of a network or a device, as Windows writes them, or a URL."""
    return name[:2].replace("\\", "/") == "//" or "://" in name


def _photo_at(path: Path, project: Path) -> bytes:
    try:
        return read_regular(path, _MOST_PHOTO)
    except FileNotFoundError:
        words = tr(
            "The project “{project}” refers to the photo {path}, which is not there. "
            "Put the photo beside the project, or ask for the project with the photo inside."
        )
        raise PageError(words.format(project=project.name, path=path)) from None
    except OSError as error:
        words = tr(
            "{path}, the photo of “{project}”, is no photo that can be read "
            "({why}). Ask for the project with the photo inside."
        )
        words = words.format(path=path, project=project.name, why=error.strerror)
        raise PageError(words) from error


def _table(page: Any, key: str) -> dict[str, Any]:
    value = page.get(key) if isinstance(page, dict) else None
    if not isinstance(value, dict):
        raise ValueError(tr("its “{key}” is missing").format(key=key))
    return value


def _number(value: object, what: str, low: float = -_FURTHEST, high: float = _FURTHEST) -> float:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not plain or not low <= float(str(value)) <= high:
        words = "{what} is no number from {low:6} to {high:6}"
        raise ValueError(tr_format(words, what=what, low=low, high=high))
    return float(str(value))


def _settings(table: dict[str, Any]) -> PageSettings:
    """Settings that are not named stay as usual. Raises KnobError outside their range."""
    settings = PageSettings()
    for setting in SETTINGS:
        if setting.key in table:
            value = table[setting.key]
            number = float(value) if isinstance(value, bool) else _number(value, tr(setting.label))
            settings = settings.changed(setting.key, number)
    return settings


def _view(table: dict[str, Any]) -> PageViewport:
    return PageViewport(
        _number(table.get("zoom"), tr("the zoom"), 0, 1e3),
        _number(table.get("x"), tr("the place")),
        _number(table.get("y"), tr("the place")),
        _number(table.get("doubt"), tr("the doubt"), 0, 1),
    )


def _row(box: CharacterBox) -> list[object]:
    """A box as a project holds it; whether a space stands before it only where a person set it."""
    row: list[object] = [box.rect.x, box.rect.y, box.rect.w, box.rect.h, box.line, box.char]
    return row if box.space is None else [*row, box.space]


def _box(number: int, row: object) -> CharacterBox:
    if not isinstance(row, list) or len(row) not in (6, 7):
        raise _wrong(tr("box {n} is not [x, y, width, height, line, letter]"), number)
    space = row[6] if len(row) == 7 else None
    if space is not None and not isinstance(space, bool):
        raise _wrong(tr("the space before box {n} is neither true nor false"), number)
    side = tr("a side of box {n}").format(n=number + 1)
    x, y, w, h = (_number(value, side) for value in row[:4])
    line, char = row[4:6]
    if not isinstance(line, int) or isinstance(line, bool) or not 0 <= line < _MOST_LINES:
        raise _wrong(tr("the line of box {n} is no number"), number)
    if char is not None and not (
        isinstance(char, str) and 0 < len(char) <= _LONGEST_TEXT and char.isprintable()
    ):
        raise _wrong(tr("the letter of box {n} is none"), number)
    return CharacterBox(number, Rect(x, y, w, h), line, char, space)


def _wrong(words: str, number: int) -> ValueError:
    return ValueError(words.format(n=number + 1))


def _no_number(name: str) -> None:
    raise ValueError(tr("{name} is no number").format(name=name))


def _reason(error: BaseException) -> str:
    if isinstance(error, KnobError):
        return str(error).rstrip(".")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, ValueError) and not isinstance(error, UnicodeError | json.JSONDecodeError):
        return str(error)
    return tr("it is damaged or incomplete")


def _no_project(path: Path, reason: str) -> PageError:
    words = tr(
        "“{name}” cannot be opened as a page project: {reason}. "
        "Open the photo itself, or another project."
    )
    return PageError(words.format(name=path.name, reason=reason))
