"""Converts any image file to a 28×28 grayscale glyph, white on black."""

import struct
import warnings
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from core.data.glyph_preprocessing import EMNIST_STYLE, FINE, SIDE, GlyphStyle, compose_glyph
from core.data.image_files import describe_file_type, flatten_alpha, has_transparency
from core.errors import DataError
from core.io.bounded_image import BoundedImageFile
from core.io.safe_open import open_regular
from core.translation import tr

KINDS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
MAX_MEGAPIXELS = 40

_HEAD = 16  # bytes by which a kind of file is known
_WORKED_ON = 512  # longest side, pixels: larger pictures are reduced first
_EVEN = 24.0  # the paper's levels around the edge spread no further than this
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, MemoryError)
_STRUCT = (
    Image.DecompressionBombError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    struct.error,
)


def has_other_size(path: Path) -> bool:
    """Whether a picture is not 28×28, so that its pixels cannot be kept; False for no picture."""
    try:
        with (
            BoundedImageFile.of(path) as file,
            warnings.catch_warnings(action="ignore"),
            Image.open(file, formats=KINDS) as picture,
        ):
            return picture.size != (SIDE, SIDE)
    except (*_DAMAGE, *_STRUCT):
        return False


def read_picture(
    path: Path,
    style: GlyphStyle = EMNIST_STYLE,
    keep: bool = True,
    remarks: list[str] | None = None,
) -> NDArray[np.uint8]:
    """(28, 28) bytes. Raises DataError with what is wrong, without the file's name.

    With `keep` a picture of 28×28 keeps its pixels; without it is treated like any other, as where
    not all of a set are of that size. `remarks` takes what was left out of the file. A drawing on
    even ground, dark or light, is cut out and composed as `style` says; a photograph is reduced
    whole, its shape kept.
    """
    grey = _grey(path, remarks if remarks is not None else [])
    if keep and grey.shape == (SIDE, SIDE):
        return 255 - grey if _paper(grey) > 127 else grey
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    if np.subtract(*np.percentile(edge, (95, 5))) <= _EVEN:
        return _cut_out(grey, style)
    return _reduced(grey)


def _grey(path: Path, remarks: list[str]) -> NDArray[np.uint8]:
    """Levels (H, W), upright, transparent parts as ground on which the ink can be seen."""
    try:
        # Pillow warns of what it can live with; nobody could act on it.
        with BoundedImageFile.of(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=KINDS) as picture:
                wide, high = picture.size
                if wide * high > MAX_MEGAPIXELS * 1e6:
                    raise DataError(
                        tr("{wide:,} × {high:,} pixels, more than {max_megapixels} MP").format(
                            wide=wide, high=high, max_megapixels=MAX_MEGAPIXELS
                        )
                    )
                pages = getattr(picture, "n_frames", 1)
                if pages > 1:
                    remarks.append(
                        tr("only the first of {pages:,} pages or frames was read").format(
                            pages=pages
                        )
                    )
                picture.draft("L", (_WORKED_ON, _WORKED_ON))
                return _levels(ImageOps.exif_transpose(picture))
    except (*_DAMAGE, *_STRUCT) as error:
        if isinstance(error, OSError) and error.strerror:
            raise DataError(error.strerror) from error
        raise DataError(_meant(path) or tr("no picture that can be opened")) from error


def _meant(path: Path) -> str | None:
    """What the file is instead of a picture, where its beginning tells."""
    try:
        with open_regular(path) as file:
            return describe_file_type(file.read(_HEAD))
    except OSError:
        return None


def _levels(picture: Image.Image) -> NDArray[np.uint8]:
    if picture.mode in ("I;16", "I;16L", "I;16B", "I", "F"):
        values = np.nan_to_num(np.asarray(picture, np.float32), posinf=0, neginf=0)
        low, high = float(values.min()), float(values.max())
        levels = (values - low) * (255 / max(high - low, 1e-6))
        return _smaller(np.asarray(np.rint(levels), np.uint8))
    if has_transparency(picture):
        picture, _ = flatten_alpha(picture, dark=0)
    return _smaller(np.array(picture.convert("L")))


def _smaller(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = _WORKED_ON / max(levels.shape)
    if scale >= 1:
        return levels
    size = tuple(max(1, round(side * scale)) for side in levels.shape[::-1])
    return np.asarray(cv2.resize(levels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _paper(grey: NDArray[np.uint8]) -> float:
    return float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def _cut_out(grey: NDArray[np.uint8], style: GlyphStyle) -> NDArray[np.uint8]:
    """The ink, whichever way it differs from the paper."""
    paper = _paper(grey)
    away = np.abs(grey.astype(np.float32) - paper)
    full = float(np.quantile(away, 0.995))
    if full < _EVEN:
        return np.zeros((SIDE, SIDE), np.uint8)  # an empty sheet
    ink = np.clip(away / full * 1.2 - 0.2, 0, 1)
    columns, rows = np.flatnonzero(ink.max(axis=0) > 0.4), np.flatnonzero(ink.max(axis=1) > 0.4)
    own = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = style.target * FINE / max(own.shape)
    size = tuple(max(1, round(side * scale)) for side in own.shape[::-1])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return compose_glyph(cv2.resize(own, size, interpolation=method), style)


def _reduced(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Whole, in the middle of a square of the edge's own level."""
    scale = SIDE / max(grey.shape)
    high, wide = (max(1, round(side * scale)) for side in grey.shape)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(grey, (wide, high), interpolation=method)
    square = np.full((SIDE, SIDE), round(_paper(grey)), np.uint8)
    top, left = (SIDE - high) // 2, (SIDE - wide) // 2
    square[top : top + high, left : left + wide] = small
    return square
