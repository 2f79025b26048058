"""Stores letters taught on the page in My handwriting; removes them on undo."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot

from core.data.handwriting import my_handwriting
from core.errors import LabError
from core.translation import tr
from hellodl_gui.features.page.finetune_bar import FinetuneBar
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.page_document import PageDocument


class FinetunedLetters(QObject):
    """Listens to the lessons of a page."""

    def __init__(self, state: LabState, document: PageDocument, lesson: FinetuneBar) -> None:
        super().__init__(lesson)
        self._state = state
        self._document = document
        self._kept: list[list[int]] = []  # for each lesson the numbers of its samples
        lesson.kept.connect(self._keep)
        lesson.taken_back.connect(self._remove)
        document.opened.connect(self._kept.clear)
        state.training.restarted.connect(self._kept.clear)

    @Slot(object)
    def _keep(self, taught: list[tuple[NDArray[np.uint8], str]]) -> None:
        page = self._document.page
        assert page is not None
        origin = tr("page {name}").format(name=page.photo.path.name)
        numbers: list[int] = []
        self._kept.append(numbers)
        try:
            for image, letter in taught:
                numbers.append(my_handwriting().add(image, letter, origin).number)
        except LabError as error:
            self._state.messages.notify("warning", str(error))

    @Slot()
    def _remove(self) -> None:
        numbers = self._kept.pop() if self._kept else []
        try:
            if numbers:
                my_handwriting().remove(*numbers)
        except LabError as error:
            self._state.messages.notify("warning", str(error))
