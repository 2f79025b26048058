"""The panel of hints: cards that say why, prove it, are applied, taken back and dismissed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.diagnosis.ab_run import LossPair, plan_comparison
from core.diagnosis.comparison import Comparison
from core.diagnosis.hint import Fact, Fix, Hint
from core.diagnosis.treatment import typical_start
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.kernels.engine import use_engine
from core.runtime.headless import HeadlessTrainer, RecordOptions
from core.runtime.protocol import Restart
from core.training.trainer import Trainer
from hellodl_gui.app.dock import Dock
from hellodl_gui.features.hints.hint_card import HintCard
from hellodl_gui.features.hints.panel import HintsPanel
from hellodl_gui.state.models import Status
from tests.benchmarks.hints import Deaf
from tests.gui.kit import lab_state, show_widget
from tests.gui.sent_commands import on_command, on_probe

PATIENCE = 120_000
LEARNING = chapter("autograd")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One neuron with a rate that is far too small."""
    knobs = LEARNING.defaults().with_values(lr=1e-5)
    folder = tmp_path_factory.mktemp("runs")
    with use_engine("fast"):
        run = HeadlessTrainer(LEARNING, knobs, Deaf(), recording=RecordOptions(folder), steps=200)
        run.train()
    assert run.record is not None
    return run.record


@pytest.fixture
def panel(qtbot: QtBot, record: Path) -> Iterator[HintsPanel]:
    """In a dock, with the run on the table and its hint found."""
    state = lab_state(LEARNING)
    state.training.set_knobs({"lr": 1e-5})
    panel = HintsPanel(state)
    _dock = show_widget(qtbot, Dock(panel.key, panel.title, panel), 520, 640)
    state.timeline.open_record(record)
    qtbot.waitUntil(lambda: bool(panel.service.hints), timeout=PATIENCE)
    panel.refresh()
    yield panel
    panel.close_down()


def dock_of(panel: HintsPanel) -> Dock:
    above = panel.parentWidget()
    while not isinstance(above, Dock):
        assert above is not None
        above = above.parentWidget()
    return above


def titles(panel: HintsPanel) -> list[str]:
    return [card.hint.key for card in panel.cards.values()]


def test_the_title_counts_and_the_card_says_why(panel: HintsPanel) -> None:
    assert titles(panel) == ["rate-low"]
    assert panel.windowTitle() == dock_of(panel).windowTitle() == "Hints · 1"
    said = " ".join(label.text() for label in panel.cards["rate-low"].findChildren(QLabel))
    assert "10⁻⁵" in said and "Learning rate 10⁻⁵ → 0.01" in said


def test_show_me_asks_for_the_panel_with_the_evidence(panel: HintsPanel) -> None:
    asked: list[str] = []
    panel.state.panel_requested.connect(asked.append)
    for button in panel.cards["rate-low"].findChildren(QToolButton):
        button.click()
    assert asked and set(asked) <= {"curves", "health"}


def test_a_proof_draws_two_curves_and_then_offers_the_cure(qtbot: QtBot, panel: HintsPanel) -> None:
    card = panel.cards["rate-low"]
    assert not card.proves and card.apply.isEnabled(), "who trusts it need not wait"
    card.prove.click()
    assert card is panel.cards["rate-low"]

    def over() -> bool:
        panel.refresh()
        return panel.service.proof is not None and panel.service.proof.proven is not None

    qtbot.waitUntil(over, timeout=PATIENCE)
    panel.refresh()
    assert card.proves and len(card.plot.lines) == 2
    assert card.apply.property("main") == "true" and panel.service.proof.gain > 0.5
    numbers = panel.numbers()
    assert numbers is not None and len(numbers.columns[0]) == len(panel.service.proof.pairs)


def test_a_proof_is_stopped_by_the_same_button(qtbot: QtBot, panel: HintsPanel) -> None:
    card = panel.cards["rate-low"]
    card.prove.click()
    panel.refresh()
    assert card.prove.text() == "Stop"
    card.prove.click()
    panel.refresh()
    assert card.prove.text() == "Prove it" and not panel.service.proof.running


def test_applied_at_once_and_taken_back(panel: HintsPanel) -> None:
    panel.cards["rate-low"].apply.click()
    panel.refresh()
    assert panel.state.training.knobs["lr"] == 0.01 and titles(panel) == []
    assert panel.service.applied is not None
    panel.service.take_back()
    assert panel.state.training.knobs["lr"] == 1e-5 and panel.service.applied is None


def test_what_is_dismissed_stays_away_for_this_run(
    qtbot: QtBot, panel: HintsPanel, record: Path
) -> None:
    panel.cards["rate-low"].dismiss.click()
    panel.refresh()
    assert titles(panel) == [] and dock_of(panel).windowTitle() == "Hints"
    panel.service._looked_at = 0.0
    panel.state.training.set_status(Status.FAILED)  # something happened: it is looked at again
    qtbot.waitUntil(lambda: not panel.service.pending, timeout=PATIENCE)
    assert panel.service.hints == ()
    data, layout = panel.state.training.data, panel.state.training.layout
    panel.state.begin_run(2, data, layout)
    panel.state.timeline.open_record(record)
    qtbot.waitUntil(lambda: bool(panel.service.hints), timeout=PATIENCE)


def test_a_card_can_say_that_the_cure_does_not_help(panel: HintsPanel) -> None:
    card = panel.cards["rate-low"]
    pairs = LossPair(0, 2.0, 2.0, 100), LossPair(10, 1.0, float("inf"), 100)
    card.show_proof(pairs, False, False, "The fix does not help here.")
    assert card.apply.property("main") == "false"
    assert any(label.text() == "The fix does not help here." for label in card.findChildren(QLabel))


def test_a_hint_whose_proof_failed_sinks_below_the_others_and_says_so(
    qtbot: QtBot, panel: HintsPanel
) -> None:
    service = panel.service
    first = panel.cards["rate-low"].hint
    other = Hint("imbalance", "Rare classes", "Bring more.", first.facts, None, 0.5)
    service._known = (first, other)
    service.poll(0.0)
    panel.refresh()
    assert [hint.key for hint in service.hints] == ["rate-low", "imbalance"]
    assert panel.cards["rate-low"].sure.text() == "confidence 85 %"
    assert first.fix is not None
    plan = plan_comparison("autograd", Path("gone"), panel.state.training.knobs, first.fix, 5)
    service.proven, service.proof = first, Comparison(plan)
    service.proof.pairs = [LossPair(0, 2.0, 2.0, 100), LossPair(10, 1.0, 1.0, 100)]
    service.proofs[first.key] = service.proof
    service.poll(0.0)
    panel.refresh()
    assert [hint.key for hint in service.hints] == ["imbalance", "rate-low"]
    card = panel.cards["rate-low"]
    assert card.sure.text() == "not confirmed"
    assert any("makes no difference" in label.text() for label in card.findChildren(QLabel))
    assert [panel._column.indexOf(panel.cards[hint.key]) for hint in service.hints] == [2, 3]


def test_a_cure_without_a_setting_is_proven_but_not_applied(qtbot: QtBot) -> None:
    facts = (Fact("In 100% of all cases.", "data"),)
    fix = Fix({}, restart=True, shuffle=True)
    card = HintCard(Hint("samples-ordered", "Sorted", "Shuffle.", facts, fix, 0.9), "Shuffle")
    qtbot.addWidget(card)
    card.show()
    assert card.prove.isVisible() and not card.apply.isVisible()


def test_a_cure_that_redraws_the_start_begins_with_what_was_proven(panel: HintsPanel) -> None:
    begun: list[object] = []
    on_command(panel.state, Restart, lambda c: begun.append(c.theta))
    facts = (Fact("All weights were 0.", "histograms"),)
    fix = Fix({}, restart=True, redraw=True)
    panel.service.apply(Hint("start-equal", "Equal weights", "Reset.", facts, fix, 0.9))
    assert np.array_equal(
        np.asarray(begun[0]), typical_start(LEARNING.task, panel.state.training.knobs)
    )
    panel.service.apply(Hint("shuffle", "", "", facts, Fix({}, restart=True, shuffle=True), 0.9))
    assert len(begun) == 1, "there is no setting for it"


def test_the_run_is_asked_for_its_data_once_and_for_dead_units_of_the_start(
    qtbot: QtBot, panel: HintsPanel
) -> None:
    state, service = panel.state, panel.service
    asked: list[tuple[str, object]] = []
    run = Trainer(LEARNING.task, state.training.knobs)

    def reply(number: int, name: str, arguments: dict[str, object]) -> None:
        asked.append((name, arguments.get("start")))
        state.probes.answer(
            number, run_probe(name, ProbeContext(run), state.training.knobs, arguments)
        )

    on_probe(state, reply)
    state.training.set_status(Status.IDLE)
    for _ in range(2):
        service._looked_at = 0.0
        before = len(asked)
        panel._on_grown()
        qtbot.waitUntil(lambda: len(asked) > before and not service.pending, timeout=PATIENCE)  # noqa: B023
    assert [name for name, _ in asked].count("dataset_report") == 1
    starts = [start for name, start in asked if name == "network_health"]
    assert all(isinstance(start, np.ndarray) and start.size == run.arena.theta.size
               for start in starts)  # fmt: skip
    assert service._condition is not None and service._data is not None


def test_a_panel_in_a_closed_dock_asks_for_nothing(panel: HintsPanel) -> None:
    assert panel._in_window
    dock_of(panel).hide()
    assert not panel._in_window
