"""What a chart costs that Qt paints, beside the same picture of pyqtgraph.

    python -m tests.benchmarks.chart [--frames 60]

Three pictures as panels show them while training goes on: a histogram of bars, two lines over their
ground, and 25 traces. Each frame gets other numbers. Figures are milliseconds of the processor's
time, for others use the machine too: medians of frames, taken in turns, and what making one costs.
This is why `hellodl_gui.ui.chart.chart` paints by Qt. Without a screen set
QT_QPA_PLATFORM=offscreen.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterable

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication, QWidget

from hellodl_gui.ui.chart.axis import Axis
from hellodl_gui.ui.chart.chart import Chart
from hellodl_gui.ui.chart.series import BarSeries, LineSeries, Pane, Series, faint

Array = NDArray[np.float64]
_SIZE = (420, 240)
_MADE = 20
_COLOUR = "#4c9aff"


class Drawn(Chart):
    """A chart of the newest numbers (N, X) as one of the pictures."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind, Axis("x"), Pane(Axis(), "y"))
        self.kind = kind
        self.table: Array = np.zeros((1, 2))

    def show_table(self, table: Array) -> None:
        """Draw other numbers."""
        self.table, self.across.last = table, float(table.shape[1])
        self.update()

    def series(self, pane: Pane) -> Iterable[Series]:
        """Bars or lines."""
        xs = np.arange(self.table.shape[1] + 1.0)
        for ys in self.table:
            if self.kind == "bars":
                yield BarSeries(xs[:-1], xs[1:], ys, _COLOUR)
            else:
                fill = faint(_COLOUR, 50) if self.kind == "ground" else None
                yield LineSeries(xs[:-1], ys, _COLOUR, fill=fill)


class Plotted(pg.PlotWidget):
    """The same by pyqtgraph, as cheap as it can be told to be."""

    def __init__(self, kind: str) -> None:
        super().__init__(enableMenu=False)
        self.kind = kind
        self.items_shown: list[pg.GraphicsObject] = []
        self.hideButtons()
        self.setLabel("left", "y")
        self.setLabel("bottom", "x")
        self.showGrid(x=True, y=True, alpha=0.2)
        self.getViewBox().disableAutoRange()

    def show_table(self, table: Array) -> None:
        """Draw other numbers."""
        xs = np.arange(float(table.shape[1]))
        if not self.items_shown:
            self.setXRange(0, table.shape[1], padding=0)
            self.setYRange(0, 1, padding=0)
            for _ in table:
                ground = {"fillLevel": 0, "brush": (76, 154, 255, 50)}
                item = (
                    pg.BarGraphItem(x=xs, height=xs, width=1, brush=_COLOUR, pen=None)
                    if self.kind == "bars"
                    else pg.PlotDataItem(
                        pen=pg.mkPen(_COLOUR, width=1.6),
                        antialias=True,
                        skipFiniteCheck=True,
                        **(ground if self.kind == "ground" else {}),
                    )
                )
                self.addItem(item, ignoreBounds=True)
                self.items_shown.append(item)
        for item, ys in zip(self.items_shown, table, strict=True):
            if self.kind == "bars":
                item.setOpts(height=ys)
            else:
                item.setData(xs, ys)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=60)
    frames = parser.parse_args().frames
    app = QApplication.instance() or QApplication([])
    print(f"{'':<10}{'Qt':>8}{'pyqtgraph':>12}{'ratio':>8}")
    for kind, shape in (("bars", (1, 75)), ("ground", (2, 110)), ("traces", (25, 600))):
        rng = np.random.default_rng(0)
        tables = [np.sort(rng.random(shape)) for _ in range(4)]
        widgets: list[QWidget] = [Drawn(kind), Plotted(kind)]
        costs: list[list[float]] = [[], []]
        for widget in widgets:
            widget.resize(*_SIZE)
            widget.show()
        app.processEvents()
        for frame in range(frames):
            for widget, cost in zip(widgets, costs, strict=True):
                cost.append(milliseconds(lambda w=widget, t=tables[frame % 4]: draw(w, t)))
        tell(kind, *(statistics.median(cost[4:]) for cost in costs))
    makes: tuple[Callable[[], QWidget], ...] = (lambda: Drawn("bars"), lambda: Plotted("bars"))
    kept: list[QWidget] = []
    tell("to make", *(
        milliseconds(lambda make=make: kept.extend(make() for _ in range(_MADE))) / _MADE
        for make in makes
    ))  # fmt: skip


def draw(widget: QWidget, table: Array) -> None:
    """One frame."""
    assert isinstance(widget, (Drawn, Plotted))
    widget.show_table(table)
    widget.grab()


def milliseconds(act: Callable[[], object]) -> float:
    """Of the processor's time."""
    began = time.process_time_ns()
    act()
    return (time.process_time_ns() - began) / 1e6


def tell(name: str, one: float, other: float) -> None:
    """A line of the table."""
    print(f"{name:<10}{one:>8.2f}{other:>12.2f}{other / one:>8.1f}")


if __name__ == "__main__":
    main()
