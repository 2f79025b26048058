"""Written texts: the newest, earlier ones, that of a moment; what is said of how good they are."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.training.metrics import Evaluation
from core.training.reports import TextReport
from hellodl_gui.features.generated_text import GeneratedTextPanel
from hellodl_gui.state.lab import LabState
from tests.gui.kit import lab_state, show_widget
from tests.gui.short_run import few


@pytest.fixture
def state() -> LabState:
    return lab_state(chapter("character-gru"), *few("character-gru"))


@pytest.fixture
def panel(qtbot: QtBot, state: LabState) -> GeneratedTextPanel:
    return show_widget(qtbot, GeneratedTextPanel(state), 520, 320)


def _look(step: int, bits: float, *texts: str) -> Evaluation:
    metrics = {"bits": bits, "accuracy": 0.1}
    return Evaluation(step, step / 10, 2.0, metrics, (TextReport("The ", texts),))


def test_nothing_is_written_before_the_first_test(panel: GeneratedTextPanel) -> None:
    panel.draw(0.0)
    assert panel._fallback.explains and panel.numbers() is None


def test_the_newest_text_is_shown_with_its_bits(panel: GeneratedTextPanel, state: LabState) -> None:
    state.timeline.add_evaluation(_look(0, 6.57, "xq zt"))
    state.timeline.add_evaluation(_look(100, 3.12, "cat sat"))
    panel.draw(0.0)
    assert panel._text.toPlainText() == "The cat sat"
    words = panel._words.text()
    assert "3.12 bits" in words and "mini-batch 100" in words and "6.57 bits" in words
    table = panel.numbers()
    assert table is not None and list(table.columns[2]) == ["The xq zt", "The cat sat"]


def test_an_earlier_text_is_chosen_and_stays_while_training_goes_on(
    panel: GeneratedTextPanel, state: LabState
) -> None:
    for step in (0, 100, 200):
        state.timeline.add_evaluation(_look(step, 5.0, f"text {step}"))
    panel.draw(0.0)
    panel._moments.selectRow(1)
    panel.draw(0.0)
    assert panel.shown is not None and panel.shown.step == 100
    state.timeline.add_evaluation(_look(300, 4.0, "text 300"))
    panel.draw(0.0)
    assert panel._text.toPlainText() == "The text 100"


def test_a_report_of_several_texts_shows_all(panel: GeneratedTextPanel, state: LabState) -> None:
    look = _look(5, 2.0, "one", "two")
    state.timeline.add_evaluation(replace(look, metrics={}))
    panel.draw(0.0)
    assert panel._text.toPlainText() == "The one\n\nThe two"
    assert len(panel._text.extraSelections()) == 2


def test_another_run_begins_with_nothing(panel: GeneratedTextPanel, state: LabState) -> None:
    state.timeline.add_evaluation(_look(5, 2.0, "one"))
    training = state.training
    state.begin_run(2, training.data, training.layout)
    panel.draw(0.0)
    assert panel.written == [] and panel._fallback.explains
