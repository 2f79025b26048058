"""The README's sixth step on an empty cache, with the hands of somebody who does not wait."""

from pathlib import Path

import pytest

from tests.window.driven import Driven
from tests.window.screen import Screen

LIST = "window.panels['chapters']._list"
SELECTED = (
    f"(lambda l: (lambda at: [at.x(), at.y()])"
    f"(l.viewport().mapToGlobal(l.visualItemRect(l.currentItem()).center())))({LIST})"
)


@pytest.mark.slow
def test_keys_pressed_while_a_chapter_is_fetched_are_meant_for_it(
    screen: Screen, tmp_path: Path
) -> None:
    with Driven(screen, tmp_path) as lab:
        lab.until("window.isActiveWindow()")
        lab.click(SELECTED)
        lab.key("ctrl+8")
        lab.until("state.training.wanted_chapter.key == 'reading'")
        lab.key("ctrl+l", "ctrl+shift+o")
        assert lab.ask("'Reading a photograph' in window.panels['chapters']._story.toPlainText()")
        if lab.ask("state.training.opening is not None"):
            assert lab.ask("window._views.cover.isVisible()")
            assert "Reading a photograph" in lab.ask("window._views.cover.text()")
        lab.until("state.training.chapter.key == 'reading'", 240)
        lab.until("not window._views.cover.isVisible() and state.timeline.weights is not None")
        lab.until("len(window.page.document.readings) > 20 and 'Weights' in ' '.join(messages())")
        lab.until_ready()
        lab.until(
            "state.timeline.evaluation is not None and "
            "state.timeline.evaluation.metrics['accuracy'] > 0.9"
        )
        assert lab.ask("state.timeline.step") == 0 and lab.ask(f"{LIST}.currentRow()") == 9
        lab.quit()


@pytest.mark.slow
def test_play_pressed_before_training_is_ready_is_seen_and_kept(
    screen: Screen, tmp_path: Path
) -> None:
    with Driven(screen, tmp_path) as lab:
        lab.until("window.isActiveWindow()")
        lab.key("space")
        lab.until(
            "window.actions_by_key['play'].text() == 'Starts when ready' "
            "or state.timeline.step > 0",
            20,
        )
        lab.until("state.timeline.step > 3", 240)
        lab.quit()
