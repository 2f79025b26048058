"""How soon 500 letters are read with fewer bits after a slider was moved, and what views cost.

    python -m tests.benchmarks.quantise [--rounds 2]

The window is driven as a person would: chapter 7 with its trained weights, the slider from 16 bits
to 1, first while training stands still, then while it runs at full speed. A figure is the time from
the move to the redrawn panel. Then each panel of weights is redrawn while training runs; what it
costs is counted in the processor's time, for others use the machine too. Without a screen set
QT_QPA_PLATFORM=offscreen.
"""

import argparse
import statistics
import time

from PySide6.QtWidgets import QSlider

from core.chapters.registry import chapter
from core.inspect.weights.quantization import MAX_BITS
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.features.quantization.panel import QuantizationPanel
from hellodl_gui.state.models import Status
from tests.benchmarks.desk import live, opened, wait_for

_REDRAWS = 60


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="over all bits")
    rounds = parser.parse_args().rounds
    with opened() as (window, _):
        measure(window, rounds)


def measure(window: MainWindow, rounds: int) -> None:
    """All figures, one after the other."""
    state = window.state
    wait_for(lambda: state.training.status is Status.IDLE)
    robust = chapter("robust-letters")
    window.open_chapter(robust)
    wait_for(lambda: state.training.chapter is robust and state.training.status is Status.IDLE)
    window.weights_files.load_trained()
    live(0.5)
    wait_for(lambda: state.training.status is Status.IDLE)
    window.docks.show("quantise")
    panel = window.panels["quantise"]
    assert isinstance(panel, QuantizationPanel)
    wait_for(lambda: panel.service.found is not None)
    show("slider to accuracy, standing still", moves(panel, rounds))
    state.training.play()
    wait_for(lambda: state.training.status is Status.PLAYING)
    show("slider to accuracy, training", moves(panel, rounds))
    for key in ("quantise", "decay", "regularising"):
        window.docks.show(key)
        live(1.0)
        shown, costs = window.panels[key], []
        for _ in range(_REDRAWS):
            state.timeline.weights_changed.emit()
            began = time.thread_time()
            shown.refresh()
            costs.append(time.thread_time() - began)
            live(0.02)
        show(f"redraw of {key}", costs)
    state.training.pause()


def moves(panel: QuantizationPanel, rounds: int) -> list[float]:
    """Seconds from each move of the slider to the panel that shows it."""
    slider, service = panel.findChildren(QSlider)[0], panel.service
    taken = []

    def drawn() -> bool:
        return service.found_for == service.how and not service.has_news

    for _ in range(rounds):
        for place in range(1, MAX_BITS + 1):
            began = time.perf_counter()
            slider.setValue(place)
            wait_for(drawn)
            taken.append(time.perf_counter() - began)
    return taken


def show(name: str, seconds: list[float]) -> None:
    """Median and worst."""
    print(
        f"{name:36s} median {statistics.median(seconds) * 1e3:6.1f} ms   "
        f"worst {max(seconds) * 1e3:6.1f} ms"
    )


if __name__ == "__main__":
    main()
