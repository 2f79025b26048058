"""Image file types by their first bytes, and a background for transparent images."""

import numpy as np
from PIL import Image

from core.translation import tr

_LIGHT = 160  # of 255: ink as bright as that would be lost on white paper
_DARK_GROUND = 32  # levels: what light ink is laid on, as a viewer's dark ground
_HEIC = "an HEIC picture, as iPhones take them: send it as “Most Compatible”, or save it as a JPEG"
_VIDEO = "a video: save one of its pictures as a PNG or JPEG"
_KINDS = (
    (0, b"%PDF", "a PDF: save its page as a PNG or JPEG"),
    (0, b"\xff\x0a", "a JPEG XL picture: save it as a PNG or JPEG"),
    (0, b"8BPS", "a Photoshop file: save it as a PNG or JPEG"),
    (0, b"<svg", "an SVG drawing: save it as a PNG"),
    (0, b"<?xml", "an XML file, perhaps an SVG drawing: save it as a PNG"),
    (0, b"PK\x03\x04", "a zip archive: unpack it first"),
    (4, b"ftypavif", "an AVIF picture: save it as a PNG or JPEG"),
    (4, b"ftypavis", "an AVIF picture: save it as a PNG or JPEG"),
    *((4, b"ftyp" + brand, _HEIC) for brand in (b"hei", b"hev", b"mif1", b"msf1")),
    (4, b"ftypcrx", "a camera's raw file: save it as a JPEG"),
    (4, b"ftyp", _VIDEO),
    (0, b"\x1aE\xdf\xa3", _VIDEO),
    (4, b"jP  ", "a JPEG 2000 picture: save it as a PNG or JPEG"),
    (4, b"JXL ", "a JPEG XL picture: save it as a PNG or JPEG"),
    (0, b"%!PS", "a PostScript file: save its page as a PNG or JPEG"),
    (0, b"<!DOCTYPE svg", "an SVG drawing: save it as a PNG"),
    (0, b"<!--", "a text of markup, perhaps an SVG drawing: save it as a PNG"),
    (0, b"<!", "a page of the web: save the picture itself"),
    (0, b"<html", "a page of the web: save the picture itself"),
    (0, b"\x1f\x8b", "a gzip archive: unpack it first"),
    (0, b"Rar!", "a RAR archive: unpack it first"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive: unpack it first"),
)


def describe_file_type(head: bytes) -> str | None:
    """What a file that is no supported picture is, by its first 16 bytes, and what to do with it:
    “a PDF: save its page as a PNG or JPEG”. None for what is not known.
    """
    if not head:
        return tr("empty: fetch or save it again")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for at, mark, meant in _KINDS:
        if (start if at == 0 else head)[at : at + len(mark)] == mark:
            return tr(meant)
    return None


def has_transparency(picture: Image.Image) -> bool:
    """Whether parts of a picture may let something shine through."""
    return "A" in picture.mode or "a" in picture.mode or "transparency" in picture.info


def flatten_alpha(picture: Image.Image, dark: int = _DARK_GROUND) -> tuple[Image.Image, str]:
    """A transparent picture as RGB on a ground on which its ink can be seen, and what was done:
    white paper, or a ground as `dark` as that where the ink itself is light.
    """
    see_through = picture.convert("RGBA")
    levels = np.asarray(see_through.convert("L"), np.float64)
    cover = np.asarray(see_through.getchannel("A"), np.float64)
    total = float(cover.sum())
    clear = total < 0.9 * 255 * cover.size
    light = clear and total > 0 and float((levels * cover).sum()) / total > _LIGHT
    ground = (dark,) * 3 if light else (255, 255, 255)
    laid = Image.new("RGB", see_through.size, ground)
    laid.paste(see_through, mask=see_through)
    return laid, tr("light ink laid on a dark ground") if light else tr("laid on white paper")
