"""Messages to the person at the window."""

from dataclasses import dataclass
from typing import Literal

from psygnal import Signal

Level = Literal["info", "progress", "warning", "error"]


@dataclass(frozen=True)
class Message:
    """One message; one of level `progress` is retracted when the work is done.

    It replaces the last one on the same `topic`, unless that is empty.
    """

    level: Level
    text: str
    topic: str = ""


class Messages:
    """Signals: `notified(Message)`; `retracted(str)`, the text or topic of what no longer holds."""

    notified = Signal(object)
    retracted = Signal(str)

    def notify(self, level: Level, text: str, topic: str = "") -> None:
        """Show a message in place of the last one on the same topic."""
        self.notified.emit(Message(level, text, topic))

    def retract(self, what: str) -> None:
        """Take back the message with this text, or on this topic."""
        self.retracted.emit(what)
