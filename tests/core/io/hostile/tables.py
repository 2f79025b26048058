"""CSV, idx, npz and archives that lie about what they hold."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from core.data.handwriting import HandwritingFile
from core.io.npz import save_npz
from tests.core.io.hostile.kit import (
    EITHER,
    OPENED,
    Case,
    Make,
    encoded,
    forbidden,
    shrinking,
    spoilt,
    written,
    zeros,
)

LINE = b"3," + b",".join([b"0"] * 784)
Content = bytes | Callable[[], bytes]


def _csv(name: str, content: Content, says: str = "", ends: str = "refused") -> Case:
    return Case(name, "csv", written(name, content), ends, says)


def csv_files() -> list[Case]:
    """Tables."""
    whole = b"\n".join([LINE] * 21)
    return [
        _csv("empty.csv", b"", "holds no pictures"),
        _csv("only-ends.csv", b"\n\r\n" * 1000, "holds no pictures"),
        _csv("headings.csv", b"label,pixel1,pixel2\n", "holds no pictures"),
        _csv("short.csv", LINE + b"\n" + LINE[:-4], "line 2 has 783 columns"),
        _csv("long.csv", LINE + b",0", "786 columns"),
        _csv("endless.csv", lambda: b"1," * 2**25, "more than 32,768 characters"),
        _csv("only-zeros.csv", bytes(2**20), "more than 32,768 characters"),
        _csv("commas.csv", lambda: b",\n" * 2**20, "columns"),
        _csv("words.csv", LINE.replace(b",0", b",ink", 1), "no level"),
        _csv("nan.csv", LINE.replace(b",0", b",nan", 1), "“nan” is no level"),
        _csv("minus.csv", LINE.replace(b",0", b",-1", 1), "no level"),
        _csv("bright.csv", LINE.replace(b",0", b",256", 1), "more than 255"),
        _csv("huge.csv", LINE.replace(b",0", b"," + b"9" * 5000, 1), "no level"),
        _csv("label.csv", b"999" + LINE[1:], "label of 999"),
        _csv("wide-letters.csv", whole.decode().encode("utf-16"), ends=OPENED),
        _csv("picture.csv", encoded("PNG"), "is a picture"),
        _csv("old-ends.csv", b"\r".join([LINE] * 50), ends=OPENED),
        _csv("marks.csv", b'\xef\xbb\xbf"3"' + LINE[1:], ends=OPENED),
        _csv("many.csv", lambda: b"\n".join([LINE] * 10_000), ends=OPENED),
        Case("shrinks.csv", "csv", written("shrinks.csv", whole), says="columns", around=shrinking),
        Case("secret.csv", "csv", written("secret.csv", whole), says="denied", around=forbidden),
    ]


def _head(*shape: int, kind: int = 8) -> bytes:
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape)


def _idx(name: str, content: Content, says: str = "", ends: str = "refused") -> Case:
    return Case(name, "idx", written(name, content), ends, says)


def _pair(name: str, images: bytes, labels: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / name.replace("idx3", "idx1").replace("images", "labels")).write_bytes(labels)
        return written(name, images)(folder)

    return make


def _beside_itself(folder: Path) -> Path:
    """Labels that are a link to themselves."""
    link = folder / "x-labels-idx1"
    link.symlink_to(link)
    return written("x-images-idx3", _head(2, 4, 4) + bytes(32))(folder)


def idx_files() -> list[Case]:
    """MNIST's own kind of file."""
    whole = _head(5, 4, 4) + bytes(80)
    packed = gzip.compress(whole, mtime=0)
    endless_head = b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 2**22
    name, label = "a-images-idx3", _head(5) + bytes(5)
    return [
        _idx("empty-idx3", b"", "no idx file"),
        _idx("mark-idx3", b"\0\0\x08", "no idx file"),
        _idx("axes-idx3", b"\0\0\x08\x7f" + bytes(600), "no idx file"),
        _idx("floats-idx3", _head(5, 4, 4, kind=0x0D) + bytes(400), "only bytes"),
        _idx("head-idx3", _head(5, 4, 4)[:9], "ends inside its header"),
        _idx("short-idx3", whole[:-1], "holds only 79"),
        _idx("more-idx3", whole + b"\0", "holds more"),
        _idx("claims-idx3", _head(2**32 - 1, 2**32 - 1, 2**32 - 1), "up to 256 MB"),
        _idx("claims-256-mb-idx3", _head(2**20, 16, 16), "holds only 0"),
        _idx("none-idx3", _head(0, 2**28, 28), "0 pictures"),
        _idx("no-sides-idx3", _head(5, 0, 2**20), "a side"),
        _idx(
            "one-vast-idx3.gz",
            lambda: gzip.compress(_head(1, 9000, 9000) + bytes(81_000_000), 1),
            "a side",
        ),
        _idx(
            "dots-idx3.gz",
            lambda: gzip.compress(_head(2**22, 1, 1) + bytes(2**22), 1),
            "up to 1,000,000",
        ),
        _idx("bomb-idx3.gz", lambda: _gzipped(_head(5, 4, 4), 2**24), "holds more"),
        _idx("flat-idx2", _head(5, 4) + bytes(20), "pictures have three"),
        _idx("labels-alone-idx1", _head(5) + bytes(5), "no pictures lie beside it"),
        _idx("torn-idx3.gz", packed[:-20], "cut short"),
        _idx("checksum-idx3.gz", packed[:-8] + bytes(8), "damaged"),
        _idx("nothing-idx3.gz", b"\x1f\x8b", "damaged"),
        _idx("endless-head-idx3.gz", endless_head, "far more packed"),
        _idx(
            "empty-blocks-idx3.gz",
            b"\x1f\x8b\x08" + bytes(7) + b"\0\0\0\xff\xff" * 2**20,
            "far more packed",
        ),
        Case("other-labels", "idx", _pair(name, whole, _head(6) + bytes(6)), says="do not belong"),
        Case("torn-labels", "idx", _pair(name, whole, label[:-2]), says="holds only 3"),
        Case("empty-labels", "idx", _pair(name, whole, b""), says="no idx file"),
        Case("link-in-a-circle", "idx", _beside_itself, OPENED),
        Case(
            "shrinks-idx3",
            "idx",
            written("shrinks-idx3", whole),
            says="holds only",
            around=shrinking,
        ),
        Case("secret-idx3", "idx", written("secret-idx3", whole), says="denied", around=forbidden),
    ]


def _gzipped(begin: bytes, more: int) -> bytes:
    """A beginning and so many zeros behind it: the checksum is wrong, but nobody gets that far."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(2**20)
    parts = [packer.compress(begin), *(packer.compress(block) for _ in range(more >> 20))]
    return b"".join(parts) + packer.flush()


def _npy(header: str, data: bytes = b"", version: bytes = b"\1\0") -> bytes:
    text = header.encode()
    size = struct.pack("<H" if version == b"\1\0" else "<I", len(text))
    return b"\x93NUMPY" + version + size + text + data


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, method)
    return buffer.getvalue()


def _described(shape: str, kind: str = "|u1", data: bytes = bytes(16)) -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}"
    return _zip({"images.npy": _npy(header, data)})


def _titled(text: str) -> bytes:
    return _zip({"images.npy": _npy(text, bytes(16))})


@cache
def _listing() -> bytes:
    """A zip that lists very many empty files."""
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, *[20] * 2, *[0] * 7, 1, *[0] * 6) + b"a"
    entry = entry[:46] + b"a"
    listing = entry * 60_000
    return listing + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 60_000, 60_000, len(listing), 0, 0)


def _locked() -> bytes:
    raw = bytearray(_described("(16,)"))
    raw[6] |= 1
    raw[raw.rfind(b"PK\1\2") + 8] |= 1
    return bytes(raw)


def _lying() -> bytes:
    """Zeros that unpack to more than the list says."""
    raw = bytearray(_zip({"images.npy": bytes(2**24)}))
    at = raw.rfind(b"PK\1\2")
    struct.pack_into("<I", raw, at + 24, 100)
    return bytes(raw)


def _arrays(name: str, content: Content, says: str = "", ends: str = "refused") -> Case:
    return Case(name, "arrays", written(name, content), ends, says)


def arrays() -> list[Case]:
    """Arrays in a zip, numpy's way."""
    deep = "-" * 9000 + "1"
    objects = "{'descr': '|O', 'fortran_order': False, 'shape': (2,)}"
    return [
        _arrays("empty.npz", b"", "no whole zip"),
        _arrays("text.npz", b"not a zip", "no whole zip"),
        _arrays("no-list.npz", _described("(16,)")[:-30], "no whole zip"),
        _arrays("listing.npz", _listing, "lists far more files"),
        _arrays("nothing.npz", _zip({}), "does not contain images"),
        _arrays("locked.npz", _locked, "locked"),
        _arrays(
            "other-way.npz",
            lambda: _zip({"images.npy": bytes(2**24)}, zipfile.ZIP_BZIP2),
            "unusual way",
        ),
        _arrays(
            "other-way-2.npz",
            lambda: _zip({"images.npy": bytes(2**24)}, zipfile.ZIP_LZMA),
            "unusual way",
        ),
        _arrays("lying.npz", _lying, "damaged"),
        _arrays("bomb.npz", lambda: _zip({"images.npy": bytes(2**24 + 2**20)}), "more than"),
        _arrays("pickled.npz", _zip({"images.npy": _npy(objects, b"cos\nsystem\n")}), "no array"),
        _arrays("claims.npz", _described("(99999999999, 99999999)"), "no array"),
        _arrays("minus.npz", _described("(-4, -4)"), "no array"),
        _arrays("no-type.npz", _described("(16,)", "no such"), "no array"),
        _arrays("no-size.npz", _described("(16,)", "<U0"), "no array"),
        _arrays(
            "deep.npz",
            _titled(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({deep},)}}"),
            "no array",
        ),
        _arrays("brackets.npz", _titled("(" * 9000), "no array"),
        _arrays("no-header.npz", _titled("what?"), "no array"),
        _arrays("long-header.npz", _titled(" " * 60_000), "no array"),
        _arrays("version.npz", _zip({"images.npy": _npy("", b"", b"\7\0")}), "no array"),
        _arrays("climbing.npz", _zip({"../../images.npy": b"?"}), "no array"),
        *(_handwriting(f"handwriting-{seed}.npz", seed) for seed in range(4)),
        Case("letters.npz", "handwriting", _mixed, says="do not fit together"),
        Case("codes.npz", "handwriting", _no_letters, says="do not fit together"),
    ]


def _kept(path: Path) -> None:
    HandwritingFile(path).add(np.zeros((28, 28), np.uint8), "a", "the pad")


def _handwriting(name: str, seed: int) -> Case:
    def make(folder: Path) -> Path:
        path = folder / name
        _kept(path)
        path.write_bytes(spoilt(path.read_bytes(), seed, 3))
        return path

    return Case(name, "handwriting", make, EITHER)


def _mixed(folder: Path) -> Path:
    images, labels = np.zeros((3, 9, 9), np.float64), np.array(["a", "b"])
    parts = {"images": images, "labels": labels, "origins": labels, "numbers": np.arange(3)}
    save_npz(folder / "letters.npz", parts)
    return folder / "letters.npz"


def _no_letters(folder: Path) -> Path:
    """Characters that Unicode does not have."""
    images = np.zeros((1, 28, 28), np.uint8)
    text = np.frombuffer(b"\xff\xff\xff\xff", "<U1")
    parts = {"images": images, "labels": text, "origins": text, "numbers": np.arange(1)}
    save_npz(folder / "codes.npz", parts)
    return folder / "codes.npz"


def _member(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def _tar(content: bytes) -> bytes:
    return gzip.compress(content + bytes(1024), 1, mtime=0)


def _attributes() -> bytes:
    """Millions of attributes before the first member."""
    listing = b"12 a=bbbbbb\n" * 2_500_000
    block = _member("attributes", len(listing), tarfile.XHDTYPE) + listing
    return _tar(block + bytes(-len(listing) % 512))


def _archive(name: str, kind: str, content: Content, says: str = "") -> Case:
    return Case(name, kind, written(name, content), says=says)


def archives() -> list[Case]:
    """The archives of EMNIST and CIFAR-10."""
    images = "emnist-letters-train-images-idx3-ubyte.gz"
    lines = gzip.compress(_head(1, 9, 9) + bytes(81), mtime=0)
    endless = b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 2**21
    return [
        _archive("text.zip", "emnist", b"<html>Please log in</html>", "no whole zip"),
        _archive("other.zip", "emnist", _zip({"readme.txt": b"hello"}), "does not contain"),
        _archive("shape.zip", "emnist", _zip({f"gzip/{images}": lines}), "emnist-letters"),
        _archive("endless.zip", "emnist", lambda: _zip({images: endless}), "far more packed"),
        _archive("plain.zip", "emnist", _zip({images: b""}), "no idx file"),
        _archive("text.tar.gz", "cifar", b"<html>", "no whole tar.gz"),
        _archive("empty.tar.gz", "cifar", b"", "no whole tar.gz"),
        _archive("python.tar.gz", "cifar", _tar(b""), "lacks data_batch_1.bin"),
        _archive("attributes.tar.gz", "cifar", _attributes, "lacks data_batch_1.bin"),
        _archive(
            "claims.tar.gz", "cifar", _tar(_member("data_batch_1.bin", 2**40)), "has 1,099,511"
        ),
        _archive("minus.tar.gz", "cifar", _tar(_member("data_batch_1.bin", -3073)), "cut short"),
        _archive(
            "bomb.tar.gz",
            "cifar",
            lambda: _gzipped(_member("x", 2**33), 2**28 + 2**22),
            "unpacks to more",
        ),
        _archive(
            "link.tar.gz", "cifar", _tar(_member("data_batch_1.bin", 0, tarfile.SYMTYPE)), "lacks"
        ),
        _archive("nonsense.tar.gz", "cifar", _tar(b"?" * 5120), "no whole tar.gz"),
        _archive("only-zeros.tar.gz", "cifar", zeros(2**20, gzip=True), "lacks"),
    ]
