"""Every number that a panel shows is written alike: true minus, separators, no e, no minus zero."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from hellodl_gui.app.panel_registry import VIEWS
from hellodl_gui.features.export.background import Background
from hellodl_gui.features.export.snapshot import SharedView, render_svg
from hellodl_gui.state.models import Weights
from hellodl_gui.ui.panel import Panel
from tests.gui.answering import Answering
from tests.gui.curves.test_curves_panel import rows

WRONG = {
    "a hyphen for a minus": re.compile(r"(?<![\w.,)\]’'-])-\s?(?=[\d.]*\d)"),
    "a count without separators": re.compile(r"(?<![\w.,/#·-])\d{4,}(?![\w/-])"),
    "minus zero": re.compile(r"[−-]0(?:\.0+)?(?![\d.,·])"),
    "an e in a number": re.compile(r"\d[eE][-+−]?\d"),
    "not a number": re.compile(r"\bnan\b"),
}


CODE = re.compile(r"\w\(|\w\[|\)\[")  # a formula as it is typed, a line of the source


def wrong_in(text: str) -> list[str]:
    text = re.sub("<[^>]*>", "", text)
    if CODE.search(text):
        return []
    return [f"{what}: {text!r}" for what, pattern in WRONG.items() if pattern.search(text)]


def texts_of(panel: Panel) -> Iterator[str]:
    """What is painted, and what a screen reader says."""
    view = SharedView(panel, panel.key, panel.title, "", lambda: None)
    svg = render_svg(view, Background.SCREEN, titled=False)
    yield from re.findall(r'aria-label="([^"]*)"', svg)
    for widget in panel.findChildren(QWidget):
        yield widget.accessibleDescription()
        if isinstance(widget, QLabel):
            yield widget.text()
        elif isinstance(widget, QComboBox):
            yield from (widget.itemText(row) for row in range(widget.count()))
        elif isinstance(widget, QLineEdit):
            yield widget.text()


@pytest.mark.parametrize("text", ["2,289 of 5,431", "−0.5", "2·10⁻⁵", "mini-batch 7", "28 × 28"])
def test_numbers_as_they_should_be_are_not_complained_of(text: str) -> None:
    assert not wrong_in(text)


@pytest.mark.parametrize("text", ["-0.5", "a 1028 b", "−0", "L = −0.00", "2e-05", "1e5", "nan"])
def test_numbers_as_they_should_not_be_are_noticed(text: str) -> None:
    assert wrong_in(text)


def ordinary(run: Answering) -> None:
    run.begin()
    run.state.timeline.add_steps(rows(5431))


def diverged(run: Answering) -> None:
    """Enormous weights and losses, as after a rate of 1."""
    run.begin()
    state = run.state
    steps = rows(1200)
    steps[6:, 3] = 4.9e13
    steps[40:80, 3] = np.nan
    state.timeline.add_steps(steps)
    weights = state.timeline.live_weights
    assert isinstance(weights, Weights) and state.timeline.live_evaluation is not None
    state.timeline.set_weights(replace(weights, step=1200, theta=weights.theta * np.float32(-4e11)))
    state.timeline.add_evaluation(
        replace(
            state.timeline.live_evaluation, step=1200, loss=2.5e-6, metrics={"accuracy": 0.0981}
        )
    )


@pytest.mark.parametrize("key", sorted(VIEWS))
@pytest.mark.parametrize("begin", [ordinary, diverged])
def test_every_panel_writes_its_numbers_alike(qtbot: QtBot, key: str, begin: object) -> None:
    run = Answering(count=1200)
    made = VIEWS[key](run.state)
    qtbot.addWidget(made)
    made.resize(900, 620)
    begin(run)  # type: ignore[operator]
    made.show()
    for _ in range(4):
        made.mark_dirty()
        made.draw(0.0)
        run.answer()
    made.draw(0.0)
    found = [word for text in texts_of(made) for word in wrong_in(text)]
    made.close_down()
    assert not found, "\n".join(sorted(set(found)))
