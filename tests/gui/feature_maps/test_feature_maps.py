"""Feature maps: of whatever is looked at, by any scale, with its field, and with who decided."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QToolButton
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.inspect.probes import run_probe
from hellodl_gui.features.feature_maps.panel import FeatureMapsPanel
from hellodl_gui.features.page.page_selection import PageSelection
from hellodl_gui.state.models import Status
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.state.selection import Sample, Unit
from hellodl_gui.ui.mosaic.mosaic import Mosaic
from tests.gui.answering import RunBeside, blots
from tests.gui.kit import lab_state, show_widget

RNG = np.random.default_rng(0)


class Lab(RunBeside):
    """A panel with a run that answers when it is told to."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__(lab_state(chapter("digit-kernels"), blots(8, 12, "0123456789", RNG)))
        self.state.training.set_status(Status.IDLE)
        self.show_weights()
        self.panel = show_widget(qtbot, FeatureMapsPanel(self.state), 700, 420)
        self.settle()

    def settle(self) -> None:
        self.panel.refresh()
        while self.answer(1):
            self.panel.refresh()

    def mosaics(self) -> list[Mosaic]:
        return self.panel._flow.findChildren(Mosaic)


@pytest.fixture
def lab(qtbot: QtBot) -> Lab:
    return Lab(qtbot)


def test_all_maps_are_those_of_the_picture_that_is_looked_at(lab: Lab) -> None:
    assert [layer.values.shape for layer in lab.panel.layers] == [
        (16, 12, 12),
        (24, 5, 5),
        (64,),
        (10,),
    ]
    before = lab.panel.layers[0].values.copy()
    drawn = RNG.integers(0, 256, (28, 28), dtype=np.uint8)
    lab.state.selection.select_input(Sample("drawing", drawn, None, "your drawing"))
    lab.settle()
    assert not np.array_equal(before, lab.panel.layers[0].values)
    assert "your drawing" in lab.panel._words.text()


def test_the_true_class_is_the_rival_of_a_wrong_guess(lab: Lab) -> None:
    first = lab.panel.blame
    assert first is not None
    guess, wrong = first.target, (first.target + 3) % 10
    image = lab.state.selection.input.value
    lab.state.selection.select_input(Sample("box", image, wrong, "box 1 of the page"))
    lab.settle()
    found = lab.panel.blame
    assert found is not None and (found.target, found.runner_up) == (guess, wrong)
    shares = found.shares[lab.panel.why.units]
    assert (np.diff(shares) <= 0).all() and shares[0] == found.shares.max()
    lab.state.selection.select_input(Sample("box", image, guess, "box 1 of the page"))
    lab.settle()
    found = lab.panel.blame
    assert found is not None and found.target == guess != found.runner_up


def test_a_question_about_another_picture_is_not_answered_by_the_last(lab: Lab) -> None:
    lab.state.selection.select(1)
    lab.panel.refresh()
    (old,) = (question for question in lab.asked if question[1] == "unit_attribution")
    lab.asked.clear()
    lab.state.selection.select(2)
    lab.panel.refresh()
    assert "unit_attribution" not in [probe for _, probe, _ in lab.asked], "one at a time"
    lab.state.probes.answer(old[0], run_probe(old[1], lab.probes, lab.state.training.knobs, old[2]))
    assert lab.panel.blame is None
    lab.settle()
    assert lab.panel.blame is not None


def test_a_map_opens_with_its_field_in_the_picture_and_leads_to_its_unit(
    qtbot: QtBot, lab: Lab
) -> None:
    wanted: list[Unit] = []
    lab.state.selection.unit_inspected.connect(wanted.append)
    second = lab.mosaics()[1]
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton, pos=second.tile_rect(7).center().toPoint())
    assert lab.panel.close_up == (1, 7)
    field = lab.panel._field
    assert field is not None and (field[2] - field[0], field[3] - field[1]) == (12, 12)
    lab.panel._close.like.click()
    assert wanted == [Unit("3", 7)]
    qtbot.keyClick(lab.panel._close, Qt.Key.Key_Escape)
    assert lab.panel.close_up is None and lab.panel._field is None


def test_scale_and_contrast_change_the_colours_only(qtbot: QtBot, lab: Lab) -> None:
    scale = next(c for c in lab.panel.findChildren(QComboBox) if c.accessibleName() == "Scale")
    levels = [mosaic.level for mosaic in lab.mosaics()]
    assert len(set(levels)) > 1
    scale.setCurrentIndex(2)
    lab.panel.refresh()
    assert len({mosaic.level for mosaic in lab.mosaics()}) == 1
    scale.setCurrentIndex(0)
    lab.panel.refresh()
    assert [mosaic.each for mosaic in lab.mosaics()] == [True, True, False, False]
    plain = lab.mosaics()[0]._shades.copy()
    button = next(b for b in lab.panel.findChildren(QToolButton) if b.text() == "Contrast")
    qtbot.keyClick(lab.panel, Qt.Key.Key_C)
    assert button.isChecked()
    lab.panel.refresh()
    stretched = lab.mosaics()[0]._shades
    away = np.abs(stretched.astype(int) - 127) - np.abs(plain.astype(int) - 127)
    assert away.max() > 10 and away.min() >= -1


def test_only_one_chosen_box_is_looked_into(lab: Lab) -> None:
    document = PageDocument()
    look = PageSelection(lab.state, document)
    before = lab.state.selection.input
    document.select({3, 4})
    document.select({3})
    look.look()
    assert lab.state.selection.input is before, "nothing was read in them"
