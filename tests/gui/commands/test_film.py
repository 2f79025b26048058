"""`hellodl film`: pictures as long and as large as wished, and nothing left behind otherwise."""

import signal
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from core.errors import LabError
from core.kernels.engine import use_engine
from hellodl_gui.commands.film import film
from hellodl_gui.commands.interrupts import Interrupts
from hellodl_gui.features.export.movie import MovieWriter


@pytest.fixture(autouse=True)
def polite() -> Iterator[None]:
    """The command changes what happens on a polite request to end; afterwards all is as it was."""
    before = signal.getsignal(signal.SIGTERM)
    with use_engine("reference"):
        yield
    signal.signal(signal.SIGTERM, before)


def test_descents_are_two_films_as_published(qtbot: QtBot, tmp_path: Path) -> None:
    out = tmp_path / "d.gif"
    assert film(["film", "descents", str(out)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d-2.gif", "d.gif"]
    for path in tmp_path.iterdir():
        with Image.open(path) as picture:
            assert picture.size == (600, 400)
            assert picture.n_frames == 20
            times = []
            for frame in range(20):
                picture.seek(frame)
                times.append(picture.info["duration"])
            assert set(times) == {330}


def test_descents_as_mp4_take_the_time_that_is_wished(qtbot: QtBot, tmp_path: Path) -> None:
    out = tmp_path / "d.mp4"
    words = ["--seconds", "1", "--steps", "4", "--size", "320x240", "--theme", "light"]
    assert film(["film", "descents", str(out), *words]) == 0
    with av.open(str(out)) as container:
        frames = [one.to_ndarray(format="rgb24") for one in container.decode(video=0)]
    assert len(frames) == 30
    assert frames[0].shape == (240, 320, 3)
    assert frames[0].mean() > 180  # the light theme
    assert not np.array_equal(frames[0], frames[-1])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["descents", "d.png"], "must end in"),
        (["descents", "nowhere/d.gif"], "no folder"),
        (["descents", "d.gif", "--seconds", "0"], "up to 3600 seconds"),
        (["descents", "d.gif", "--size", "9x9"], "160x120"),
        (["descents", "d.gif", "--lr", "3"], "not understood"),
        (["weights", "w.gif", "--rate", "3"], "no setting “rate”"),
        (["reading", "r.mp4", "--page", "nothing.jpg"], "nothing.jpg"),
        (["reading", "r.mp4", "--steps", "0"], "at least one step"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_trained(
    words: list[str], said: str, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabError, match=said):
        film(["film", *words])
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_no_half_film(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = MovieWriter.add

    def press(self: MovieWriter, frame: np.ndarray, times: int = 1) -> bool:  # type: ignore[type-arg]
        signal.raise_signal(signal.SIGINT)
        return given(self, frame, times)

    monkeypatch.setattr(MovieWriter, "add", press)
    with pytest.raises(KeyboardInterrupt):
        film(["film", "descents", str(tmp_path / "d.gif")])
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_is_only_noted_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.wanted
        with pytest.raises(KeyboardInterrupt):
            stop.check()
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.slow
def test_the_weights_become_a_film(qtbot: QtBot, tmp_path: Path) -> None:
    out = tmp_path / "w.gif"
    words = ["--seconds", "1", "--size", "400x300", "--stop_at", "0.6"]
    assert film(["film", "weights", str(out), *words]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["w.gif"]
    with Image.open(out) as picture:
        first = np.asarray(picture.convert("RGB"), int)
        assert picture.size == (400, 300)
        picture.seek(picture.n_frames - 1)
        last = np.asarray(picture.convert("RGB"), int)
    assert np.abs(last - first).mean() > 1


@pytest.mark.slow
def test_a_page_learns_to_be_read(qtbot: QtBot, tmp_path: Path) -> None:
    out = tmp_path / "r.mp4"
    words = ["--steps", "150", "--seconds", "1", "--fps", "8", "--size", "800x600"]
    assert film(["film", "reading", str(out), *words]) == 0
    with av.open(str(out)) as container:
        frames = [one.to_ndarray(format="rgb24").astype(int) for one in container.decode(video=0)]
    assert len(frames) == 8
    assert _red(frames[0]) > 10 * _red(frames[-1])


def _red(frame: "np.ndarray") -> int:  # type: ignore[type-arg]
    """Pixels in the colour of doubt."""
    red, green, blue = frame[..., 0], frame[..., 1], frame[..., 2]
    return int(((red > 150) & (green < 80) & (blue < 80)).sum())
