"""A change that can be undone: the same is shown as it is then, and as it was before."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtGui import QUndoCommand

T = TypeVar("T")


class Change(QUndoCommand, Generic[T]):
    """Hands `then` to `show`, and `before` when it is undone. `text` names it in a menu."""

    def __init__(self, show: Callable[[T], object], before: T, then: T, text: str = "") -> None:
        super().__init__(text)
        self._show, self._before, self._then = show, before, then

    def redo(self) -> None:
        """Do it, at first and again."""
        self._show(self._then)

    def undo(self) -> None:
        """As it was."""
        self._show(self._before)
