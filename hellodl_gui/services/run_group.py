"""Run group: a race or a study that is trained, for how long, and what went wrong."""

import time
from typing import Generic, TypeVar

from core.runtime.protocol import WarningRaised
from core.search.messages import Finished, SearchEvent
from core.search.worker_group import WorkerGroup

G = TypeVar("G", bound=WorkerGroup)


class RunGroup(Generic[G]):
    """Never blocks: call `poll` often while it is `busy`.

    Attributes: `group`, None before the first; `seconds`, how long it has run here; `warnings`,
    sentences about single runs, each once; `sentence`, why it did not end as planned.
    """

    known_after = 0.02
    """Share of the way after which the time left can be guessed."""

    def __init__(self) -> None:
        self.group: G | None = None
        self.seconds = 0.0
        self.warnings: list[str] = []
        self.sentence = ""
        self._began = 0.0
        self._before: float | None = 0.0  # the share that was behind when it began; None: unknown

    @property
    def running(self) -> bool:
        """Whether runs are still trained."""
        return self.group is not None and self.group.running

    @property
    def busy(self) -> bool:
        """Whether `poll` has something to do."""
        return self.running

    def begin(self, group: G) -> None:
        """Train another one."""
        self.close()
        self.group = group
        self.warnings, self.sentence, self.seconds = [], "", 0.0
        self._began = time.monotonic()
        group.start()

    def poll(self) -> bool:
        """Take in what happened; True when there is something else to show."""
        events = self.group.poll() if self.group is not None else []
        for event in events:
            match event:
                case WarningRaised(sentence=sentence) if sentence not in self.warnings:
                    self.warnings.append(sentence)
                case Finished(sentence=sentence):
                    self.sentence = sentence
        if self.running:
            self.seconds = time.monotonic() - self._began
        return self.take(events)

    def take(self, events: list[SearchEvent]) -> bool:
        """What became of these; True when there is something else to show."""
        return bool(events)

    def cancel(self) -> None:
        """Stop within a second; what was trained stays, and a study can go on later."""
        if self.group is not None:
            self.group.cancel()

    def close(self) -> None:
        """End everything now."""
        if self.group is not None:
            self.group.close()

    @property
    def share(self) -> float:
        """How much of the way is behind, 0 to 1."""
        raise NotImplementedError

    @property
    def left(self) -> float:
        """Seconds until the end as far as can be guessed; NaN where that is too early."""
        share = self.share
        made = share - (self._before or 0.0)
        return self.seconds * (1 - share) / made if made > self.known_after else float("nan")
