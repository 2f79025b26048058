"""Photos that are torn, enormous, nonsense, or merely rare."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from tests.core.io.hostile.kit import (
    EITHER,
    OPENED,
    Case,
    drawn,
    encoded,
    forbidden,
    ihdr,
    png,
    shrinking,
    spoilt,
    written,
    zeros,
)

DAMAGED, NO_PHOTO, TOO_LARGE = "damaged", "not a photo", "limit is"
END = (b"IEND", b"")


def _flat(wide: int, high: int, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG with nothing on it: a few kilobytes, however large."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = 1 + (wide * channels * depth + 7) // 8
    return png(ihdr(wide, high, depth, colour), (b"IDAT", zeros(row * high)), END)


def _jpeg(**options: object) -> bytes:
    return encoded("JPEG", quality=80, **options)


def _with_marker(marker: int, data: bytes, times: int = 1) -> bytes:
    """A JPEG with segments behind its first two bytes."""
    whole = _jpeg()
    segment = struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data
    return whole[:2] + segment * times + whole[2:]


def _sized(wide: int, high: int) -> bytes:
    """A JPEG that claims another size."""
    whole = bytearray(_jpeg())
    at = whole.find(b"\xff\xc0")
    struct.pack_into(">HH", whole, at + 5, high, wide)
    return bytes(whole)


def _many_scans() -> bytes:
    """A progressive JPEG of 12 megapixels whose last scan comes two thousand times."""
    whole = encoded("JPEG", Image.new("L", (4000, 3000), 200), quality=30, progressive=True)
    last = whole.rfind(b"\xff\xda")
    return whole[:last] + whole[last:-2] * 2000 + whole[-2:]


def _exif(ifd: bytes) -> bytes:
    return _with_marker(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + ifd)


def _tiff(entries: list[tuple[int, int, int, int]], rest: bytes = b"", next_: int = 0) -> bytes:
    """A TIFF of tags (tag, type, count, value); `rest` begins where the directory ends."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return (
        b"II*\0\x08\0\0\0"
        + struct.pack("<H", len(entries))
        + packed
        + struct.pack("<I", next_)
        + rest
    )


def _grey_tiff(*more: tuple[int, int, int, int], **changed: int) -> bytes:
    tags = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: 200, 277: 1, 278: 8, 279: 64}
    tags |= {int(tag[1:]): value for tag, value in changed.items()}
    entries = [(tag, 4, 1, value) for tag, value in tags.items() if tag not in {m[0] for m in more}]
    return _tiff([*entries, *more], bytes(2000))


def _heavy_directory() -> bytes:
    """4,000 tags, each of which claims the whole file as its value."""
    size = 4_000 * 12 + 1_000_000
    return _tiff([(1000 + k, 7, size, 8) for k in range(4_000)], bytes(1_000_000))


def _strips(count: int) -> bytes:
    """So many strips in a picture of eight rows."""
    return _grey_tiff((273, 4, count, 8), (279, 4, count, 8)) + bytes(8 * count)


def _pages(count: int) -> bytes:
    more = [drawn() for _ in range(count - 1)]
    return encoded("TIFF", save_all=True, append_images=more)


def _animated(kind: str) -> bytes:
    return encoded(kind, save_all=True, append_images=[drawn().rotate(90) for _ in range(20)])


def _floats() -> bytes:
    values = np.full((48, 64), np.nan, np.float32)
    values[::2] = np.inf
    values[10:20] = 0.5
    return encoded("TIFF", Image.fromarray(values))


def _bmp(**changed: int) -> bytes:
    fields = {"wide": 8, "high": 8, "planes": 1, "bits": 24, "packed": 0, "start": 54} | changed
    head = struct.pack(
        "<IiiHHIIiiII",
        40,
        fields["wide"],
        fields["high"],
        fields["planes"],
        fields["bits"],
        fields["packed"],
        0,
        0,
        0,
        0,
        0,
    )
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, fields["start"]) + head + bytes(300)


def _webp_canvas() -> bytes:
    size = (16383).to_bytes(3, "little")
    head = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size + size
    body = b"WEBP" + head + b"ANIM" + struct.pack("<IIH", 6, 0, 0)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _sparse(folder: Path) -> Path:
    path = folder / "sparse.png"
    with path.open("wb") as file:
        file.write(_flat(8, 8))
        file.truncate(2**34)
    return path


def _case(name: str, content: object, ends: str = "refused", says: str = "") -> Case:
    return Case(name, "photo", written(name, content), ends, says)  # type: ignore[arg-type]


def photos() -> list[Case]:
    """Every photo."""
    whole = _jpeg()
    table = whole.find(b"\xff\xc4")
    text = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    pixels = b"IDAT", zlib.compress(bytes(9 * 8))
    cases = [
        # torn and changed
        _case("empty.jpg", b"", says="empty"),
        _case("one-byte.jpg", b"\xff", says=NO_PHOTO),
        _case("only-its-mark.jpg", b"\xff\xd8\xff", says=DAMAGED),
        _case("only-its-mark.png", b"\x89PNG\r\n\x1a\n", says=DAMAGED),
        _case("half.jpg", whole[: len(whole) // 2], says=DAMAGED),
        _case("half.png", encoded("PNG")[:100], says=DAMAGED),
        _case("half.webp", encoded("WEBP")[:60], says=DAMAGED),
        _case("half.tif", encoded("TIFF")[:200], says=DAMAGED),
        _case("half.bmp", encoded("BMP")[:200], says=DAMAGED),
        _case("tables.jpg", whole[: table + 5] + b"\xff" * 16 + whole[table + 21 :], says=DAMAGED),
        _case("checksum.png", encoded("PNG").replace(b"IDAT", b"IDAU", 1), says=DAMAGED),
        # what it is not
        _case("drawing.png", text, says=NO_PHOTO),
        _case("page.png", b"<!doctype html><title>Log in</title>", says=NO_PHOTO),
        _case("phone.jpg", b"\0\0\0\x18ftypheic" + bytes(500), says=NO_PHOTO),
        _case("print.jpg", b"%PDF-1.7\n" + bytes(500), says=NO_PHOTO),
        _case("big.tif", b"II+\0\x08\0\0\0" + bytes(500), says=NO_PHOTO),
        _case("really-a-jpeg.png", whole, OPENED),
        # enormous
        _case("no-width.png", _flat(0, 5), says=DAMAGED),
        _case("no-width.jpg", _sized(0, 5), says=DAMAGED),
        _case("largest.jpg", _sized(65500, 65500), says=TOO_LARGE),
        _case("largest.png", png(ihdr(2**31 - 1, 2**31 - 1), pixels, END), says=TOO_LARGE),
        _case("bomb-of-400-mp.png", png(ihdr(20_000, 20_000, 1), pixels, END), says=TOO_LARGE),
        _case("canvas.webp", _webp_canvas()),
        _case("36-mp-grey.png", lambda: _flat(6000, 6000), OPENED),
        _case("36-mp-see-through.png", lambda: _flat(6000, 6000, 8, 6), OPENED),
        _case("12-mp-deep.png", lambda: _flat(4000, 3000, 16), OPENED),
        _case("column.png", lambda: _flat(1, 100_000), says=TOO_LARGE),
        _case("row.png", lambda: _flat(100_000, 1), says=TOO_LARGE),
        _case("longest-row.png", lambda: _flat(39_000_000, 1), says=TOO_LARGE),
        _case("thin.png", lambda: _flat(30_000, 3), OPENED),
        _case("pixel.png", _flat(1, 1), OPENED),
        _case("low-and-wide.jpg", encoded("JPEG", Image.new("L", (65_000, 3), 90)), says=TOO_LARGE),
        Case("sparse.png", "photo", _sparse, says="256 MB"),
        _case("much-behind-it.png", lambda: _flat(8, 8) + bytes(2**25), OPENED),
        _case(
            "unpacks-to-much-more.png",
            lambda: png(ihdr(8, 8), (b"IDAT", zeros(2**27)), END),
            EITHER,
        ),
        # in too many pieces
        _case("scans.jpg", _many_scans, says="pieces"),
        _case("segments.jpg", lambda: _with_marker(0xFE, b"", 2_000_000), says=DAMAGED),
        _case("chunks.png", lambda: png(ihdr(8, 8), *[(b"abCd", b"")] * 500_000), says=DAMAGED),
        _case("no-pixels.png", png(ihdr(8, 8), END), says=DAMAGED),
        _case(
            "texts.png",
            lambda: png(ihdr(8, 8), *[(b"zTXt", b"k\0\0" + zeros(2**20))] * 200, pixels, END),
            EITHER,
        ),
        _case(
            "profile.png",
            lambda: png(ihdr(8, 8), (b"iCCP", b"k\0\0" + zeros(2**26)), pixels, END),
            EITHER,
        ),
        _case("depth.png", png(ihdr(8, 8, 7), pixels, END), says=DAMAGED),
        _case("colour.png", png(ihdr(8, 8, 8, 5), pixels, END), says=DAMAGED),
        _case("no-palette.png", png(ihdr(8, 8, 8, 3), pixels, END), EITHER),
        _case("filter.png", png(ihdr(8, 8), (b"IDAT", zlib.compress(b"\x77" * 72)), END), EITHER),
        _case("see-through.png", png(ihdr(8, 8), (b"tRNS", b"\0"), pixels, END), EITHER),
        # EXIF and other company
        _case(
            "exif-loop.jpg",
            _exif(struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 8)),
            OPENED,
        ),
        _case("exif-many.jpg", _exif(b"\xff\xff" + bytes(60_000)), OPENED),
        _case("exif-far.jpg", _exif(struct.pack("<HHHII", 1, 0x112, 2, 2**31, 2**31)), OPENED),
        _case("exif-turn-99.jpg", _exif(struct.pack("<HHHII", 1, 0x112, 3, 1, 99)), OPENED),
        _case("exif-text.jpg", _with_marker(0xE1, b"Exif\0\0 what? "), OPENED),
        _case(
            "exif-heavy.png",
            lambda: png(ihdr(8, 8), (b"eXIf", _heavy_directory()), pixels, END),
            OPENED,
        ),
        _case("profile.jpg", _with_marker(0xE2, b"ICC_PROFILE\0\x01\xff garbage"), EITHER),
        _case("adobe.jpg", _with_marker(0xEE, b"Adobe\0\xff\xff\xff\xff\xff\xff\xff"), EITHER),
        _case(
            "resources.jpg",
            _with_marker(0xED, b"Photoshop 3.0\x008BIM\xff\xff" + bytes(90)),
            EITHER,
        ),
        # TIFF
        _case("pages.tif", lambda: _pages(300), OPENED),
        _case("loop.tif", _grey_tiff()[:118] + b"\x08\0\0\0" + bytes(500), EITHER),
        _case("heavy.tif", _heavy_directory, says=DAMAGED),
        _case("strips.tif", lambda: _strips(1_000_000), EITHER),
        _case("strip-outside.tif", _grey_tiff(t273=2**31), says=DAMAGED),
        _case("unknown-packing.tif", _grey_tiff(t259=4242), says=DAMAGED),
        _case("packed-nonsense.tif", _grey_tiff(t259=5), EITHER),
        _case("torn-lzw.tif", encoded("TIFF", compression="tiff_lzw")[:-60], EITHER),
        _case("no-rows.tif", _grey_tiff(t278=0), EITHER),
        _case("1000-samples.tif", _grey_tiff(t277=1000), says=DAMAGED),
        _case("vast.tif", _grey_tiff(t256=2**31, t257=2**31)),
        _case("no-numbers.tif", _floats(), OPENED),
        # BMP
        _case("vast.bmp", _bmp(wide=2**31 - 1, high=-(2**31)), says=TOO_LARGE),
        _case("upside-down.bmp", _bmp(high=-8), OPENED),
        _case("bits.bmp", _bmp(bits=77), says=DAMAGED),
        _case("start.bmp", _bmp(start=2**31), says=DAMAGED),
        _case("runs.bmp", _bmp(bits=8, packed=1, wide=3000, high=3000), EITHER),
        # rare but honest
        _case("four-inks.jpg", encoded("JPEG", drawn("CMYK")), OPENED),
        _case("16-bits.png", encoded("PNG", drawn("I;16")), OPENED),
        _case("1-bit.png", encoded("PNG", drawn("1")), OPENED),
        _case("palette.png", encoded("PNG", drawn("P"), transparency=0), OPENED),
        _case("animated.png", _animated("PNG"), OPENED),
        _case("animated.webp", _animated("WEBP"), OPENED),
        Case("shrinks.jpg", "photo", written("shrinks.jpg", whole), says=DAMAGED, around=shrinking),
        Case("secret.jpg", "photo", written("secret.jpg", whole), says="may not", around=forbidden),
    ]
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP"):
        for seed in range(4):
            name = f"fuzz-{seed}.{kind.lower()}"
            cases.append(_case(name, spoilt(encoded(kind), seed), EITHER))
    return cases
