"""Probe schedule: when a panel asks its question to the training process, and which answer counts.

A panel says `ask_again` when weights changed and `renew` when it wants to know something else, and
calls `poll` whenever it is drawn.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from hellodl_gui.state.models import Status
from hellodl_gui.ui.panel import Panel


class ProbeSchedule:
    """One probe of one panel, asked while that is visible.

    While training goes on there are at least `every` seconds between two questions, and after the
    answer `pause` times as long as it took. At most `most` questions are on their way at once: more
    would pile up while somebody draws. A refused or lost question is not asked again by itself.

    Attributes: `due`, whether there is something to ask.
    """

    def __init__(
        self, panel: Panel, probe: str, every: float, most: int = 1, pause: float = 0.0
    ) -> None:
        self.due = True
        self._panel, self._probe = panel, probe
        self._every, self._most, self._pause = every, most, pause
        self._turn = 0  # answers to older questions are dropped
        self._asked: dict[int, int] = {}  # turns of the questions on their way, by number
        self._next = 0.0
        self._timer = panel.single_shot(panel.mark_dirty)

    def ask_again(self) -> None:
        """The same question, to be asked when its time has come."""
        self.due = True
        self._panel.mark_dirty()

    def renew(self) -> None:
        """Another question, to be asked at once; answers to older ones are of no use any more."""
        self._turn += 1
        self._next = 0.0
        self.ask_again()

    def poll(self, arguments: Mapping[str, Any], then: Callable[[Any], object]) -> None:
        """Ask if it is due and time; `then(answer)` is called unless there is a newer question."""
        state = self._panel.state
        self._asked = {n: turn for n, turn in self._asked.items() if state.probes.waits_for(n)}
        waiting = self._turn in self._asked.values() or len(self._asked) >= self._most
        if not self.due or waiting or not state.training.answers:
            return
        began = time.perf_counter()
        if state.training.status is Status.PLAYING and began < self._next:
            if not self._timer.isActive():
                self._timer.start(int(1000 * (self._next - began)) + 1)
            return
        self.due, self._next, turn = False, began + self._every, self._turn

        def take(answer: Any) -> None:
            now = time.perf_counter()
            if turn == self._turn:
                self._next = max(began + self._every, now + self._pause * (now - began))
                then(answer)
            self._panel.mark_dirty()

        self._asked[state.probes.ask(self._probe, arguments, take)] = turn
