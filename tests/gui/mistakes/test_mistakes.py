"""Mistakes: pictures, neighbours and relabelling, by mouse and keys."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.data import handwriting
from core.runtime.protocol import Finetune
from hellodl_gui.features.mistakes.panel import MistakesPanel
from hellodl_gui.state.models import Status
from hellodl_gui.state.sample_query import SampleQuery
from tests.gui.answering import Answering
from tests.gui.sent_commands import on_command


class Lab(Answering):
    def __init__(self, qtbot: QtBot) -> None:
        super().__init__()
        self.qtbot = qtbot
        self.panel = MistakesPanel(self.state)
        qtbot.addWidget(self.panel)
        self.panel.resize(820, 560)
        self.panel.show()

    def settle(self) -> list[str]:
        seen: list[str] = []
        while self.panel.dirty or self.asked:
            self.panel.dirty = False
            self.panel.refresh()
            seen += self.answer()
        return seen

    def click(self, mosaic: object, tile: int) -> None:
        place = mosaic.tile_rect(tile).center().toPoint()  # type: ignore[attr-defined]
        self.qtbot.mouseClick(mosaic, Qt.MouseButton.LeftButton, pos=place)

    def button(self, text: str) -> QPushButton:
        return next(b for b in self.panel.findChildren(QPushButton) if b.text() == text)


@pytest.fixture
def lab(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    store = handwriting.HandwritingFile(tmp_path / "mine.npz")
    monkeypatch.setattr("hellodl_gui.services.handwriting_store.my_handwriting", lambda: store)
    made = Lab(qtbot)
    made.store = store  # type: ignore[attr-defined]
    return made


def test_before_anything_is_known_it_says_so_and_asks_nothing(lab: Lab) -> None:
    assert not lab.settle()


def test_the_surest_mistake_comes_first_with_its_neighbours(lab: Lab) -> None:
    lab.begin()
    assert set(lab.settle()) == {"nearest_neighbors"}
    evaluation, labels = lab.state.timeline.evaluation, lab.state.training.test.labels
    assert evaluation is not None and lab.panel.subject is not None
    wrong = evaluation.classification.predictions != labels
    sample = lab.panel.subject[1]
    assert wrong[sample]
    assert (
        evaluation.classification.confidence[sample]
        == evaluation.classification.confidence[wrong].max()
    )
    assert lab.panel._near[0] == sample, "here the training set is the test set"
    assert len(lab.panel._card.rows()) == 3
    assert (
        lab.panel._card.rows()[0][0]
        == lab.state.training.test.classes[evaluation.classification.predictions[sample]]
    )


def test_a_click_looks_at_another_and_at_a_training_picture_and_escape_goes_back(lab: Lab) -> None:
    lab.begin()
    lab.settle()
    lab.click(lab.panel._gallery, 2)
    lab.settle()
    second = (False, int(lab.panel._listed[2]))
    assert lab.panel.subject == second and lab.state.selection.sample == second[1]
    near = int(lab.panel._near[1])
    lab.click(lab.panel._neighbours, 1)
    lab.settle()
    assert lab.panel.subject == (True, near)
    assert near not in lab.panel._near, "a picture is not its own neighbour"
    lab.qtbot.keyClick(lab.panel._neighbours, Qt.Key.Key_Escape)
    assert lab.panel.subject == second


def test_a_cell_of_the_confusion_matrix_shows_its_pictures_only(lab: Lab) -> None:
    lab.begin()
    lab.settle()
    evaluation = lab.state.timeline.evaluation
    assert evaluation is not None
    true, guess = np.argwhere(evaluation.classification.confusion > 0)[0]
    lab.state.selection.queried.emit(SampleQuery(true=int(true), guess=int(guess)))
    lab.settle()
    assert len(lab.panel._listed) == min(evaluation.classification.confusion[true, guess], 24)
    assert lab.panel._picked.isVisible()
    lab.qtbot.mouseClick(lab.panel._picked, Qt.MouseButton.LeftButton)
    lab.settle()
    assert not lab.panel._picked.isVisible()


def test_relabelling_keeps_the_picture_and_undo_takes_it_out(lab: Lab) -> None:
    lab.begin()
    lab.settle()
    field = lab.panel._keep.field
    field.clear()
    lab.qtbot.keyClicks(field, "7")
    lab.qtbot.mouseClick(lab.button("Keep"), Qt.MouseButton.LeftButton)
    (kept,) = lab.store.all()  # type: ignore[attr-defined]
    assert kept.label == "7" and "labelled" in kept.origin
    assert np.array_equal(kept.image, lab.panel._picture())
    control = Qt.KeyboardModifier.ControlModifier
    lab.qtbot.keyClick(lab.panel._gallery, Qt.Key.Key_Z, control)
    assert not lab.store.all()  # type: ignore[attr-defined]


def test_teaching_starts_a_lesson_with_the_right_label(lab: Lab) -> None:
    lab.begin()
    lab.settle()
    lessons: list[tuple[object, np.ndarray]] = []
    on_command(lab.state, Finetune, lambda c: lessons.append((c.images, c.labels)))
    lab.panel._keep.field.setText("3")
    lab.qtbot.mouseClick(lab.button("Teach"), Qt.MouseButton.LeftButton)
    ((_, labels),) = lessons
    assert labels.tolist() == [3]


def test_while_training_goes_on_the_training_set_is_not_read_at_every_step(lab: Lab) -> None:
    lab.begin()
    lab.settle()
    lab.state.training.set_status(Status.PLAYING)
    for _ in range(5):
        lab.run.arena.theta += np.float32(0.01)
        lab.show_weights()
        lab.panel.refresh()
        lab.answer()
    assert len(lab.answer()) == 0
    lab.state.training.set_status(Status.IDLE)
    lab.settle()
    found = lab.panel._finder.found
    assert found is not None and found.current
