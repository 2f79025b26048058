"""All panels × all chapters: each shows something of a short run, or says in a sentence why not."""

import re
from collections.abc import Callable
from functools import cache
from itertools import islice

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter, chapters
from core.data.dataset import Dataset
from core.kernels.engine import set_engine
from core.training.task import Split
from hellodl_gui.app.panel_registry import VIEWS
from hellodl_gui.features.page import PagePanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.ui.layout.refusal_cover import RefusalCover
from hellodl_gui.ui.panel import Panel
from tests.gui.answering import Answering, RunBeside
from tests.gui.kit import lab_state, show_widget

PANELS: dict[str, Callable[[LabState], Panel]] = {**VIEWS, "page": PagePanel}
SENTENCE = re.compile(r".+ needs .+\. “.+” .+: open a chapter with .+\.")


def some(data: Dataset) -> Dataset:
    """Sixty samples, evenly chosen."""
    return data.take(np.linspace(0, len(data) - 1, min(len(data), 60)).astype(np.intp))


@cache
def few(key: str) -> Split:
    declared = chapter(key)
    split = declared.task.data(declared.defaults())
    return Split(some(split.train), some(split.test))


class ShortRun(RunBeside):
    """Three mini-batches of a chapter, all in this process."""

    settle = Answering.settle

    def __init__(self, key: str) -> None:
        set_engine("reference")  # nothing to compile
        super().__init__(lab_state(chapter(key), *few(key)))
        knobs = self.state.training.knobs.with_values(batch_size=8)
        list(islice(self.state.training.chapter.steps(self.run, lambda: knobs), 3))
        self.state.training.set_status(Status.IDLE)
        self.show_weights()
        self.state.timeline.add_evaluation(self.run.evaluate(knobs))


@pytest.mark.parametrize("key", [declared.key for declared in chapters()])
def test_every_panel_draws_or_says_why_not(qtbot: QtBot, key: str) -> None:
    run = ShortRun(key)
    for name, make in PANELS.items():
        panel = show_widget(qtbot, make(run.state), 460, 380)
        run.settle(panel)
        if panel.refusal:
            assert SENTENCE.fullmatch(panel.refusal), name
            assert [cover.text() for cover in panel.findChildren(RefusalCover)] == [panel.refusal]
        assert not panel.grab().isNull(), name
        run.state.selection.select(7)
        run.settle(panel)
        panel.close()
        panel.close_down()


@pytest.mark.parametrize("key", [declared.key for declared in chapters()])
def test_a_chapter_asks_for_no_panel_that_it_has_nothing_for(key: str) -> None:
    declared = chapter(key)
    state = lab_state(declared, *few(key))
    offered = state.training.capabilities
    for view in declared.views:
        kind = PANELS[view]
        assert isinstance(kind, type) and kind.needs <= offered, view
