"""Samples: the same pictures at every moment, and a word on how many the past has kept."""

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.record import models
from core.record.models import sample_indices
from hellodl_gui.features.samples.panel import SamplesPanel
from hellodl_gui.state.sample_query import SampleQuery
from hellodl_gui.state.selection import SamplePrediction
from hellodl_gui.state.timeline import Moment
from tests.gui.answering import Answering
from tests.gui.kit import show_widget
from tests.gui.sent_commands import on_probe


@pytest.fixture
def panel(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> SamplesPanel:
    monkeypatch.setattr(models, "SAMPLE", 20)
    run = Answering()
    run.begin()
    made = show_widget(qtbot, SamplesPanel(run.state), 500, 400)
    made.draw(0.0)
    return made


def look_back(panel: SamplesPanel) -> None:
    state = panel.state
    live, weights = state.timeline.live_evaluation, state.timeline.live_weights
    assert live is not None and weights is not None
    kept = sample_indices(len(state.training.test))
    whole = live.classification
    assert whole is not None
    part = replace(
        whole, samples=kept, predictions=whole.predictions[kept], confidence=whole.confidence[kept]
    )
    then = replace(live, reports=(part,))
    state.timeline.show(Moment(3, weights, then, dict(state.training.knobs)))
    panel.draw(0.0)


def test_the_record_keeps_evenly_spread_samples() -> None:
    assert sample_indices(10_000)[[0, 1, -1]].tolist() == [0, 10, 9999]
    assert sample_indices(7).tolist() == list(range(7))


def test_the_same_pictures_are_shown_at_every_moment(panel: SamplesPanel) -> None:
    live, wide = panel._shown.copy(), panel.minimumSizeHint().width()
    look_back(panel)
    assert panel.minimumSizeHint().width() == wide, "the panels beside it stay where they are"
    assert np.array_equal(panel._shown, live)
    assert all(colour is not None for _, colour in panel._captions()[:20]), "their guesses are kept"
    assert "20 predictions kept, of mini-batch" in panel._pager.words
    panel.state.timeline.show(None)
    panel.draw(0.0)
    assert np.array_equal(panel._shown, live) and "kept" not in panel._pager.words


def test_a_selection_survives_and_says_why_it_may_be_empty(panel: SamplesPanel) -> None:
    guess = int(panel.state.timeline.live_evaluation.classification.predictions[0])
    panel.state.selection.queried.emit(SampleQuery(guess=(guess + 1) % 10))
    panel.draw(0.0)
    assert not len(panel._shown) and "No test samples match" in panel._none_here()
    look_back(panel)
    assert "20 test samples kept" in panel._none_here()
    assert panel._picked.query is not None and not panel._picked.isHidden()


def test_what_is_read_in_the_selected_picture_follows_every_look_at_the_test_set(
    panel: SamplesPanel,
) -> None:
    state, asked = panel.state, []
    on_probe(state, lambda _, probe, *more: asked.append(probe))
    look = state.timeline.live_evaluation
    assert look is not None
    state.timeline.add_evaluation(look)
    assert asked == [], "none was asked about"
    state.selection.set_prediction(SamplePrediction(0, np.eye(10, dtype=np.float32)[3]))
    state.timeline.add_evaluation(look)
    assert asked == ["probabilities"]
