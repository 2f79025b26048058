"""A fork and its ancestors read as one film; what is missing or damaged only shortens it."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import RecordError
from core.record.lineage import Lineage
from core.runtime import protocol as say
from tests.core.record.test_fork import CHAPTER, Desk


def _run(steps: int, origin: say.Origin | None = None, **values: float) -> Path:
    desk = Desk(origin, **values)
    desk.train(steps)
    desk.finish()
    return desk.path


def _family() -> tuple[Path, Path, Path]:
    """A run of 30, a fork of it after 20 with another rate, and a fork of that after 40."""
    first = _run(30)
    second = _run(30, say.Origin(record=str(first), step=20), lr=0.05)
    third = _run(5, say.Origin(record=str(second), step=40), lr=0.05)
    return first, second, third


def test_the_film_of_a_fork_begins_with_its_first_ancestor() -> None:
    first, second, third = _family()
    with Lineage(third) as film, Lineage(first) as old:
        steps = film.curves()["step"]
        assert steps.tolist() == list(range(1, 46))
        assert np.array_equal(film.curves()["loss"][:20], old.curves()["loss"][:20])
        assert not np.array_equal(film.curves()["loss"][20:30], old.curves()["loss"][20:30])
        assert (np.diff(film.moments) > 0).all()
        assert (film.first_step, film.last_step) == (0, 45)
        assert film.file(10).path == first
        assert film.file(20).path == second
        assert film.file(45).path == third
        assert np.array_equal(film.seek(7).theta, old.seek(7).theta)
        assert film.knobs_at(20)["lr"] == CHAPTER.defaults()["lr"]
        assert film.knobs_at(21)["lr"] == 0.05
        changed = [(change.step, change.key) for change in film.knob_changes()]
        assert changed == [(21, "lr")]
        assert {20, 40} <= set(film.checkpoints.tolist())


def test_a_knob_turned_before_the_first_step_of_a_fork_is_one_change() -> None:
    fork = Desk(say.Origin(record=str(_run(30)), step=20))
    fork.turn("lr", 0.05)
    fork.train(5)
    fork.finish()
    with Lineage(fork.path) as film:
        changed = [(change.step, change.key, change.value) for change in film.knob_changes()]
    assert changed == [(21, "lr", 0.05)]


def test_a_fork_not_trained_yet_shows_its_parent_up_to_there() -> None:
    first, *_ = _family()
    with Lineage(first, until=12) as film:
        assert film.last_step == 12
        assert film.moments.max() <= 12
        assert film.curves()["step"].tolist() == list(range(1, 13))
        assert film.seek(29).step <= 12


@pytest.mark.parametrize("how", ["gone", "damaged", "another"])
def test_without_its_parent_the_film_begins_with_the_fork(how: str) -> None:
    first, second, _ = _family()
    if how == "gone":
        first.unlink()
    elif how == "damaged":
        first.write_bytes(b"SQLite format 3\0" + bytes(100))
    else:
        first.write_bytes(_run(3).read_bytes())
    with Lineage(second) as film:
        assert film.first_step == 20
        assert film.curves()["step"].tolist() == list(range(21, 51))


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite3"
    path.write_text("no database")
    with pytest.raises(RecordError, match=r"run\.sqlite3 is no record of a run"):
        Lineage(path)
