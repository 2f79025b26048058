"""Favourites: samples, dreams and changes come from the run, in pieces that can be broken off."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.runtime.protocol import Restart
from hellodl_gui.features.top_activations.panel import TopActivationsPanel
from hellodl_gui.state.models import Status
from tests.gui.answering import RunBeside, blots
from tests.gui.kit import lab_state, show_widget
from tests.gui.sent_commands import on_command

RNG = np.random.default_rng(0)


class Lab(RunBeside):
    """A panel with a run that answers when it is told to."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__(lab_state(chapter("digit-kernels"), blots(30, 12, "0123456789", RNG)))
        self.state.training.set_status(Status.IDLE)
        self.panel = show_widget(qtbot, TopActivationsPanel(self.state), 760, 520)
        self.show_weights()
        qtbot.waitUntil(lambda: bool(self.asked))

    def answer_all(self, most: int = 400) -> list[str]:
        seen = self.answer(most)
        self.panel.refresh()
        return seen


@pytest.fixture
def lab(qtbot: QtBot) -> Lab:
    return Lab(qtbot)


def test_favourites_of_the_chosen_unit_come_by_themselves(lab: Lab) -> None:
    assert set(lab.answer_all()) == {"top_activations"}
    liked = lab.panel.liked
    assert liked is not None and liked.done == liked.total == 30 and len(liked.best) == 9


def test_a_dream_forms_from_question_to_question_and_can_be_kept(lab: Lab) -> None:
    lab.answer_all()
    lab.panel._dream.click()
    assert lab.panel._dream.text() == "Dream"
    lab.panel.refresh()
    assert lab.panel._dream.text() == "Cancel"
    assert set(lab.answer_all()) == {"feature_visualization"}
    assert lab.panel.dreamed is not None and lab.panel.dreamed.over
    lab.panel._keep.click()
    assert len(lab.panel.gallery) == 1


def test_a_cancelled_dream_asks_no_more(lab: Lab) -> None:
    lab.answer_all()
    lab.panel._dream.click()
    lab.panel._dream.click()
    assert lab.answer_all() == ["feature_visualization"]
    assert lab.panel.dreamed is None


def test_a_change_is_tested_undone_and_applied_only_when_asked(lab: Lab) -> None:
    lab.answer_all()
    begun: list[object] = []
    on_command(lab.state, Restart, lambda c: begun.append(c.theta))
    theta = lab.run.arena.theta.copy()
    lab.panel.unit_gallery.trying.click()
    assert lab.answer_all() == ["ablation"]
    assert "→" in lab.panel.unit_gallery.worth.text()
    assert np.array_equal(theta, lab.run.arena.theta)
    lab.panel.unit_gallery.applying.click()
    assert lab.answer_all() == ["edited_weights"]
    (made,) = begun
    assert isinstance(made, np.ndarray) and not np.array_equal(made, theta)
    lab.panel.unit_gallery.undoing.click()
    assert not lab.panel.edits


def test_a_weight_typed_over_is_one_more_change(lab: Lab) -> None:
    lab.panel._layer.setCurrentIndex(0)
    lab.answer_all()
    assert lab.panel.unit_gallery.numbers.isVisible()
    lab.panel.unit_gallery.numbers.edited.emit(1, 2, 0.75)
    lab.panel.unit_gallery.numbers.edited.emit(0, 0, -0.5)
    assert lab.answer_all().count("ablation") == 2
    kernel = lab.panel._kernel()
    assert kernel is not None and kernel[0, 1, 2] == 0.75 and kernel[0, 0, 0] == -0.5
    lab.panel.unit_gallery.undoing.click()
    kernel = lab.panel._kernel()
    assert kernel is not None and kernel[0, 1, 2] == 0.75 and kernel[0, 0, 0] != -0.5
