"""Photos of every kind open upright and RGB; everything else is refused with a sentence."""

import os
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import PageError
from core.ocr.photo import load_photo
from tests.core.ocr.pages import SAMPLE

RED, BLUE = (220, 30, 30), (30, 30, 220)


def two_colours() -> Image.Image:
    """Left half red, right half blue, 40 × 20."""
    picture = Image.new("RGB", (40, 20), RED)
    picture.paste(BLUE, (20, 0, 40, 20))
    return picture


def huge_png(path: Path, width: int, height: int) -> Path:
    """A file whose header promises width × height pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    start = struct.pack(">I", len(header)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    idat = b"IDAT" + zlib.compress(b"\0" * 100)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + start + struct.pack(">I", len(idat) - 4) + idat + b"\0" * 4
    )
    return path


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_kind_is_told_by_content_not_by_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "photo.txt"
    two_colours().save(path, kind, **({"quality": 95} if kind == "JPEG" else {}))
    photo = load_photo(path)
    assert photo.pixels.shape == (20, 40, 3) and photo.pixels.dtype == np.uint8
    assert np.abs(photo.pixels[10, 5].astype(int) - RED).max() < 12
    assert np.abs(photo.pixels[10, 35].astype(int) - BLUE).max() < 12


@pytest.mark.parametrize(
    ("orientation", "top_left"),
    [(1, RED), (2, BLUE), (3, BLUE), (4, RED), (5, RED), (6, RED), (7, BLUE), (8, BLUE)],
)
def test_exif_turn_is_applied(
    tmp_path: Path, orientation: int, top_left: tuple[int, int, int]
) -> None:
    path = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = orientation
    two_colours().save(path, exif=exif)
    photo = load_photo(path)
    assert photo.pixels.shape[:2] == ((20, 40) if orientation < 5 else (40, 20))
    assert tuple(photo.pixels[1, 1]) == top_left
    assert bool(photo.notes) == (orientation > 1)


def test_damaged_exif_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    two_colours().save(path, exif=b"Exif\0\0MM\0*garbage" + bytes(range(60)))
    assert load_photo(path).pixels.shape == (20, 40, 3)


def test_what_shines_through_lies_on_white(tmp_path: Path) -> None:
    for mode in ("RGBA", "LA"):
        path = tmp_path / f"{mode}.png"
        Image.new(mode, (5, 5), 0).save(path)
        assert (load_photo(path).pixels == 255).all()
    palette = Image.new("P", (5, 5), 0)
    palette.save(tmp_path / "p.png", transparency=0)
    assert (load_photo(tmp_path / "p.png").pixels == 255).all()


def test_deep_grey_and_cmyk_become_rgb(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    deep = load_photo(tmp_path / "deep.png").pixels
    assert (
        deep[0, 0, 0] == 0 and deep[-1, -1, 0] == 255 and (np.diff(deep[..., 0].ravel()) >= 0).all()
    )
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "ink.jpg")
    red = load_photo(tmp_path / "ink.jpg").pixels[4, 4].astype(int)
    assert red[0] > 180 and red[1:].max() < 80
    Image.new("1", (8, 8), 1).save(tmp_path / "bits.png")
    assert (load_photo(tmp_path / "bits.png").pixels == 255).all()


def test_too_large_is_refused_from_the_header_alone(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PageError, match=r"60 megapixels \(10,000 × 6,000\).*smaller copy"):
            load_photo(huge_png(tmp_path / "big.png", 10_000, 6_000))
        with pytest.raises(PageError, match="megapixels"):
            load_photo(huge_png(tmp_path / "bomb.png", 2**31 - 1, 2**31 - 1))


def test_whatever_is_no_photo_gets_a_sentence(tmp_path: Path) -> None:
    text = tmp_path / "letter.jpg"
    text.write_text("Dear reader, this is no photo at all.")
    empty = tmp_path / "empty.jpg"
    empty.touch()
    for path, words in [
        (text, "not a photo"),
        (empty, "empty"),
        (tmp_path, "not a file"),
        (tmp_path / "none.jpg", "no file"),
        (Path("a\0b.jpg"), "cannot be read"),
    ]:
        with pytest.raises(PageError, match=words):
            load_photo(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_forbidden_file_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "secret.jpg"
    two_colours().save(path)
    path.chmod(0)
    with pytest.raises(PageError, match="may not be read"):
        load_photo(path)


def test_broken_files_end_in_a_sentence_or_a_photo(tmp_path: Path) -> None:
    """Cut short or with bytes changed, in every format: never another error, never a warning."""
    rng = np.random.default_rng(0)
    path = tmp_path / "broken"
    for kind in ("JPEG", "PNG", "WEBP", "BMP", "TIFF"):
        two_colours().save(path, kind)
        whole = path.read_bytes()
        for _ in range(30):
            spoilt = bytearray(whole[: rng.integers(1, len(whole) + 1)])
            for at in rng.integers(0, len(spoilt), 3):
                spoilt[at] = rng.integers(256)
            path.write_bytes(spoilt)
            try:
                load_photo(path)
            except PageError as error:
                assert path.name in str(error)


def test_a_truncated_jpeg_is_called_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "half.jpg"
    path.write_bytes(SAMPLE.read_bytes()[:50_000])
    with pytest.raises(PageError, match="incomplete"):
        load_photo(path)


def written(ink: tuple[int, int, int]) -> Image.Image:
    """A broad stroke of this colour on nothing, 60 × 40."""
    picture = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    picture.paste((*ink, 255), (20, 5, 28, 35))
    return picture


@pytest.mark.parametrize("ink", [(255, 255, 255), (250, 240, 200), (0, 0, 0), (40, 60, 160)])
def test_ink_on_transparent_ground_can_be_seen(tmp_path: Path, ink: tuple[int, int, int]) -> None:
    path = tmp_path / "ink.png"
    written(ink).save(path)
    photo = load_photo(path)
    stroke, ground = photo.pixels[20, 24].astype(int), photo.pixels[2, 2].astype(int)
    assert np.abs(stroke - ground).max() > 90
    assert photo.notes and "laid on" in photo.notes[0]


def test_a_gif_opens_and_further_pictures_are_told(tmp_path: Path) -> None:
    first, second = two_colours(), Image.new("RGB", (40, 20), BLUE)
    first.save(tmp_path / "one.gif")
    assert load_photo(tmp_path / "one.gif").notes == ()
    first.save(tmp_path / "two.gif", save_all=True, append_images=[second])
    assert "first picture of an animation" in load_photo(tmp_path / "two.gif").notes[-1]
    first.save(tmp_path / "pages.tif", save_all=True, append_images=[second, second])
    photo = load_photo(tmp_path / "pages.tif")
    assert "first of 3 pages" in photo.notes[-1]
    assert tuple(photo.pixels[5, 5]) == RED


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC.*JPEG"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0heic", "HEIC"),
        (b"\0\0\0\x20ftypavif\0\0\0\0avifmif1", "AVIF"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"8BPS\0\1", "Photoshop"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "SVG"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video"),
    ],
)
def test_what_is_no_photo_is_named(tmp_path: Path, content: bytes, named: str) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content + bytes(40))
    with pytest.raises(PageError, match=named):
        load_photo(path)
