"""Films: whole and true in time and colour, or not there at all."""

import os
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pytestqt.qtbot import QtBot

from core.errors import LabError
from hellodl_gui.features.export.film_settings import FilmSettings
from hellodl_gui.features.export.movie import MovieWriter, fit_size

PATIENCE = 120_000
ORANGE = 0xFF, 0x9E, 0x3D
GROUND = 0x1B, 0x1F, 0x26


def frame(at: int, height: int = 121, width: int = 161) -> NDArray[np.uint8]:
    """A square that moves to the right over a dark ground; blue, green, red, and nothing."""
    made = np.zeros((height, width, 4), np.uint8)
    made[:, :, :3] = GROUND[::-1]
    made[40:60, 4 * at : 4 * at + 20, :3] = ORANGE[::-1]
    return made


def film(qtbot: QtBot, path: Path, frames: int = 20, fps: int = 30, width: int = 0) -> None:
    movie = MovieWriter(path, fps, width)
    with qtbot.waitSignal(movie.saved, timeout=PATIENCE):
        for number in range(frames):
            qtbot.waitUntil(lambda: not movie.full, timeout=PATIENCE)
            assert movie.add(frame(number), 2)
        movie.finish()
    movie.wait()


def decoded(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [one.to_ndarray(format="rgb24") for one in container.decode(video=0)]


def close(one: NDArray[np.uint8], other: tuple[int, int, int]) -> bool:
    return bool(np.abs(one.astype(int) - other).max() <= 4)


def test_an_mp4_plays_everywhere_and_shows_what_was_given(qtbot: QtBot, tmp_path: Path) -> None:
    film(qtbot, tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (162, 122), "odd sizes grow, nothing is cut"
        assert stream.average_rate == 30
    shown = decoded(tmp_path / "film.mp4")
    assert len(shown) == 40, "each frame was to be shown twice"
    for place in (0, 19, 39):
        at = 4 * (place // 2) + 10
        assert close(shown[place][50, at], ORANGE) and close(shown[place][100, 100], GROUND)
    data = (tmp_path / "film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "the index comes first"


def test_a_gif_has_one_palette_true_time_and_colours(qtbot: QtBot, tmp_path: Path) -> None:
    film(qtbot, tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as gif:
        lasts = 0
        for number in range(gif.n_frames):
            gif.seek(number)
            lasts += gif.info["duration"]
            shown = np.asarray(gif.convert("RGB"))
            assert close(shown[50, 4 * number + 10], ORANGE) and close(shown[100, 100], GROUND)
        assert gif.info["loop"] == 0
    assert lasts == pytest.approx(1000 * 40 / 30, abs=10)


def test_a_film_is_scaled_down_but_never_up(qtbot: QtBot, tmp_path: Path) -> None:
    film(qtbot, tmp_path / "small.mp4", frames=2, width=80)
    assert decoded(tmp_path / "small.mp4")[0].shape == (60, 80, 3)
    assert fit_size(1280, 801, 2000, even=True) == (1280, 802)


@pytest.mark.parametrize("ending", [".mp4", ".gif"])
def test_a_cancelled_film_leaves_nothing(qtbot: QtBot, tmp_path: Path, ending: str) -> None:
    (tmp_path / f"film{ending}").write_bytes(b"an older film")
    movie = MovieWriter(tmp_path / f"film{ending}", 30)
    movie.add(frame(1))
    movie.cancel()
    assert movie.over
    assert [p.name for p in tmp_path.iterdir()] == [f"film{ending}"]
    assert (tmp_path / f"film{ending}").read_bytes() == b"an older film"


def test_the_encoder_is_never_far_behind(tmp_path: Path) -> None:
    movie = MovieWriter(tmp_path / "film.mp4", 30)
    large = np.zeros((1080, 1920, 4), np.uint8)
    taken = sum(movie.add(large) for _ in range(200))
    movie.cancel()
    assert taken < 200, "whoever is faster than the encoder is told so"


def test_what_the_disk_refuses_is_a_sentence(qtbot: QtBot, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="could not be written"):
        MovieWriter(tmp_path / "no folder" / "film.mp4", 30)
    with pytest.raises(LabError, match="not a film"):
        MovieWriter(tmp_path / "film.avi", 30)
    folder = tmp_path / "film.mp4"
    movie = MovieWriter(folder, 30)
    folder.mkdir()  # in the way when the film is to be moved to its place
    with qtbot.waitSignal(movie.failed, timeout=PATIENCE) as said:
        movie.add(frame(1))
        movie.finish()
    movie.wait()
    assert "Choose another folder" in said.args[0]
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (9, 1), (33, 21), (160, 121)])
def test_an_mp4_of_any_size_is_padded_and_never_cut(
    qtbot: QtBot, tmp_path: Path, size: tuple[int, int]
) -> None:
    wide, high = size
    given = np.zeros((high, wide, 4), np.uint8)
    given[-1, :, :3] = given[:, -1, :3] = 255
    movie = MovieWriter(tmp_path / "film.mp4", 30)
    with qtbot.waitSignal(movie.saved, timeout=PATIENCE):
        movie.add(given, 3)
        movie.finish()
    movie.wait()
    shown = decoded(tmp_path / "film.mp4")
    assert len(shown) == 3 and shown[0].shape[:2] == (high + high % 2, wide + wide % 2)
    assert shown[0][high - 1, :wide].min() > 100 < shown[0][:high, wide - 1].min()


@pytest.mark.parametrize(
    ("name", "size", "told"),
    [
        ("film.gif", (5, 8193), "8,193 × 5 would become 960 × 1"),  # nothing would be seen
        ("film.mp4", (2, 16_386), "16,386 × 2 pixels are too many"),
    ],
)
def test_a_movie_of_a_size_that_cannot_be_is_refused_in_a_sentence(
    qtbot: QtBot, tmp_path: Path, name: str, size: tuple[int, int], told: str
) -> None:
    movie = MovieWriter(tmp_path / name, 30)
    with qtbot.waitSignal(movie.failed, timeout=PATIENCE) as said:
        movie.add(np.zeros((*size, 4), np.uint8))
        movie.finish()
    movie.wait()
    assert told in said.args[0]
    assert not list(tmp_path.iterdir())


def test_half_written_films_that_nobody_finishes_are_removed(tmp_path: Path) -> None:
    left, other, new = (tmp_path / f".{name}" for name in
                        ("w.mp4.hg14ek6j", "w.mp4.notes", "x.0123456789ab.part"))  # fmt: skip
    under_way = MovieWriter(tmp_path / "busy.mp4", 30)
    busy = next(p for p in tmp_path.iterdir() if "busy" in p.name)
    for path in (left, other, new):
        path.write_bytes(b"half")
    for path in (left, other, busy):
        os.utime(path, (0, 0))
    film = MovieWriter(tmp_path / "film.mp4", 30)
    assert not left.exists(), "of a window that was killed"
    assert other.exists() and new.exists(), "somebody else's, or perhaps being written"
    assert busy.exists(), "this one is being written by another window"
    film.cancel()
    under_way.cancel()


def test_a_film_can_be_read_by_whoever_may_read_new_files(qtbot: QtBot, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    film(qtbot, tmp_path / "film.mp4", 2)
    assert (tmp_path / "film.mp4").stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("ending", [".mp4", ".gif"])
def test_a_film_without_frames_says_so(qtbot: QtBot, tmp_path: Path, ending: str) -> None:
    movie = MovieWriter(tmp_path / f"film{ending}", 30)
    with qtbot.waitSignal(movie.failed, timeout=PATIENCE) as said:
        movie.finish()
    movie.wait()
    assert "nothing to film" in said.args[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("even", [False, True])
@pytest.mark.parametrize("count", [1, 7, 300, 5000])
def test_a_cut_begins_first_ends_last_and_fills_its_time(count: int, even: bool) -> None:
    moments = np.unique(np.geomspace(1, 100_000, count).astype(np.int64))
    steps = FilmSettings(10, 30, even=even).steps(moments)
    assert sum(times for _, times in steps) == 300
    assert steps[0][0] == moments[0] and steps[-1][0] == moments[-1]
    assert {step for step, _ in steps} <= set(moments.tolist())
    with pytest.raises(LabError, match="Nothing of this run"):
        FilmSettings().steps(np.empty(0, np.int64))
