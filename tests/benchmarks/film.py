"""How soon does the whole window show another moment of a run?

    python -m tests.benchmarks.film [--seeks 400] [--page FILE]

A letters run of 20 minutes with an open page is simulated, put on the table, and sought at random:
from the wish until the last view that can be seen is painted. A person drags the playhead, so
between two wishes a frame goes by. Then once more with a page that was not open while the run
trained, so that the training process has to read it, and while a network trains at full speed.
Without a screen set QT_QPA_PLATFORM=offscreen.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QGraphicsView

from core.chapters.registry import chapter
from core.kernels.engine import set_engine
from core.paths import resource
from core.record import page_probe as glyphs
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.state.models import Status
from hellodl_gui.state.timeline import PageProbe
from tests.benchmarks.desk import live, opened, play, wait_for
from tests.benchmarks.record import simulate

_PACE = 0.03  # seconds a step
_VIEWS = ("curves", "confusion", "weights", "page", "samples")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeks", type=int, default=400)
    parser.add_argument("--page", type=Path, default=resource("pages/digits.jpg"))
    given = parser.parse_args()
    with opened() as (window, folder):
        measure(window, folder, given.page, given.seeks)


def measure(window: MainWindow, folder: Path, page: Path, count: int) -> None:
    """All figures, one after the other."""
    state = window.state
    wait_for(lambda: state.training.status is Status.IDLE)
    window.open_chapter(chapter("letters"))
    wait_for(
        lambda: state.training.chapter.key == "letters" and state.training.status is Status.IDLE
    )
    window.page.open_path(page)
    wait_for(lambda: state.timeline.page_probe is not None)
    assert state.timeline.page_probe is not None
    known = state.timeline.page_probe
    set_engine("fast")
    path = simulate(folder, _PACE, glyphs.Watched(known.images, known.key))
    set_engine("reference")
    state.training.open_run(path)
    wait_for(lambda: state.timeline.visiting and state.training.status is Status.IDLE)
    window.docks.arrange(_VIEWS)
    window.docks.show("samples")
    live(1.0)
    report("samples in place of the page", window, count)
    window.docks.show("page")
    live(1.0)
    seen = [*window.panels, "page"]
    seen = [key for key in seen if not window.docks.by_key[key].visibleRegion().isEmpty()]
    print("in sight: " + ", ".join(seen))
    boxes = len(window.page.document.boxes)
    print(f"{len(state.timeline.moments):,} moments, {boxes} boxes on the page")
    report("page recorded", window, count)
    state.timeline.probe_page(PageProbe(known.images, "another"))
    report("page asked for", window, count)
    state.timeline.probe_page(known)
    ended = state.timeline.step
    play(window)
    wait_for(lambda: state.timeline.step > ended)  # it first trains up to there from a checkpoint
    live(1.0)
    report("while it trains", window, count)
    state.training.pause()
    wait_for(lambda: state.training.status is not Status.PLAYING)
    seen = [panel for panel in window.panels.values() if panel.isVisible() and panel.cost]
    for panel in sorted(seen, key=lambda panel: -panel.cost):
        print(f"last redraw of {panel.key:20}{panel.cost * 1e3:6.1f} ms")


def report(when: str, window: MainWindow, count: int) -> None:
    """Seek to random moments and say how long it took."""
    state = window.state
    rng = np.random.default_rng(4)
    took, read = [], []
    for step in rng.choice(state.timeline.moments, count):
        began = time.perf_counter()
        state.timeline.seek(int(step))
        read.append(time.perf_counter() - began)
        follow = [panel for panel in window.panels.values() if panel.dirty and panel.isVisible()]
        while state.probes.pending or any(panel.last_drawn < began for panel in follow):
            live(0.001)
        paint(window)
        took.append(time.perf_counter() - began)
        live(0.016)
    state.timeline.seek(None)
    for name, values in (("in the record", read), ("all views painted", took)):
        p50, p95, worst = np.percentile(values, [50, 95, 100]) * 1e3
        print(f"{when}, {name}: p50 {p50:.1f}, p95 {p95:.1f} (bar: 16.7), worst {worst:.1f} ms")


def paint(window: MainWindow) -> None:
    """Whatever waits to be painted is painted now."""
    for view in window.findChildren(QGraphicsView):
        QCoreApplication.sendPostedEvents(view.scene(), QEvent.Type.MetaCall)
    QCoreApplication.sendPostedEvents(window, QEvent.Type.UpdateRequest)


if __name__ == "__main__":
    main()
