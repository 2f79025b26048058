"""A chapter whose data take their time: one visible state, and nothing wanted meanwhile is lost."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.errors import DataError
from core.knobs import Knobs
from core.training.task import Split
from hellodl_gui.app.opening_overlay import OpeningOverlay
from hellodl_gui.features.chapters.panel import ChaptersPanel
from hellodl_gui.services.runner import Runner, layout_of
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.messages import Message
from hellodl_gui.state.models import Status

PATIENCE = 120_000
DIGITS = chapter("digits")


def blots() -> Split:
    images = np.zeros((20, 28, 28), np.uint8)
    data = Dataset.from_images(
        "blots", images, (np.arange(20) % 10).astype(np.uint8), tuple("0123456789")
    )
    return Split(data, data)


class Desk:
    """A state and a runner without a process; `slow` waits for `there`, `broken` fails then."""

    def __init__(self) -> None:
        self.there = Event()
        self.slow = self._waiting("letters", blots)
        self.other = self._waiting("robust-letters", blots)
        self.broken = self._waiting("inspection", self._fail)
        self.quick = replace(DIGITS, task=replace(DIGITS.task, data=lambda knobs: blots()))
        self.state = LabState(self.quick, blots(), layout_of(self.quick, self.quick.defaults()))
        self.runner = Runner(self.state)
        self.said: list[Message] = []
        self.state.messages.notified.connect(self.said.append)
        self.state.training.restart()
        self.state.training.set_status(Status.IDLE)

    def _waiting(self, key: str, found: object) -> Chapter:
        declared = chapter(key)

        def data(knobs: Knobs) -> Split:
            self.there.wait(20)
            return found()  # type: ignore[operator]

        network = DIGITS.task.model
        return replace(
            declared,
            task=replace(
                declared.task, data=data, model=lambda knobs, rng: network(DIGITS.defaults(), rng)
            ),
        )

    def _fail(self) -> Split:
        raise DataError("The fonts are missing.")

    def settle(self, qtbot: QtBot) -> None:
        """Let the data be there, and the state hear of it."""
        self.there.set()

        def over() -> bool:
            self.runner.poll()
            return self.state.training.opening is None

        qtbot.waitUntil(over, timeout=PATIENCE)

    def told(self) -> list[str]:
        """What the training process would hear."""
        return [type(command).__name__ for command in self.runner._unsent]


@pytest.fixture
def desk() -> Iterator[Desk]:
    found = Desk()
    yield found
    found.there.set()
    found.runner.close()


def test_list_and_story_show_the_chosen_chapter_at_once(qtbot: QtBot, desk: Desk) -> None:
    panel = ChaptersPanel(desk.state, (desk.quick, desk.slow))
    qtbot.addWidget(panel)
    panel.chosen.connect(desk.runner.open_chapter)
    panel._list.setCurrentRow(1)
    panel.refresh()
    assert (
        desk.state.training.chapter is desk.quick
        and desk.state.training.wanted_chapter is desk.slow
    )
    assert desk.slow.title in panel._story.toPlainText()
    desk.settle(qtbot)
    assert desk.state.training.chapter is desk.slow and panel._list.currentRow() == 1


def test_loading_weights_waits_for_the_chapter_that_was_chosen(qtbot: QtBot, desk: Desk) -> None:
    loaded: list[Chapter] = []
    desk.runner.open_chapter(desk.slow)
    desk.state.training.when_open(lambda: loaded.append(desk.state.training.chapter))
    assert not loaded
    desk.settle(qtbot)
    assert loaded == [desk.slow]


@pytest.mark.parametrize("act", ["restart", "play", "advance", "apply"])
def test_no_command_of_that_time_brings_the_old_chapter_back(
    qtbot: QtBot, desk: Desk, act: str
) -> None:
    desk.runner.open_chapter(desk.slow)
    state = desk.state
    {
        "restart": state.training.restart,
        "play": state.training.play,
        "advance": lambda: state.training.advance("batch"),
        "apply": lambda: state.training.apply(desk.slow.experiments[0]),
    }[act]()
    desk.settle(qtbot)
    assert state.training.chapter is desk.slow
    if act == "apply":
        assert state.training.knobs == desk.slow.settings(desk.slow.experiments[0])
    state.training.set_status(Status.STARTING)
    told = desk.told()
    assert told.count("Play") == (act in ("play", "apply"))
    assert told.count("Advance") == (act == "advance")


def test_what_belongs_to_the_run_before_is_refused_with_a_word(desk: Desk) -> None:
    desk.runner.open_chapter(desk.slow)
    begun = desk.state.training.run_id
    desk.state.training.restart(np.zeros(desk.state.training.layout.size, np.float32))
    desk.state.training.fork(0)
    desk.state.training.come_back()
    assert desk.state.training.run_id == begun and desk.state.training.wanted_chapter is desk.slow
    assert desk.said and all("still opening" in message.text for message in desk.said)


def test_the_chapter_chosen_last_wins(qtbot: QtBot, desk: Desk) -> None:
    desk.runner.open_chapter(desk.slow)
    desk.state.training.play()
    desk.runner.open_chapter(desk.other)
    assert desk.state.training.queued is None, "Play was meant for another chapter"
    desk.settle(qtbot)
    assert desk.state.training.chapter is desk.other


def test_the_open_chapter_is_the_way_back(qtbot: QtBot, desk: Desk) -> None:
    desk.runner.open_chapter(desk.slow)
    desk.state.training.play()
    begun = desk.state.training.run_id
    desk.runner.open_chapter(desk.quick)
    assert desk.state.training.opening is None and desk.state.training.queued is None
    assert (desk.state.training.chapter, desk.state.training.run_id) == (desk.quick, begun)
    desk.there.set()
    desk.runner.poll()
    assert desk.state.training.chapter is desk.quick


def test_a_failure_says_why_and_another_click_tries_again(qtbot: QtBot, desk: Desk) -> None:
    panel = ChaptersPanel(desk.state, (desk.quick, desk.broken))
    qtbot.addWidget(panel)
    panel.chosen.connect(desk.runner.open_chapter)
    tries = []
    panel.chosen.connect(tries.append)
    for _ in range(2):  # slow, then at once
        panel._list.setCurrentRow(1)
        desk.settle(qtbot)
        assert panel._list.currentRow() == 0 and desk.state.training.wanted_chapter is desk.quick
    assert len(tries) == 2
    assert "fonts are missing" in desk.said[-1].text and "stays open" in desk.said[-1].text


def test_the_cover_tells_how_far_and_cancels(qtbot: QtBot, desk: Desk) -> None:
    cover = OpeningOverlay(None)  # type: ignore[arg-type]
    qtbot.addWidget(cover)
    cover.cancelled.connect(desk.state.training.cancel_opening)
    desk.runner.open_chapter(desk.slow)
    opening = desk.state.training.opening
    assert opening is not None
    cover.show_opening(replace(opening, done=1200, total=31_200), "Digits", True, cover.rect())
    assert "Opening 5 · Letters" in cover.text() and "1,200 / 31,200" in cover.text()
    assert "starts once it is open" in cover.text()
    cover.cancel.click()
    assert desk.state.training.opening is None and desk.state.training.chapter is desk.quick


def test_play_while_training_gets_ready_is_queued_and_called_off(desk: Desk) -> None:
    state = desk.state
    state.training.set_status(Status.PREPARING)
    state.training.toggle()
    assert state.training.queued == "play" and "Play" not in desk.told()
    state.training.toggle()
    assert state.training.queued is None
    state.training.toggle()
    state.training.set_status(Status.STARTING)
    assert state.training.queued is None and desk.told().count("Play") == 1


def test_given_weights_are_seen_before_training_is_ready(desk: Desk) -> None:
    state = desk.state
    state.training.set_status(Status.PREPARING)
    theta = np.full(state.training.layout.size, 0.25, np.float32)
    state.training.restart(theta)
    assert state.timeline.weights is not None and np.array_equal(
        state.timeline.weights.theta, theta
    )


def test_a_chapter_comes_back_with_its_knobs_and_loaded_weights(qtbot: QtBot, desk: Desk) -> None:
    state = desk.state
    desk.there.set()
    theta = np.full(state.training.layout.size, 0.25, np.float32)
    state.training.turn("lr", 0.2)
    state.training.restart(theta)
    desk.runner.open_chapter(desk.slow)
    desk.settle(qtbot)
    desk.runner.open_chapter(desk.quick)
    assert state.training.chapter is desk.quick and state.training.knobs["lr"] == 0.2
    assert state.timeline.weights is not None and np.array_equal(
        state.timeline.weights.theta, theta
    )


def test_weights_lost_to_an_experiment_come_back(desk: Desk) -> None:
    state = desk.state
    theta = np.full(state.training.layout.size, 0.25, np.float32)
    state.training.restart(theta)
    before = dict(state.training.knobs)
    state.training.apply(DIGITS.experiment("Adam"))
    assert state.timeline.weights is None and state.training.knobs != before
    assert "Ctrl+Shift+R brings them back" in desk.said[-1].text
    state.training.come_back()
    assert state.timeline.weights is not None and np.array_equal(
        state.timeline.weights.theta, theta
    )
    assert dict(state.training.knobs) == before


def test_every_experiment_starts_by_itself(desk: Desk) -> None:
    for experiment in DIGITS.experiments:
        desk.state.training.set_status(Status.IDLE)
        desk.state.training.apply(experiment)
        desk.state.training.set_status(Status.STARTING)
        assert desk.told().count("Play") == 1, experiment.title


def test_experiments_are_described_with_the_knobs_own_words(qtbot: QtBot, desk: Desk) -> None:
    panel = ChaptersPanel(desk.state, (desk.quick,))
    qtbot.addWidget(panel)
    panel.refresh()
    tips = [
        panel._experiments.itemAt(i).widget().toolTip() for i in range(panel._experiments.count())
    ]
    assert any("Mini-batch: 1,000 samples" in tip for tip in tips)
    assert not any("batch_size" in tip or "lr " in tip for tip in tips)
