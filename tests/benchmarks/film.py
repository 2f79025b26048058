"""How soon does the whole window show another moment of a run?

    python -m tests.benchmarks.film [--seeks 400] [--page FILE]

A letters run of 20 minutes is simulated, put on the table, and sought at random: from the wish to
the last view that can be seen, with what the training process has to be asked for. A person drags
the playhead, so between two wishes a frame goes by. Then once more while a network trains at full
speed. Without a screen set QT_QPA_PLATFORM=offscreen.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from core.chapters.registry import chapter, chapters
from core.kernels.engine import set_engine
from core.paths import resource
from core.runtime.threads import limit_threads
from hellodl_gui.main_window import MainWindow
from hellodl_gui.services.settings import Settings
from hellodl_gui.state.facts import Status
from hellodl_gui.theming.manager import themes
from tests.benchmarks.record import simulate
from tests.benchmarks.window import live, play, wait_for

_PACE = 0.03  # seconds a step
_VIEWS = ("curves", "confusion", "weights", "samples", "page")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeks", type=int, default=400)
    parser.add_argument("--page", type=Path, default=resource("pages/digits.jpg"))
    given = parser.parse_args()
    app = QApplication(["benchmark"])
    app.setStyle("Fusion")
    limit_threads(1)
    themes().use("dark")
    with tempfile.TemporaryDirectory() as folder:
        set_engine("fast")
        path = simulate(Path(folder), _PACE)
        set_engine("reference")
        settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        window = MainWindow(chapters(), Settings(settings))
        window.resize(1280, 800)
        window.show()
        window.launch()
        measure(window, path, given.page, given.seeks)
        window.close()


def measure(window: MainWindow, path: Path, page: Path, count: int) -> None:
    """All figures, one after the other."""
    state = window.state
    wait_for(lambda: state.status is Status.IDLE)
    window.open_chapter(chapter("letters"))
    wait_for(lambda: state.chapter.key == "letters" and state.status is Status.IDLE)
    state.open_run(path)
    wait_for(lambda: state.film.visiting and state.status is Status.IDLE)
    window.docks.arrange(_VIEWS)
    window.page.open_path(page)
    wait_for(lambda: bool(window.page.document.readings))
    live(1.0)
    boxes = len(window.page.document.boxes)
    print(f"{len(state.film.moments):,} moments, {boxes} boxes on the page")
    report("standing still", window, count)
    play(window)
    live(1.0)
    report("while it trains", window, count)
    state.pause()
    wait_for(lambda: state.status is not Status.PLAYING)
    seen = [panel for panel in window.panels.values() if panel.isVisible() and panel.cost]
    for panel in sorted(seen, key=lambda panel: -panel.cost):
        print(f"last redraw of {panel.key:20}{panel.cost * 1e3:6.1f} ms")


def report(when: str, window: MainWindow, count: int) -> None:
    """Seek to random moments and say how long it took."""
    state = window.state
    rng = np.random.default_rng(4)
    took, read = [], []
    for step in rng.choice(state.film.moments, count):
        began = time.perf_counter()
        state.seek(int(step))
        read.append(time.perf_counter() - began)
        while shown_late(window):
            live(0.001)
        took.append(time.perf_counter() - began)
        live(0.016)
    state.seek(None)
    for name, values in (("in the record", read), ("all views", took)):
        p50, p95, worst = np.percentile(values, [50, 95, 100]) * 1e3
        print(f"{when}, {name}: p50 {p50:.1f}, p95 {p95:.1f} (bar: 16.7), worst {worst:.1f} ms")


def shown_late(window: MainWindow) -> bool:
    """Whether anything that can be seen shows another moment still."""
    late = any(panel.dirty and panel.isVisible() for panel in window.panels.values())
    return window.state.asking or (late and window.state.status is not Status.PLAYING)


if __name__ == "__main__":
    main()
