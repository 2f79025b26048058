"""How long do a film of the whole window and a picture of a view take?

    python -m tests.benchmarks.share [--seconds 10] [--train 20]

Trains a moment, then films the run's recorded moments and prints what a frame costs: bringing the
window to a moment, taking its picture, encoding it. Without a screen set QT_QPA_PLATFORM=offscreen.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.chapters.registry import chapter
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.features.export.background import Background
from hellodl_gui.features.export.film_settings import FilmSettings
from hellodl_gui.features.export.movie import Mp4Encoder
from hellodl_gui.features.export.screen_recorder import RunFilmRecorder, grab_frame
from hellodl_gui.features.export.snapshot import render_image, render_svg
from hellodl_gui.state.models import Status
from tests.benchmarks.desk import live, opened, wait_for

_TURNS = 40
_FILM_LONGEST = 120


class EveryFrame(FilmSettings):
    """Another moment in every frame, however few are recorded: as in a film of a long run."""

    def steps(self, moments: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Round and round."""
        frames = round(self.seconds * self.fps)
        return [(int(moments[number % len(moments)]), 1) for number in range(frames)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the film")
    parser.add_argument("--train", type=float, default=20.0, help="seconds of training before")
    options = parser.parse_args()
    with opened() as (window, folder):
        measure(window, folder, options)


def measure(window: MainWindow, folder: Path, options: argparse.Namespace) -> None:
    """All figures, one after the other."""
    state = window.state
    wait_for(lambda: state.training.status is Status.IDLE)
    window.open_chapter(chapter("digits"))
    wait_for(
        lambda: state.training.chapter.key == "digits" and state.training.status is Status.IDLE
    )
    state.training.play()
    live(options.train)
    state.training.pause()
    wait_for(lambda: state.training.status is not Status.PLAYING)
    live(1.0)
    moments = state.timeline.moments
    print(f"recorded moments                          {len(moments):7,}")
    parts(window, folder, moments)
    film(window, folder, options.seconds)
    stills(window)


def parts(window: MainWindow, folder: Path, moments: NDArray[np.int64]) -> None:
    """A frame's parts, each on its own."""
    encoder = Mp4Encoder(folder / "parts.mp4", 30)
    seek, see, encode = [], [], []
    for number in range(_TURNS):
        step = int(moments[number * len(moments) // _TURNS])

        def go(step: int = step) -> None:
            window.state.timeline.seek(step)
            window.scheduler.draw_all()

        seek.append(took(go))
        see.append(took(lambda: grab_frame(window)))
        frame = grab_frame(window)
        encode.append(took(lambda frame=frame: encoder.add(frame, 1)))
    for _ in encoder.close():
        continue
    window.state.timeline.seek(None)
    for what, times in (("to a moment", seek), ("the picture", see), ("encoding", encode)):
        print(f"a frame: {what:33}{1e3 * statistics.median(times):7.1f} ms")


def film(window: MainWindow, folder: Path, seconds: float) -> None:
    """The whole window, as the menu makes it."""
    path = folder / "film.mp4"
    cut = EveryFrame(seconds)
    made = RunFilmRecorder(
        window.state, window, window.scheduler.draw_all, window.runner.poll, path, cut, window
    )
    said: list[object] = []
    made.movie.saved.connect(said.append)
    made.movie.failed.connect(said.append)
    cpu, began = time.process_time(), time.perf_counter()
    made.start()
    while not said and time.perf_counter() - began < _FILM_LONGEST:
        live(0.01)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    frames = round(seconds * cut.fps)
    size = path.stat().st_size / 1e6
    name = f"film of {frames} frames (bar: 10 s)"
    print(f"{name:42}{wall:7.1f} s")
    print(f"of that computed by both threads          {cpu:7.1f} s")
    print(f"its file                                  {size:7.2f} MB")


def stills(window: MainWindow) -> None:
    """Pictures of the curves."""
    view = window.sharing.view(window.docks.by_key["curves"])
    for what, make in (
        ("PNG, 4×, as on the screen", lambda: render_image(view, 4, Background.SCREEN, True)),
        ("PNG, 2×, white", lambda: render_image(view, 2, Background.WHITE, True)),
        ("SVG, as on the screen", lambda: render_svg(view, Background.SCREEN, True)),
    ):
        print(f"{what:42}{1e3 * took(make):7.0f} ms")


def took(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
