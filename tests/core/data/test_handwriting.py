"""My handwriting: nothing is lost, nothing damaged is trusted."""

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.data.handwriting import MOST, HandwritingFile
from core.data.sources.handwriting import HandwritingSource
from core.errors import DataError
from core.io.npz import load_npz, save_npz
from core.io.progress import no_progress

PICTURES = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)


@pytest.fixture
def store(tmp_path: Path) -> HandwritingFile:
    return HandwritingFile(tmp_path / "handwriting.npz")


def test_what_was_added_is_there_next_time(store: HandwritingFile) -> None:
    for picture, label in zip(PICTURES, "hHe7g", strict=True):
        store.add(picture, label, "page.jpg")
    again = HandwritingFile(store.path).all()
    assert [sample.label for sample in again] == list("hHe7g")
    assert np.array_equal(np.stack([sample.image for sample in again]), PICTURES)
    assert again[0].origin == "page.jpg"


def test_removing_can_be_undone_in_its_place(store: HandwritingFile) -> None:
    first, second, third = (store.add(PICTURES[i], "abc"[i], "pad") for i in range(3))
    store.remove(second.number, 99)
    assert [sample.label for sample in store.all()] == ["a", "c"]
    store.put_back(second)
    assert [sample.number for sample in store.all()] == [
        first.number,
        second.number,
        third.number,
    ]


@pytest.mark.parametrize("label", ["", "ab", "é", " ", "?"])
def test_only_single_letters_and_digits_are_kept(store: HandwritingFile, label: str) -> None:
    with pytest.raises(DataError, match="not a single letter or digit"):
        store.add(PICTURES[0], label, "pad")


def test_misfit_pictures_are_refused(store: HandwritingFile) -> None:
    with pytest.raises(DataError, match="28×28"):
        store.add(PICTURES[0][:20], "a", "pad")
    with pytest.raises(DataError, match="28×28"):
        store.add(PICTURES[0].astype(float), "a", "pad")


def _spoil(path: Path, how: str) -> None:
    good = path.read_bytes()
    many = np.zeros((MOST + 1, 28, 28), np.uint8)
    match how:
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(good[: len(good) // 2])
        case "flipped":
            path.write_bytes(good[:100] + bytes([good[100] ^ 255]) + good[101:])
        case "lacking":
            save_npz(path, {"images": PICTURES})
        case "misfit":
            labels = np.array(["a"])
            save_npz(path, {"images": PICTURES, "labels": labels, "origins": labels,
                               "numbers": np.arange(1)})  # fmt: skip
        case "bomb":
            labels = np.full(MOST + 1, "a")
            arrays = {"images": np.repeat(many, 5, axis=0), "labels": labels, "origins": labels}
            save_npz(path, {**arrays, "numbers": np.arange(MOST + 1)}, packed=True)
        case "pickle":
            with zipfile.ZipFile(path, "w") as file:
                file.writestr("images.npy", pickle.dumps(print))
        case "no characters":
            odd = np.array([0xFFFFFF], np.uint32).view("<U1")
            save_npz(path, {"images": PICTURES[:1], "labels": odd, "origins": odd,
                               "numbers": np.arange(1)})  # fmt: skip


@pytest.mark.parametrize(
    "how", ["empty", "cut", "flipped", "lacking", "misfit", "bomb", "pickle", "no characters"]
)
def test_a_damaged_file_is_put_aside_never_lost(store: HandwritingFile, how: str) -> None:
    store.add(PICTURES[0], "a", "pad")
    _spoil(store.path, how)
    damaged = store.path.read_bytes()
    assert store.all() == ()
    assert store.complaint is not None and "damaged" in store.complaint
    (aside,) = store.path.parent.glob("handwriting-damaged-*")
    assert aside.read_bytes() == damaged
    store.add(PICTURES[1], "b", "pad")
    assert [sample.label for sample in HandwritingFile(store.path).all()] == ["b"]


def test_objects_and_lying_headers_are_never_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.array([{}], object))
    with pytest.raises(DataError, match="no array"):
        load_npz(path, "a")
    head = b"\x93NUMPY\x01\x00\x76\x00{'descr': '|u1', 'fortran_order': False, 'shape': (%s,)}"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.npy", (head % b"9000000000000").ljust(128) + b"abc")
    with pytest.raises(DataError, match="no array"):
        load_npz(path, "a")


def test_as_a_source_it_holds_letters_digits_or_both(store: HandwritingFile) -> None:
    mine = HandwritingSource(store)
    with pytest.raises(DataError, match="Nothing saved yet"):
        mine.load(no_progress)
    store.add(PICTURES[0], "H", "pad")
    (found,) = mine.load(no_progress)
    assert "".join(found.classes) == "abcdefghijklmnopqrstuvwxyz"
    assert found.classes[found.labels[0]] == "h", "upper and lower case together"
    store.add(PICTURES[1], "7", "pad")
    (both,) = mine.load(no_progress)
    assert len(both.classes) == 36 and both.classes[both.labels[1]] == "7"


def test_a_full_disk_is_told_and_the_old_file_stays(
    store: HandwritingFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(PICTURES[0], "a", "pad")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.io.npz.write_atomic", full)
    with pytest.raises(DataError, match="No space left"):
        store.add(PICTURES[1], "b", "pad")
    assert [sample.label for sample in store.all()] == ["a"]
