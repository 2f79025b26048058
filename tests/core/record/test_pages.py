"""What a network makes of the open page is kept with its snapshots, and costs a bounded share."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from core.errors import RecordError
from core.record import page_probe
from core.record import recorder as recording
from core.record.page_probe import MOST_GLYPHS
from core.record.reader import RunFile
from core.record.recorder import TimeBudget
from core.runtime import protocol as say
from tests.core.record.runs import Recorded, digest, letters
from tests.core.record.test_fork import Desk

PAGE = letters(30, 9).images


@pytest.fixture(autouse=True)
def everything_is_affordable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_ADVANCE", 60.0)


def test_a_page_is_read_with_each_snapshot_as_the_network_stood(tmp_path: Path) -> None:
    film, free = Recorded(tmp_path, "dropout"), Recorded(tmp_path, "dropout")
    film.recorder.watch(PAGE, "letter.jpg")
    film.train(3)
    middle = film.run.task.predict_proba(film.run.model, PAGE)
    film.train(3)
    end = film.run.task.predict_proba(film.run.model, PAGE)
    film.recorder.close()
    free.train(6)
    free.recorder.close()
    assert digest(film.run) == digest(free.run), "reading never changes what is learnt"
    with RunFile(film.path) as read:
        (page,) = read.pages()
        assert (page.key, page.step, page.number) == ("letter.jpg", 0, 0)
        assert np.array_equal(page.images, PAGE)
        for step, expected in ((3, middle), (6, end), (900, end)):
            reading = read.page_reading("letter.jpg", step)
            assert reading is not None and reading.step == min(step, 6)
            np.testing.assert_allclose(reading.probabilities, expected, atol=0.51 / 255)
        assert read.page_reading("another.jpg", 3) is None
    with RunFile(free.path) as read:
        assert read.pages() == [] and read.page_reading("letter.jpg", 3) is None


def test_a_page_cut_anew_is_another_and_a_closed_one_is_not_read(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.recorder.watch(PAGE, "a")
    film.train(2)
    film.recorder.watch(PAGE[:20], "a")
    film.recorder.watch(PAGE[:10], "a")
    film.train(2)
    film.recorder.watch(PAGE, "a")
    film.train(1)
    film.recorder.watch(PAGE[:0], "a")
    film.train(2)
    film.recorder.watch(np.zeros((3, 3, 32, 32), np.uint8), "colourful")
    film.train(1)
    film.recorder.close()
    with RunFile(film.path) as read:
        assert [len(page.images) for page in read.pages()] == [30, 10]
        readings = [read.page_reading("a", step) for step in range(9)]
        assert [r.number for r in readings if r is not None][:6] == [0, 0, 0, 1, 1, 0]
        assert readings[-1] is not None and readings[-1].step == 5


def test_what_a_page_may_take_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_probe, "MOST_PAGES", 2)
    film = Recorded(tmp_path)
    for key in "abc":
        film.recorder.watch(np.repeat(PAGE, 20, axis=0), key)
        film.train(1)
    monkeypatch.setattr(film.recorder, "_page_budget", TimeBudget(0.0, -1.0))
    film.recorder.watch(np.repeat(PAGE, 20, axis=0), "a")
    film.train(4)
    film.recorder.close()
    with RunFile(film.path) as read:
        assert [len(page.images) for page in read.pages()] == [MOST_GLYPHS] * 2
        readings = [read.page_reading("a", step) for step in range(9)]
        assert {reading.step for reading in readings if reading is not None} == {0, 1, 7}


def test_the_window_names_the_page(tmp_path: Path) -> None:
    desk = Desk()
    desk.session.handle(say.SetPage(1, PAGE, "letter.jpg"))
    desk.train(2)
    desk.finish()
    with RunFile(desk.path) as read:
        reading = read.page_reading("letter.jpg", 2)
        assert reading is not None and reading.probabilities.shape == (30, len(read.about.classes))


@pytest.mark.parametrize("edit", ["UPDATE pages SET count = -1", "UPDATE pages SET count = 29",
                                  "UPDATE pages SET count = 1 << 60"])  # fmt: skip
def test_a_damaged_page_is_a_sentence(edit: str, tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.recorder.watch(PAGE, "a")
    film.train(1)
    film.recorder.close()
    file = sqlite3.connect(film.path)
    file.execute(edit)
    file.commit()
    file.close()
    with RunFile(film.path) as read:
        with pytest.raises(RecordError):
            read.pages()
        with pytest.raises(RecordError):
            read.page_reading("a", 1)
