"""Does the window keep its promises while a network trains at full speed?

    python -m tests.benchmarks.window [--seconds 60]

Prints the interval between the clock's ticks (what a person feels as frames), the share of training
speed that is left beside the window (turns taken with the same process driven without one), how
soon a knob acts, how soon a dragged box is read, how soon Play shows another picture, and what each
panel costs to redraw. With `--views` instead: the frames with each panel of the lab in front,
beside curves and weights, while a network of kernels trains at full speed.

Without a screen set QT_QPA_PLATFORM=offscreen.
"""

import argparse
import statistics
import time

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from core.chapters.registry import chapter
from core.runtime import protocol as say
from core.runtime.board import SharedBoard
from core.runtime.compute import default_compute_settings
from core.runtime.process_worker import ProcessWorker
from core.runtime.worker import main as train
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.services.runner import layout_of
from hellodl_gui.state.models import Status
from tests.benchmarks.desk import live, opened, play, wait_for

_TURNS = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of training with the window")
    parser.add_argument("--views", action="store_true", help="every panel in turn")
    given = parser.parse_args()
    with opened() as (window, _):
        if given.views:
            measure_views(window, given.seconds)
        else:
            measure(window, given.seconds)


def measure(window: MainWindow, seconds: float) -> None:
    """All figures, one after the other."""
    wait_for(lambda: window.state.training.status is Status.IDLE)
    window.open_chapter(chapter("digits"))
    wait_for(lambda: window.state.training.status is Status.IDLE)
    print(f"Play to the next picture of the weights   {play_to_picture(window) * 1e3:7.0f} ms")
    window.open_sample_page()
    wait_for(lambda: bool(window.page.document.readings))

    ticks: list[float] = []
    kept, alone = [], []
    window.state.training.pause()
    wait_for(lambda: window.state.training.status is not Status.PLAYING)
    with_page = seconds / _TURNS / 2
    for _ in range(_TURNS):
        alone.append(steps_per_second_alone(seconds / _TURNS / 2))
        for view in ("page", "samples"):
            window.docks.show(view)
            play(window)
            live(0.5)
            window.scheduler.ticks.clear()
            first, began = window.state.timeline.step, time.perf_counter()
            live(with_page)
            kept.append((window.state.timeline.step - first) / (time.perf_counter() - began))
            ticks.extend(np.diff(window.scheduler.ticks))
            window.state.training.pause()
            wait_for(lambda: window.state.training.status is not Status.PLAYING)
    report_frames(ticks)
    share = statistics.median(kept) / statistics.median(alone)
    print(f"training beside the window                {statistics.median(kept):7.0f} steps/s")
    print(f"training without one                      {statistics.median(alone):7.0f} steps/s")
    print(f"share kept (bar: 75 %)                    {share:7.0%}")
    report_knobs(window)
    report_drag(window)
    for key, panel in window.panels.items():
        if panel.cost:
            print(f"last redraw of {key:27}{panel.cost * 1e3:7.1f} ms")


def measure_views(window: MainWindow, seconds: float) -> None:
    """The frames with each panel in front for an equal share of the time."""
    wait_for(lambda: window.state.training.status is Status.IDLE)
    window.open_chapter(chapter("digit-kernels"))
    wait_for(lambda: window.state.training.status is Status.IDLE)
    window.open_sample_page()
    wait_for(lambda: bool(window.page.document.readings))
    window.docks.arrange(("curves", "weights", "confusion", "samples"))
    views = [key for key in [*window.panels, "page"] if key not in ("chapters", "knobs")]
    every: list[float] = []
    for view in views:
        window.docks.show(view)
        if window.state.training.status is not Status.PLAYING:
            play(window)  # at first, and when a goal was reached
        live(0.7)  # a view may take its time when it comes to the front
        window.scheduler.ticks.clear()
        first = window.state.timeline.step
        live(seconds / len(views))
        ticks = np.diff(window.scheduler.ticks) * 1e3
        every.extend(ticks / 1e3)
        cost = window.panels[view].cost * 1e3 if view in window.panels else 0.0
        p50, p99 = np.percentile(ticks, [50, 99])
        speed = (window.state.timeline.step - first) / (seconds / len(views))
        print(
            f"{view:14} frames p50 {p50:5.1f}  p99 {p99:5.1f}  worst {ticks.max():6.1f} ms"
            f"   redraw {cost:5.1f} ms   {speed:5.0f} steps/s"
        )
    window.state.training.pause()
    wait_for(lambda: window.state.training.status is not Status.PLAYING)
    report_frames(every)


def report_frames(intervals: list[float]) -> None:
    """Percentiles of the time between two ticks."""
    for name, share in (("p50", 50), ("p95", 95), ("p99 (bar: 33 ms)", 99)):
        print(f"frame interval {name:27}{np.percentile(intervals, share) * 1e3:7.1f} ms")
    print(f"frame interval {'worst (bar: 150 ms)':27}{max(intervals) * 1e3:7.1f} ms")


def play_to_picture(window: MainWindow) -> float:
    """Seconds from Play to weights that differ from those on show."""
    assert window.state.timeline.weights is not None
    shown = window.state.timeline.weights.step
    began = time.perf_counter()
    window.state.training.play()
    wait_for(
        lambda: (
            window.state.timeline.weights is not None and window.state.timeline.weights.step > shown
        )
    )
    return time.perf_counter() - began


def report_knobs(window: MainWindow) -> None:
    """Turns a slider fifty times; each value must be in force at the mini-batch after the turn."""
    state, board = window.state, window.runner._board
    assert board is not None
    play(window)
    late = []
    for number in range(50):
        known = len(state.timeline.marks)
        state.training.turn("lr", 0.02 + 0.0001 * number)
        turned_at = board.recorded() + 1  # the one in hand
        wait_for(lambda known=known: len(state.timeline.marks) > known)
        late.append(state.timeline.marks[-1].step - turned_at)
    state.training.pause()
    wait_for(lambda: state.training.status is not Status.PLAYING)
    print(f"from the mini-batch in hand to effect     {max(late):7d} mini-batch at most")


def report_drag(window: MainWindow) -> None:
    """Drags a box over the page with the mouse while the network trains."""
    page = window.page
    window.docks.show("page")
    play(window)
    live(0.3)
    first = page.document.in_order()[0]
    place = QPointF(*first.rect.centre)
    viewport = page.view.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=page.view.mapFromScene(place))
    took = []
    for number in range(200):
        way = QPoint(20 + number % 40, 10 + number % 25)
        began = time.perf_counter()
        QTest.mouseMove(viewport, page.view.mapFromScene(place) + way)
        took.append(time.perf_counter() - began)
        live(0.005)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton)
    window.state.training.pause()
    wait_for(lambda: window.state.training.status is not Status.PLAYING)
    print(f"drag to reading p50                       {np.percentile(took, 50) * 1e3:7.1f} ms")
    print(f"drag to reading p95 (bar: 16.7 ms)        {np.percentile(took, 95) * 1e3:7.1f} ms")


def steps_per_second_alone(seconds: float) -> float:
    """The same training process with nobody watching."""
    digits = chapter("digits")
    knobs = digits.defaults().with_values(epochs=100)
    values = np.array([knobs[knob.key] for knob in digits.knobs])
    board = SharedBoard.create(layout_of(digits, knobs).size, values)
    process = ProcessWorker(train, default_compute_settings().threads)
    try:
        hear(process, say.Ready)
        process.send(say.Start(1, digits.key, board.name))
        hear(process, say.Validated)
        process.send(say.Play(1))
        listen(process, 0.5)
        first = last_step(board)
        began = time.perf_counter()
        listen(process, seconds)
        return (last_step(board) - first) / (time.perf_counter() - began)
    finally:
        process.close(2.0)
        board.close()


def last_step(board: SharedBoard) -> float:
    """The newest mini-batch on the ring."""
    return float(board.new_rows()[-1, 0])


def listen(process: ProcessWorker, seconds: float) -> None:
    """Empty the pipe for a while, as a window would."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        process.receive(100)
        time.sleep(0.016)


def hear(process: ProcessWorker, kind: type) -> None:
    """Wait for an event of this kind."""
    while not any(isinstance(event, kind) for event in process.receive(1)):
        time.sleep(0.001)


if __name__ == "__main__":
    main()
