"""The clock redraws what is out of date and visible, and no more than a tick has time for."""

import numpy as np
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from hellodl_gui.ui import panel as panel_module
from hellodl_gui.ui.panel import Panel, RefreshScheduler
from tests.gui.kit import lab_state

_FEW = Dataset.from_images(
    "few", np.zeros((4, 28, 28), np.uint8), np.arange(4) % 2, ("three", "seven")
)


class _Counting(Panel):
    """Counts its redraws, each taking as long as a test says by its own watch."""

    watch = 0.0

    def __init__(self, takes: float = 0.0) -> None:
        super().__init__(lab_state(chapter("learning"), _FEW))
        self.drawn = 0
        self.takes = takes

    def refresh(self) -> None:
        self.drawn += 1
        _Counting.watch += self.takes


def _clock(monkeypatch, qtbot: QtBot, *panels: _Counting) -> tuple[RefreshScheduler, list[int]]:
    _Counting.watch = 100.0
    monkeypatch.setattr(panel_module.time, "perf_counter", lambda: _Counting.watch)
    polls: list[int] = []
    clock = RefreshScheduler(lambda: polls.append(1))
    for panel in panels:
        qtbot.addWidget(panel)
        panel.show()
        clock.add(panel)
    return clock, polls


def _tick(clock: RefreshScheduler, seconds: float = 0.016) -> None:
    _Counting.watch += seconds
    clock.tick()


def test_a_clean_panel_is_left_alone_and_polling_goes_on(monkeypatch, qtbot: QtBot) -> None:
    panel = _Counting()
    clock, polls = _clock(monkeypatch, qtbot, panel)
    for _ in range(5):
        _tick(clock)
    assert panel.drawn == 1 and len(polls) == 5 and len(clock.ticks) == 5


def test_a_hidden_panel_waits_until_it_is_seen(monkeypatch, qtbot: QtBot) -> None:
    panel = _Counting()
    clock, _ = _clock(monkeypatch, qtbot, panel)
    panel.hide()
    _tick(clock)
    assert panel.drawn == 0
    panel.show()
    _tick(clock)
    assert panel.drawn == 1


def test_a_busy_panel_is_drawn_at_most_thirty_times_a_second(monkeypatch, qtbot: QtBot) -> None:
    panel = _Counting()
    clock, _ = _clock(monkeypatch, qtbot, panel)
    for _ in range(62):
        panel.mark_dirty()
        _tick(clock)
    assert 15 <= panel.drawn <= 31


def test_slow_panels_take_turns(monkeypatch, qtbot: QtBot) -> None:
    panels = [_Counting(takes=0.007) for _ in range(3)]
    clock, _ = _clock(monkeypatch, qtbot, *panels)
    for _ in range(30):
        for panel in panels:
            panel.mark_dirty()
        before = sum(panel.drawn for panel in panels)
        _tick(clock)
        assert sum(panel.drawn for panel in panels) - before <= 1, "one fills a tick"
    assert max(p.drawn for p in panels) - min(p.drawn for p in panels) <= 1
