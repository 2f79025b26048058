"""What lies where a file should: folders, devices, pipes, links in a circle, odd names."""

import os
from pathlib import Path

from tests.core.io.hostile.kit import (
    EITHER,
    OPENED,
    Case,
    Make,
    encoded,
    forbidden,
    spoilt,
    written,
)

KINDS = {
    "page": ".jpg",
    "project": ".hdlpage",
    "csv": ".csv",
    "idx": "-images-idx3",
    "emnist": ".zip",
    "cifar": ".tar.gz",
    "arrays": ".npz",
    "weights": ".safetensors",
    "state": ".state",
}


def _gone(name: str) -> Make:
    return lambda folder: folder / name


def _folder(name: str) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).mkdir()
        return folder / name

    return make


def _pipe(name: str) -> Make:
    def make(folder: Path) -> Path:
        os.mkfifo(folder / name)
        return folder / name

    return make


def _circle(name: str) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).symlink_to(folder / "other")
        (folder / "other").symlink_to(folder / name)
        return folder / name

    return make


def _linked(name: str, to: str) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).symlink_to(to)
        return folder / name

    return make


def _vast(name: str) -> Make:
    """Sixteen gigabytes of nothing, none of them on the disk."""

    def make(folder: Path) -> Path:
        with (folder / name).open("wb") as file:
            file.truncate(2**34)
        return folder / name

    return make


def _named(name: str | bytes, content: bytes) -> Make:
    def make(folder: Path) -> Path:
        path = Path(os.fsdecode(os.path.join(os.fsencode(folder), os.fsencode(name))))
        path.write_bytes(content)
        return path

    return make


def _in_class(make: Make) -> Make:
    """The same in the folder of a class."""

    def inside(folder: Path) -> Path:
        place = folder / "pictures" / "a"
        place.mkdir(parents=True)
        return make(place)

    return inside


def places() -> list[Case]:
    """Every kind of place for every kind of file."""
    found = []
    for kind, ending in KINDS.items():
        found += [
            Case(f"gone{ending}", kind, _gone(f"gone{ending}")),
            Case(f"folder{ending}", kind, _folder(f"folder{ending}")),
            Case(f"vast{ending}", kind, _vast(f"vast{ending}")),
        ]
        if hasattr(os, "mkfifo"):
            found += [
                Case(f"pipe{ending}", kind, _pipe(f"pipe{ending}")),
                Case(f"circle{ending}", kind, _circle(f"circle{ending}")),
                Case(f"zeros{ending}", kind, _linked(f"zeros{ending}", "/dev/zero")),
                Case(f"chance{ending}", kind, _linked(f"chance{ending}", "/dev/urandom")),
            ]
        for number, name in enumerate(("a\0b", "x" * 400, "\ud800")):
            found.append(Case(f"name-{number}{ending}", kind, _gone(name + ending)))
    return [*found, *names(), *pictures(), *downloads()]


def names() -> list[Case]:
    """Files whose names would break a line, a terminal or a picture of text."""
    odd: list[str | bytes] = [
        "two\nlines.jpg",
        "\x1b[31mred\x07.jpg",
        "<b>bold<img src=x>.jpg",
        "%s{0}\\.jpg",
        "\u202egpj.exe",
        "“quoted”.jpg",
        "emoji🙂.jpg",
        "-rf",
        " .jpg",
    ]
    if os.name == "posix":
        odd.append(b"\xff\xfe.jpg")
    return [
        Case(f"odd-name-{number}", "page", _named(name, b"no photo at all"))
        for number, name in enumerate(odd)
    ]


def pictures() -> list[Case]:
    """Pictures in the folder of a class: what cannot be opened is skipped and named."""
    bad = {
        "empty.png": b"",
        "text.png": b"hello",
        "half.gif": encoded("GIF")[:40],
        "blocks.gif": encoded("GIF")[:-1] + b"!\xfe" + b"\x01a" * 400_000,
        "comments.gif": b"GIF89a\1\0\1\0\0\0\0" + (b"!\xfe" + b"\x01a" * 200 + b"\0") * 3000,
        "vast.gif": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2",
    }
    found = [
        Case(
            name,
            "folder",
            _in_class(written(name, content)),
            EITHER if "block" in name else "refused",
        )
        for name, content in bad.items()
    ]
    for kind in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"):
        name = f"fuzzed.{kind.lower()}"
        make = _in_class(written(name, spoilt(encoded(kind), 5)))
        found.append(Case(name, "folder", make, EITHER))
    whole = encoded("PNG")
    return [
        *found,
        Case("good.png", "folder", _in_class(written("good.png", whole)), OPENED),
        Case("secret.png", "folder", _in_class(written("secret.png", whole)), around=forbidden),
        Case("folder.png", "folder", _in_class(_folder("folder.png"))),
    ]


def downloads() -> list[Case]:
    """What lies where a download should go on."""
    found = [
        Case("begun.zip", "download", written("begun.zip.part", b"garbage")),
        Case("whole.zip", "download", written("whole.zip.part", bytes(5_000))),
        Case("too-much.zip", "download", written("too-much.zip.part", bytes(90_000))),
        Case("folder.zip", "download", _folder("folder.zip.part"), says="cannot be written"),
    ]
    if hasattr(os, "mkfifo"):
        found.append(Case("pipe.zip", "download", _pipe("pipe.zip.part")))
    return found
