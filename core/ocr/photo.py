"""Photo loading: the type told by the content, turned upright, always RGB on white."""

import struct
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from core.data.image_files import describe_file_type, flatten_alpha, has_transparency
from core.errors import PageError
from core.io.bounded_image import BoundedImageFile
from core.translation import tr

MAX_MEGAPIXELS = 40
MAX_SIDE = 32_000  # pixels: Qt and OpenCV draw and warp no longer ones

# The plugins are called directly: `Image.open` trusts file names less than we need, and answers a
# large header with a warning of its own before anyone could measure it.
_KINDS: tuple[tuple[bytes, int, Callable[[BinaryIO], ImageFile.ImageFile]], ...] = (
    (b"\xff\xd8\xff", 0, JpegImagePlugin.JpegImageFile),
    (b"\x89PNG\r\n\x1a\n", 0, PngImagePlugin.PngImageFile),
    (b"WEBP", 8, WebPImagePlugin.WebPImageFile),
    (b"II*\0", 0, TiffImagePlugin.TiffImageFile),
    (b"MM\0*", 0, TiffImagePlugin.TiffImageFile),
    (b"BM", 0, BmpImagePlugin.BmpImageFile),
    (b"GIF8", 0, GifImagePlugin.GifImageFile),
)
# What Pillow raises for files that are not what they claim to be.
_DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, AttributeError,
    ArithmeticError, MemoryError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Photo:
    """An upright photo: `pixels` (H, W, 3) uint8 RGB; `notes`: what was done on opening."""

    pixels: NDArray[np.uint8]
    path: Path
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.pixels.shape[0]


def load_photo(path: Path) -> Photo:
    """Open a JPEG, PNG, WebP, TIFF, BMP or GIF of up to `MAX_MEGAPIXELS`.

    Raises PageError with a sentence for whatever cannot be opened; nothing larger is ever decoded.
    """
    path = Path(path)
    try:
        # Pillow also warns of what it can live with (odd tags, torn EXIF): nobody could act on it.
        with BoundedImageFile.of(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decoded(file, path)
    except FileNotFoundError:
        raise _refusal(path, tr("There is no file “{path}”. Choose another.")) from None
    except PermissionError:
        words = tr("“{name}” may not be read. Allow reading it, or copy it elsewhere.")
        raise _refusal(path, words) from None
    except OSError as error:
        words = tr("“{name}” cannot be read: {strerror}. Choose a photo, a JPEG or PNG.")
        raise _refusal(path, words, strerror=error.strerror or error) from error


def _refusal(path: Path, words: str, **values: object) -> PageError:
    return PageError(words.format(name=path.name, path=path, **values))


def _decoded(file: BinaryIO, path: Path) -> Photo:
    head = file.read(16)
    if not head:
        raise _refusal(path, tr("“{name}” is empty (0 bytes). Copy it from the camera again."))
    opener = next((o for mark, at, o in _KINDS if head[at : at + len(mark)] == mark), None)
    if opener is None:
        meant = describe_file_type(head)
        if meant is not None:
            raise _refusal(path, tr("“{name}” is not a photo but {meant}."), meant=meant)
        words = tr(
            "“{name}” is not a photo: its content is no JPEG, PNG, WebP, TIFF, BMP or "
            "GIF. Save it as a JPEG or PNG."
        )
        raise _refusal(path, words)
    file.seek(0)
    try:
        image = opener(file)
        _check_size(image.size, path)
        turn = _orientation(image)
        image.load()
        upright, notes = _rgb(image)
        notes += _left_out(image)
    except Image.DecompressionBombError as error:  # before its size could be looked at
        words = tr(
            "“{name}” unpacks to far too many pixels; the limit is {max_megapixels} "
            "megapixels. Save a smaller copy."
        )
        raise _refusal(path, words, max_megapixels=MAX_MEGAPIXELS) from error
    except _DAMAGE as error:
        words = tr(
            "“{name}” is damaged or incomplete and cannot be decoded. Copy it from the "
            "camera again."
        )
        raise _refusal(path, words) from error
    if turn in _UPRIGHT:
        upright = upright.transpose(_UPRIGHT[turn])
        notes.append(tr("turned upright as the camera noted"))
    return Photo(np.array(upright, np.uint8), path, tuple(notes))


def _check_size(size: tuple[int, int], path: Path) -> None:
    width, height = size
    megapixels = width * height / 1e6
    if megapixels > MAX_MEGAPIXELS:
        words = tr(
            "“{name}” has {megapixels:,.0f} megapixels ({width:,} × {height:,}); the "
            "limit is {limit}. Save a smaller copy: 4 megapixels are plenty for a page."
        )
        limit = MAX_MEGAPIXELS
    elif max(size) > MAX_SIDE:
        words = tr(
            "“{name}” is {width:,} × {height:,} pixels; the limit is {limit:,} a side. "
            "Cut it into pages."
        )
        limit = MAX_SIDE
    else:
        return
    raise _refusal(path, words, megapixels=megapixels, width=width, height=height, limit=limit)


def _orientation(image: Image.Image) -> int:
    """EXIF's orientation 1..8; 1 where the EXIF block is missing or damaged."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # Pillow's EXIF reader fails in many ways; the picture itself may be fine
        return 1


def _left_out(image: ImageFile.ImageFile) -> list[str]:
    """A note of the further pictures in the same file, if there are any."""
    try:
        if isinstance(image, TiffImagePlugin.TiffImageFile) and image.n_frames > 1:
            words = tr("the first of {n_frames} pages in this file")
            return [words.format(n_frames=image.n_frames)]
        if getattr(image, "is_animated", False):
            return [tr("the first picture of an animation")]
    except _DAMAGE:  # whatever comes behind the first picture may be damaged
        pass
    return []


def _rgb(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """The picture as RGB, with a note of what was lost or added."""
    if image.mode.startswith(("I", "F")):  # 16 or 32 bits a pixel
        return _eight_bits(np.asarray(image)), [tr("reduced to 8 bits a pixel")]
    if has_transparency(image):
        laid, note = flatten_alpha(image)
        return laid, [note]
    return image.convert("RGB"), []


def _eight_bits(values: NDArray[np.generic]) -> Image.Image:
    levels = np.nan_to_num(values.astype(np.float32))
    top = 65535.0 if levels.max(initial=0) > 255 else 255.0
    if values.dtype.kind == "f" and levels.max(initial=0) <= 1:
        top = 1.0
    return Image.fromarray(np.clip(levels * (255 / top), 0, 255).astype(np.uint8)).convert("RGB")
