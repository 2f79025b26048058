"""A folder of pictures, idx files of one's own, and what is skipped or refused in words."""

import os
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.data.image_to_glyph import read_picture
from core.data.sources.folder import PictureFolder
from core.data.sources.idx_files import IdxFiles
from core.errors import DataError
from core.io.progress import no_progress


def drawing(size: tuple[int, int], paper: int, ink: int, mode: str = "L") -> Image.Image:
    """A bar leaning a little, off the middle."""
    picture = Image.new("L", size, paper)
    wide, high = size
    line = (wide * 0.2, high * 0.7, wide * 0.35, high * 0.2)
    ImageDraw.Draw(picture).line(line, ink, max(2, wide // 14))
    return picture.convert(mode)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "CMYK", "LA", "I", "F"])
@pytest.mark.parametrize("size", [(60, 60), (900, 300), (31, 200)])
def test_drawings_of_any_kind_are_cut_out_white_on_black(
    tmp_path: Path, mode: str, size: tuple[int, int]
) -> None:
    path = tmp_path / ("a.tif" if mode in ("CMYK", "I", "F") else "a.png")
    drawing(size, 255, 0, mode).save(path)
    glyph = read_picture(path)
    assert glyph.shape == (28, 28) and glyph.dtype == np.uint8
    assert glyph.max() > 200 and glyph[0].max() < 40 and glyph[:, 0].max() < 40
    rows, columns = (np.flatnonzero(glyph.max(axis=axis) > 100) for axis in (1, 0))
    assert 21 <= max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 <= 26
    assert abs(rows[0] + rows[-1] - 27) <= 2 and abs(columns[0] + columns[-1] - 27) <= 2


def test_dark_and_light_paper_give_the_same_letter(tmp_path: Path) -> None:
    drawing((80, 80), 255, 0).save(tmp_path / "light.png")
    drawing((80, 80), 0, 255).save(tmp_path / "dark.png")
    assert np.array_equal(read_picture(tmp_path / "light.png"), read_picture(tmp_path / "dark.png"))


def test_see_through_paper_is_white(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    ImageDraw.Draw(picture).line((10, 40, 20, 10), (0, 0, 0, 255), 4)
    picture.save(tmp_path / "a.png")
    assert 0 < read_picture(tmp_path / "a.png").mean() < 100


def test_pictures_of_28_keep_their_pixels(tmp_path: Path) -> None:
    own = np.zeros((28, 28), np.uint8)
    own[3:9, 20:25] = np.arange(30).reshape(6, 5) * 8
    Image.fromarray(own).save(tmp_path / "own.png")
    Image.fromarray(255 - own).save(tmp_path / "black.png")
    assert np.array_equal(read_picture(tmp_path / "own.png"), own)
    assert np.array_equal(read_picture(tmp_path / "black.png"), own)


def test_photographs_are_reduced_whole(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 255, 300).astype(np.uint8), (150, 1))
    Image.fromarray(ramp).save(tmp_path / "photo.png")
    small = read_picture(tmp_path / "photo.png")
    middle = small[14].astype(int)
    assert middle[0] < 15 and middle[-1] > 240 and (np.diff(middle) >= 0).all()


def test_a_photo_is_turned_as_it_says(tmp_path: Path) -> None:
    picture = drawing((60, 60), 255, 0)
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its side
    picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    picture.save(tmp_path / "upright.png")
    assert np.array_equal(
        read_picture(tmp_path / "turned.png"), read_picture(tmp_path / "upright.png")
    )


def test_an_empty_sheet_is_black(tmp_path: Path) -> None:
    Image.new("L", (50, 50), 230).save(tmp_path / "empty.png")
    assert not read_picture(tmp_path / "empty.png").any()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, count in (("b", 2), ("a", 3)):
        (tmp_path / name).mkdir()
        for number in range(count):
            drawing((40 + number, 50), 255, 0).save(tmp_path / name / f"{number}.png")
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / ".DS_Store").write_bytes(b"x")
    return tmp_path


def test_each_folder_is_a_class(folder: Path) -> None:
    (found,) = PictureFolder().at(folder).load(no_progress)
    assert found.classes == ("a", "b")
    assert found.labels.tolist() == [0, 0, 0, 1, 1]
    assert found.images.shape == (5, 28, 28) and not found.notes


def test_what_cannot_be_read_is_skipped_and_reported(folder: Path) -> None:
    good = (folder / "a" / "0.png").read_bytes()
    (folder / "a" / "cut.png").write_bytes(good[: len(good) // 2])
    (folder / "a" / "notes.txt").write_text("no picture")
    (folder / "b" / "vast.png").write_bytes(_claiming(100_000, 100_000))
    (found,) = PictureFolder().at(folder).load(no_progress)
    assert len(found) == 5
    (note,) = found.notes
    assert note.startswith("Skipped 3 of 8 files: a/cut.png (")
    assert "b/vast.png (" in note


def test_one_set_is_treated_by_one_rule(folder: Path) -> None:
    own = np.zeros((28, 28), np.uint8)
    own[2:5, 2:5] = 90
    small = folder / "a" / "9.png"
    Image.fromarray(own).save(small)
    (found,) = PictureFolder().at(folder).load(no_progress)
    assert found.images[3].max() > 200, "cut to its ink like the others"
    for path in folder.glob("*/*.png"):
        Image.fromarray(own).save(path)
    (found,) = PictureFolder().at(folder).load(no_progress)
    assert (found.images == own).all(), "all are of that size"


def test_light_ink_on_nothing_is_seen_and_a_blank_picture_is_named(folder: Path) -> None:
    for shade, name in ((255, "light"), (0, "dark")):
        picture = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
        ImageDraw.Draw(picture).line((10, 40, 20, 10), (shade, shade, shade, 255), 4)
        picture.save(folder / "a" / f"{name}.png")
    Image.new("RGBA", (50, 50), (255, 255, 255, 0)).save(folder / "b" / "nothing.png")
    (found,) = PictureFolder().at(folder).load(no_progress)
    light, dark = found.images[4], found.images[3]
    assert light.any() and np.abs(light.astype(int) - dark).mean() < 10
    assert found.notes == ("Without any ink 1: b/nothing.png.",)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_light_ink_on_nothing_of_28_lies_on_black(tmp_path: Path, mode: str) -> None:
    ink = drawing((28, 28), 0, 255)
    picture = Image.new("RGBA", (28, 28), (255, 255, 255, 0))
    picture.putalpha(ink)
    picture.convert(mode).save(tmp_path / "a.png")
    assert np.array_equal(read_picture(tmp_path / "a.png"), np.asarray(ink))


def test_classes_without_pictures_and_pictures_without_contrast_are_named(folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "a" / "desktop.ini").write_text("[x]")
    for path in folder.glob("*/*.png"):
        Image.new("L", (28, 28), 85).save(path)
    (found,) = PictureFolder().at(folder).load(no_progress)
    assert found.notes == (
        "Without any ink 5: a/0.png, a/1.png, a/2.png and 2 more.",
        "Without any picture 1 of 3 classes: empty.",
    )


def test_more_pages_than_one_are_said(folder: Path) -> None:
    pages = [drawing((40, 50), 255, 0) for _ in range(3)]
    for name in ("x.tif", "x.gif"):
        pages[0].save(folder / "a" / name, save_all=True, append_images=pages[1:], duration=9)
    (found,) = PictureFolder().at(folder).load(no_progress)
    assert len(found) == 7 and "a/x.tif (only the first of 3 pages" in found.notes[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (b"\0\0\0\x18ftypavif" + bytes(40), "AVIF"),
        (b"%PDF-1.7 " + bytes(40), "PDF"),
        (b"\0\0\0\x18ftyp3gp4" + bytes(40), "a video"),
        (b"\0\0\0\x18ftypM4V " + bytes(40), "a video"),
        (b"\0\0\0\x18ftypcrx " + bytes(40), "raw file"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"<!-- from Inkscape --><svg/>", "SVG"),
        (b"<!DOCTYPE svg><svg/>", "SVG"),
        (b"<!DOCTYPE html><html/>", "page of the web"),
        (b"", "empty"),
    ],
)
def test_what_a_file_is_instead_of_a_picture_is_named(
    folder: Path, content: bytes, said: str
) -> None:
    (folder / "a" / "odd.png").write_bytes(content)
    (found,) = PictureFolder().at(folder).load(no_progress)
    assert said in found.notes[0]


def _claiming(wide: int, high: int) -> bytes:
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    packed = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed)


def test_train_and_test_are_kept_apart(folder: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    for half in ("train", "Test"):
        for name in ("a", "b"):
            (whole / half / name).mkdir(parents=True)
            drawing((40, 50), 255, 0).save(whole / half / name / "0.png")
    train, test = PictureFolder().at(whole).load(no_progress)
    assert train.classes == test.classes == ("a", "b")
    assert len(train) == len(test) == 2


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_out_of_the_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "a" / "link.png").symlink_to(folder / "b" / "0.png")
    (folder / "c").symlink_to(folder / "b")
    (found,) = PictureFolder().at(folder).load(no_progress)
    assert found.classes == ("a", "b") and len(found) == 5


def test_a_folder_without_pictures_says_what_it_takes(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "gone"):
        with pytest.raises(DataError, match=r"holds no pictures|cannot be read"):
            PictureFolder().at(place).load(no_progress)


def idx(array: np.ndarray) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(np.uint8).tobytes()


IMAGES = np.random.default_rng(0).integers(0, 256, (6, 28, 28)).astype(np.uint8)
LABELS = np.array([3, 1, 4, 1, 5, 9], np.uint8)


@pytest.mark.parametrize("chosen", ["images-idx3", "labels-idx1"])
def test_either_file_of_a_pair_finds_the_other(tmp_path: Path, chosen: str) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS))
    (found,) = IdxFiles().at(tmp_path / f"train-{chosen}-ubyte").load(no_progress)
    assert np.array_equal(found.images, IMAGES) and np.array_equal(found.labels, LABELS)


def test_pictures_alone_are_one_class_and_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(idx(IMAGES))
    (found,) = IdxFiles().at(tmp_path / "mine").load(no_progress)
    assert found.classes == ("?",) and "No labels" in found.notes[0]


def test_misfits_are_sentences(tmp_path: Path) -> None:
    labels = tmp_path / "labels-idx1-ubyte"
    labels.write_bytes(idx(LABELS))
    with pytest.raises(DataError, match="no pictures lie beside it"):
        IdxFiles().at(labels).load(no_progress)
    images = tmp_path / "images-idx3-ubyte"
    images.write_bytes(idx(IMAGES[:4]))
    with pytest.raises(DataError, match="do not belong together"):
        IdxFiles().at(images).load(no_progress)
    with pytest.raises(DataError, match="No idx file selected"):
        IdxFiles().load(no_progress)
