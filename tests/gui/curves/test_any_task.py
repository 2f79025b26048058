"""Curves, read-out and captions of tasks without classes: labels, units, which way is better."""

import math
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.training.metrics import Evaluation
from core.training.series import table_rows
from hellodl_gui.features.curves.panel import CurvesPanel
from hellodl_gui.features.export.screen_recorder import caption_of
from hellodl_gui.features.timeline.transport import TransportBar
from hellodl_gui.services.run_choice import layout_of
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.readout import readout
from tests.gui.kit import lab_state, show_widget

STEPS = 120
LOOKS = {
    "line": [{"r2": 0.2, "mae": 3.0}, {"r2": 0.96, "mae": 0.25}, {"r2": 0.9, "mae": 0.5}],
    "character-gru": [
        {"bits": 6.0, "accuracy": 0.1},
        {"bits": 1.75, "accuracy": 0.5},
        {"bits": 2.5, "accuracy": 0.4},
    ],
}


def trained(key: str) -> LabState:
    """A state of a chapter with a run of 120 mini-batches and three looks at the test set."""
    found, state = chapter(key), lab_state(chapter("three-or-seven"))
    data = found.task.data(found.defaults())
    state.training.set_chapter(found, data, layout_of(found, found.defaults()))
    state.timeline.clear(state.training.metrics)
    steps = np.arange(1.0, STEPS + 1)
    known = {"step": steps, "epoch": steps / 60, "loss": 2 / steps, "lr": np.ones(STEPS)}
    known |= {metric.key: 1 / steps for metric in state.timeline.metrics.batch}
    state.timeline.add_steps(table_rows(state.timeline.steps.columns, known))
    for step, metrics in zip((0, 60, 120), LOOKS[key], strict=True):
        state.timeline.add_evaluation(Evaluation(step, step / 60, 2.0, metrics))
    return state


def drawn(qtbot: QtBot, state: LabState) -> CurvesPanel:
    panel = show_widget(qtbot, CurvesPanel(state), 700, 600)
    for _ in range(panel.partial_redraws):
        panel.draw(0.0)
    return panel


@pytest.mark.parametrize(
    ("key", "titles", "hints"),
    [
        (
            "line",
            {"loss": "Loss", "r2": "R²", "mae": "Mean absolute error"},
            {"r2": "Higher is better; best on the test set: 0.9600 at mini-batch 60",
             "mae": "Lower is better; best on the test set: 0.2500 at mini-batch 60"},
        ),
        (
            "character-gru",
            {"loss": "Loss", "bits": "Bits per character, bits", "accuracy": "Accuracy"},
            {"bits": "Lower is better; best on the test set: 1.750 bits at mini-batch 60",
             "accuracy": "Higher is better; best on the test set: 50.00% at mini-batch 60"},
        ),
    ],
)  # fmt: skip
def test_every_metric_has_its_plot_with_unit_and_direction(
    qtbot: QtBot, key: str, titles: dict[str, str], hints: dict[str, str]
) -> None:
    panel = drawn(qtbot, trained(key))
    assert {k: plot.accessibleName() for k, plot in panel.plots.items()} == titles
    for metric, words in hints.items():
        assert panel.plots[metric]._head.toolTip() == words
    heads = {k: plot.accessibleDescription() for k, plot in panel.plots.items()}
    assert all("test set" in head for head in heads.values())
    assert ("training" in heads["loss"]) and ("%" in heads.get("accuracy", "%"))
    assert "%" not in heads["loss"] and "training" not in heads.get("r2", "")


def test_the_table_of_numbers_has_the_tasks_own_columns(qtbot: QtBot) -> None:
    numbers = drawn(qtbot, trained("line")).numbers()
    assert numbers is not None
    assert list(numbers.header) == [
        "step", "epoch", "loss", "mean absolute error", "lr", "test loss", "test R²",
        "test mean absolute error",
    ]  # fmt: skip


def test_another_chapter_brings_other_plots(qtbot: QtBot) -> None:
    state = trained("line")
    panel = drawn(qtbot, state)
    other = chapter("three-or-seven")
    data = other.task.data(other.defaults())
    state.open_chapter(other, data, layout_of(other, other.defaults()))
    state.begin_run(2, data, state.training.layout)
    assert list(panel.plots) == ["loss", "accuracy"]
    state.timeline.add_steps(np.array([[1, 0.1, 64, 0.5, 0.75, 0.1, 1.0, 0.1]]))
    panel.draw(1.0)
    assert "75.00%" in panel.plots["accuracy"].accessibleDescription()


@pytest.mark.parametrize(
    ("key", "caption", "text", "film"),
    [
        ("line", "test R²", "0.9", "training mean absolute error"),
        ("character-gru", "test bits", "2.5", "training bits per character"),
    ],
)
def test_transport_and_film_name_the_chapters_own_metric(
    qtbot: QtBot, key: str, caption: str, text: str, film: str
) -> None:
    state, bar = trained(key), TransportBar([])
    qtbot.addWidget(bar)
    bar.show_numbers(readout(state))
    assert bar._captions["metric"].text() == caption and bar._numbers["metric"].text() == text
    assert film in caption_of(state)
    bar.show_numbers(replace(readout(state), value=math.nan))
    assert bar._numbers["metric"].text() == "–"


def test_a_plot_of_the_test_set_alone_reaches_as_far_as_the_run(qtbot: QtBot) -> None:
    state = trained("line")
    more = {"step": np.arange(STEPS + 1.0, 301), "loss": np.ones(180)}
    state.timeline.add_steps(table_rows(state.timeline.steps.columns, more))
    panel = drawn(qtbot, state)
    ranges = {name: plot._view.viewRange()[0] for name, plot in panel.plots.items()}
    assert ranges["r2"] == ranges["loss"] == ranges["mae"] and ranges["loss"][1] >= 300
