"""Undo commands: a value changed, and files removed."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtGui import QUndoCommand

T = TypeVar("T")


class UndoChange(QUndoCommand, Generic[T]):
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


class UndoRemoval(QUndoCommand):
    """Files put aside by `put_aside(paths)`, which says where they lie, and brought back by
    `bring_back(moved)`. Where none could be moved there is nothing to undo.
    """

    def __init__(
        self,
        put_aside: Callable[[list[Path]], list[Path]],
        bring_back: Callable[[list[Path]], object],
        paths: list[Path],
        text: str,
    ) -> None:
        super().__init__(text)
        self._put_aside, self._bring_back = put_aside, bring_back
        self._paths, self._moved = paths, list[Path]()

    def redo(self) -> None:
        """Put them aside."""
        self._moved = self._put_aside(self._paths)
        self.setObsolete(not self._moved)

    def undo(self) -> None:
        """Bring them back."""
        self._bring_back(self._moved)
