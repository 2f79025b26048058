"""EMNIST's zip and CIFAR-10's tar, made small: read right, and every damage is a sentence."""

import gzip
import hashlib
import io
import struct
import tarfile
import time
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from core.data.sources.cifar10 import Cifar10
from core.data.sources.emnist import BALANCED, DIGITS, LETTERS, Emnist
from core.data.sources.registry import source, sources
from core.errors import DataError, LabError
from core.io.progress import Cancelled, no_progress
from core.io.remote_file import RemoteFile
from tests.core.data.server import Script, breaks_off, served, whole

RNG = np.random.default_rng(0)
UPRIGHT = RNG.integers(0, 256, (5, 28, 28)).astype(np.uint8)


def idx(array: np.ndarray) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(np.uint8).tobytes()


def parts(part: str, labels: list[int]) -> dict[str, bytes]:
    """The four files of one part, as NIST packs them."""
    files = {}
    for which in ("train", "test"):
        mirrored = UPRIGHT[: len(labels)].transpose(0, 2, 1)
        stem = f"gzip/emnist-{part}-{which}"
        files[f"{stem}-images-idx3-ubyte.gz"] = gzip.compress(idx(mirrored), 1)
        files[f"{stem}-labels-idx1-ubyte.gz"] = gzip.compress(idx(np.array(labels)), 1)
    return files


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("emnist", "labels", "names"),
    [
        (LETTERS, [1, 26, 8], ["a", "z", "h"]),
        (DIGITS, [0, 9, 4], ["0", "9", "4"]),
        (BALANCED, [0, 10, 36, 46], ["0", "A", "a", "t"]),
    ],
)
def test_each_part_of_emnist_is_read_upright(
    tmp_path: Path, emnist: Emnist, labels: list[int], names: list[str]
) -> None:
    path = zipped(tmp_path / "gzip.zip", parts(emnist.part, labels))
    train, test = emnist.at(path).load(no_progress)
    assert np.array_equal(train.images, UPRIGHT[: len(labels)])
    assert [train.classes[label] for label in test.labels] == names
    assert test.name.endswith("test")


def _spoilt(fault: str) -> dict[str, bytes]:
    files = parts("letters", [1, 2, 3])
    images, labels = list(files)[:2]
    match fault:
        case "a part is missing":
            del files[labels]
        case "label 0 among letters":
            files[labels] = gzip.compress(idx(np.array([1, 0, 3])))
        case "label 27":
            files[labels] = gzip.compress(idx(np.array([1, 27, 3])))
        case "other sizes":
            files[images] = gzip.compress(idx(np.zeros((3, 28, 27))))
        case "too few labels":
            files[labels] = gzip.compress(idx(np.array([1, 2])))
        case "cut short":
            files[images] = files[images][:-400]
        case "garbage":
            files[images] = b"<html>Not found</html>"
        case "a bomb inside":
            bomb = gzip.compress(bytes(300 * 2**20), 1)
            files[images] = gzip.compress(idx(np.zeros((3, 28, 28))), 1) + bomb
        case "a bomb that says so":
            head = bytes([0, 0, 8, 3]) + struct.pack(">III", 10**6, 28, 28)
            files[images] = gzip.compress(head + bytes(40 * 2**20), 1)
    return files


FAULTS = {
    "a part is missing": "does not contain emnist-letters-train-labels",
    "label 0 among letters": "has a 0 at place 1; labels run from 1 to 26",
    "label 27": "has a 27 at place 1",
    "other sizes": r"shape \(3, 28, 27\), not",
    "too few labels": "need as many labels",
    "cut short": "damaged|cut short",
    "garbage": "is no idx file",
    "a bomb that says so": "claims 784,000,000 bytes",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_inside_the_archive_is_named(tmp_path: Path, fault: str) -> None:
    path = zipped(tmp_path / "gzip.zip", _spoilt(fault))
    with pytest.raises(DataError, match=FAULTS[fault]):
        LETTERS.at(path).load(no_progress)


def test_a_bomb_behind_the_pictures_is_never_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "gzip.zip", _spoilt("a bomb inside"))
    tracemalloc.start()
    train, _ = LETTERS.at(path).load(no_progress)
    assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    tracemalloc.stop()
    assert len(train) == 3


def test_a_flipped_byte_in_the_zip_is_noticed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "gzip.zip", parts("letters", [1, 2, 3]))
    content = bytearray(path.read_bytes())
    for place in range(200, len(content) - 400, 501):
        content[place] ^= 255
    path.write_bytes(content)
    with pytest.raises(DataError):
        LETTERS.at(path).load(no_progress)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"PK\x05\x06" + bytes(18), b"\x89PNG\r\n\x1a\n", bytes(5000), b"PK\x03\x04" * 900],
)
def test_what_is_no_archive_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gzip.zip"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"gzip\.zip"):
        LETTERS.at(path).load(no_progress)
    with pytest.raises(DataError, match=r"gzip\.zip"):
        Cifar10().at(path).load(no_progress)


def test_a_zip_listing_a_million_files_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "gzip.zip"
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, *[0] * 6, 0, 0, 0, 1, *[0] * 6) + b"x"
    listed = entry * 200_000
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, len(listed), 0, 0)
    path.write_bytes(listed + end)
    began = time.perf_counter()
    with pytest.raises(DataError, match="far more files than a data set has"):
        LETTERS.at(path).load(no_progress)
    assert time.perf_counter() - began < 2


def test_names_that_climb_out_write_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    files = {f"../../{name.rpartition('/')[2]}": c for name, c in parts("letters", [1, 2]).items()}
    path = zipped(tmp_path / "in" / "gzip.zip", files)
    LETTERS.at(path).load(no_progress)
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["gzip.zip"]


RECORDS = {f"data_batch_{number}.bin": 2 for number in range(1, 6)} | {"test_batch.bin": 3}


def batches() -> dict[str, bytes]:
    made = {}
    for name, count in RECORDS.items():
        records = RNG.integers(0, 256, (count, 3073)).astype(np.uint8)
        records[:, 0] = np.arange(count)
        made[f"cifar-10-batches-bin/{name}"] = records.tobytes()
    return made


def tarred(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def test_cifar_is_read_in_colour(tmp_path: Path) -> None:
    files = batches()
    train, test = Cifar10().at(tarred(tmp_path / "c.tar.gz", files)).load(no_progress)
    assert train.images.shape == (10, 3, 32, 32) and len(test) == 3
    first = np.frombuffer(files["cifar-10-batches-bin/data_batch_1.bin"], np.uint8)
    assert np.array_equal(train.images[0].ravel(), first[1:3073])
    assert train.labels[:4].tolist() == [0, 1, 0, 1] and train.classes[1] == "automobile"


def _spoilt_tar(folder: Path, fault: str) -> Path:
    files, path = batches(), folder / "c.tar.gz"
    name = "cifar-10-batches-bin/data_batch_3.bin"
    match fault:
        case "lacks":
            del files[name]
        case "label":
            files[name] = b"\x0a" + files[name][1:]
        case "odd":
            files[name] = files[name][:-1]
        case "bomb":
            with gzip.open(path, "wb", 1) as file:
                for _ in range(300):
                    file.write(b"a" * 2**20)
            return path
        case "long name":
            with gzip.open(path, "wb", 1) as file:
                info = tarfile.TarInfo("x")
                info.type, info.size = tarfile.GNUTYPE_LONGNAME, 2**33
                file.write(info.tobuf(tarfile.GNU_FORMAT) + bytes(2**20))
            return path
    tarred(path, files)
    if fault == "cut":
        path.write_bytes(path.read_bytes()[:9000])
    return path


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("lacks", r"lacks data_batch_3\.bin"),
        ("label", "picture 0 has the label 10"),
        ("odd", "has 6,145 bytes"),
        ("cut", r"no whole tar\.gz"),
        ("bomb", r"no whole tar\.gz"),
        ("long name", r"no whole tar\.gz"),
    ],
)
def test_a_fault_in_cifar_is_named(tmp_path: Path, fault: str, said: str) -> None:
    path = _spoilt_tar(tmp_path, fault)
    with pytest.raises(DataError, match=said):
        Cifar10().at(path).load(no_progress)


def test_links_and_climbing_names_in_a_tar_write_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "c.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        link = tarfile.TarInfo("data_batch_1.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
        for name, content in batches().items():
            info = tarfile.TarInfo(f"../../{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    train, _ = Cifar10().at(path).load(no_progress)
    assert len(train) == 10
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["c.tar.gz"]


def test_loading_can_be_called_off(tmp_path: Path) -> None:
    cancel = Event()
    cancel.set()
    path = zipped(tmp_path / "gzip.zip", parts("letters", [1, 2]))
    with pytest.raises(Cancelled):
        LETTERS.at(path).load(no_progress, cancel)
    with pytest.raises(Cancelled):
        Cifar10().at(tarred(tmp_path / "c.tar.gz", batches())).load(no_progress, cancel)


def test_emnist_arrives_from_a_server_that_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELLODL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "*")
    content = zipped(tmp_path / "gzip.zip", parts("letters", [1, 2, 3])).read_bytes()
    script = Script(content, breaks_off(2000), whole)
    with served(script) as url:
        check = hashlib.sha256(content).hexdigest()
        here = replace(LETTERS, remote=RemoteFile(url, "gzip.zip", len(content), check))
        assert not here.ready
        train, _ = here.load(no_progress)
        assert here.ready, "the archive stays"
    assert np.array_equal(train.images, UPRIGHT[:3])
    assert script.ranges == [None, "bytes=2000-"]


def test_every_source_introduces_itself() -> None:
    keys = [each.key for each in sources()]
    assert keys == [
        "mnist", "synthetic", "emnist-letters", "emnist-digits", "emnist-balanced", "cifar10",
        "csv", "idx", "folder", "handwriting",
    ]  # fmt: skip
    for each in sources():
        assert all((each.name, each.about, each.credit, each.how))
        assert each is source(each.key)
    with pytest.raises(LabError, match="no data source “nothing”"):
        source("nothing")
