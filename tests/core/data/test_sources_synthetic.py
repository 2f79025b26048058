"""Letters that nobody wrote: whole, upright, the same for the same seed, and kept."""

from pathlib import Path
from threading import Event

import numpy as np
import pytest

from core.data.sources.registry import source
from core.data.sources.synthetic import LEARNT_FACES, TESTED_FACES, SyntheticLetters
from core.data.synthetic_letters import FACES, LetterVariation, draw_letters
from core.errors import DataError
from core.io.progress import Cancelled, no_progress
from core.paths import cache_dir, resource

SMALL = SyntheticLetters(train=52, test=26)
ALL = np.arange(26, dtype=np.uint8)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELLODL_HOME", str(tmp_path))
    return tmp_path


def test_it_needs_nothing_and_gives_letters_as_emnist_does() -> None:
    assert source("synthetic").ready and source("synthetic").remote is None
    train, test = SMALL.load(no_progress)
    assert (len(train), len(test)) == (52, 26)
    assert train.classes == tuple("abcdefghijklmnopqrstuvwxyz")
    assert np.bincount(train.labels).tolist() == [2] * 26
    assert "synthetic" in train.name.casefold()


def test_the_fonts_of_the_test_are_never_learnt() -> None:
    assert not set(LEARNT_FACES) & set(TESTED_FACES)
    assert set(LEARNT_FACES) | set(TESTED_FACES) == set(FACES)


def test_every_font_is_there_with_its_licence_and_credited() -> None:
    credits = resource("CREDITS.md").read_text(encoding="utf-8")
    for face in FACES:
        licence = resource(f"fonts/{face}.OFL.txt").read_text(encoding="utf-8")
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence
        assert f"fonts/{face}.ttf" in credits


def test_a_seed_means_the_same_letters_and_another_means_others() -> None:
    once = draw_letters(ALL, np.random.default_rng(3))
    assert np.array_equal(once, draw_letters(ALL, np.random.default_rng(3)))
    assert not np.array_equal(once, draw_letters(ALL, np.random.default_rng(4)))


@pytest.mark.parametrize("face", FACES)
def test_letters_fill_the_box_centred_and_unclipped(face: str) -> None:
    letters = draw_letters(np.repeat(ALL, 4), np.random.default_rng(0), (face,))
    for letter in letters:
        rows, columns = (np.flatnonzero(letter.max(axis=axis) > 100) for axis in (1, 0))
        high, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
        assert 21 <= max(high, wide) <= 26
        for ends in (rows, columns):
            assert abs(ends[0] + ends[-1] - 27) <= 2, "not in the middle"
    grey = ((letters > 30) & (letters < 225)).mean()
    assert grey > 0.05, "edges are not smooth"


def test_letters_of_one_kind_differ_and_stay_alike() -> None:
    many = draw_letters(np.full(40, 14, np.uint8), np.random.default_rng(0)).astype(float)
    assert all(not np.array_equal(many[0], other) for other in many[1:])
    hollow = many[:, 12:16, 12:16].mean()
    assert hollow < 40 < many.mean(), "an o has a hole in the middle and ink around it"


def test_width_and_capitals_are_obeyed() -> None:
    def ink(**how: float) -> float:
        still = LetterVariation(turn=0, slant=(0, 0), stretch=0, elastic=0, **how)
        return float(draw_letters(ALL, np.random.default_rng(0), ("Delius",), still).mean())

    assert ink(thin=1.9, thick=2.0) < ink(thin=4, thick=4.1)
    assert ink(capitals=0) != ink(capitals=1)


def test_they_are_drawn_once_and_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = SMALL.load(no_progress)

    def must_not(*_: object, **__: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr("core.data.synthetic_letters.draw_letters", must_not)
    again = SMALL.load(no_progress)
    assert all(np.array_equal(a.images, b.images) for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no archive", b"\x93NUMPY"])
def test_a_damaged_copy_is_drawn_again(home: Path, damage: bytes) -> None:
    first = SMALL.load(no_progress)
    (copy,) = (home / "cache").glob("synthetic*.npz")
    copy.write_bytes(damage)
    assert np.array_equal(SMALL.load(no_progress)[0].images, first[0].images)
    assert copy.stat().st_size > 50_000, "and kept again"


def test_cancelling_leaves_nothing(home: Path) -> None:
    cancel = Event()
    with pytest.raises(Cancelled):
        SMALL.load(lambda done, total, what: cancel.set(), cancel)
    assert not list(home.rglob("*.npz"))


def test_it_takes_no_file() -> None:
    with pytest.raises(DataError, match=r"need no file; mine\.gz"):
        SMALL.at(Path("mine.gz"))


def test_another_process_draws_the_same_letters() -> None:
    letters = SyntheticLetters(train=60, test=30, seed=3)
    letters.draw_elsewhere()
    (kept,) = cache_dir().glob("synthetic-letters-*-60-30-3.npz")
    theirs = letters.load(no_progress)
    kept.unlink()
    for one, other in zip(theirs, letters.load(no_progress), strict=True):
        np.testing.assert_array_equal(one.images, other.images)


def test_drawing_elsewhere_tells_how_far_it_is_and_ends_when_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELLODL_HOME", str(tmp_path))
    cancel, told = Event(), []

    def hear(done: int, total: int, what: str) -> None:
        told.append((done, total))
        cancel.set()

    with pytest.raises(Cancelled):
        SyntheticLetters(20_000, 10).draw_elsewhere(hear, cancel)
    assert told[0] == (0, 20_010)
    assert not list(tmp_path.rglob("*.npz")), "nothing half-made is left"
