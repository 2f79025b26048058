"""The tour of the README, step by step, with nothing in the cache."""

from pathlib import Path

import pytest

from tests.window.driven import Driven
from tests.window.screen import Screen

LIST = "window.panels['chapters']._list"
ROW = (
    "(lambda l, n: (lambda at: [at.x(), at.y()])(l.viewport().mapToGlobal("
    "l.visualItemRect(l.item(n)).center())))({list}, {row})"
)


def choose(lab: Driven, key: str) -> None:
    row = lab.ask(f"[c.key for c in window._chapters].index({key!r})")
    lab.ask(f"{LIST}.scrollToItem({LIST}.item({row}))")
    lab.click(ROW.format(list=LIST, row=row))
    lab.until(f"state.training.chapter.key == {key!r}", 240)
    lab.until_ready()


def zoom_help_and_full_screen(lab: Driven) -> None:
    """9: Zoom, and F1, Ctrl+M, Ctrl+T, F11."""
    lab.click("tab('Zoom')")
    lab.until("docks['zoom'].panel.isVisible()")
    lab.key("ctrl+m")
    lab.until("docks['curves'].isHidden()")
    lab.key("ctrl+m")
    lab.until("not docks['curves'].isHidden()")
    lab.key("F1")
    lab.until("window._help.isVisible()")
    lab.key("Escape")
    lab.until("not window._help.isVisible()")
    theme = lab.ask("window._settings.theme")
    lab.key("ctrl+t")
    lab.until(f"window._settings.theme != {theme!r}")
    lab.key("F11")
    lab.until("window.isFullScreen()")
    lab.key("F11")
    lab.until("not window.isFullScreen()")


@pytest.mark.slow
def test_the_tour_of_the_readme(real_screens: None, tmp_path: Path) -> None:
    with Screen(1920, 1080) as screen, Driven(screen, tmp_path) as lab:
        lab.until("window.isActiveWindow()")
        lab.until_ready()
        # 1, 2: Space; a knob while it runs; Ctrl+R.
        lab.key("space")
        lab.until("state.timeline.step > 20")
        lab.click("find('knobs', '_Slider')")
        lab.until("state.timeline.marks", 60)
        lab.key("space")
        lab.until("state.training.status.name == 'IDLE'")
        lab.until("state.timeline.evaluation is not None")
        # 3: a cell of the confusion matrix, a tile of the weights.
        lab.click("place(find('confusion', 'ConfusionMatrix'), 0.5, 0.6)")
        lab.until("window.panels['samples']._picked.query is not None")
        lab.click("place(find('weights', 'KernelAtlas'), 0.2, 0.2)")
        lab.until("find('weights', 'KernelAtlas').enlarged is not None")
        # 7: back in time, the film, a fork.
        lab.click("place(window.timeline.timeline, 0.4, 0.5)")
        lab.until("state.timeline.moment is not None")
        lab.key("shift+space")
        lab.until("window.timeline.player.playing")
        lab.key("ctrl+End")
        lab.until("state.timeline.moment is None")
        lab.click("place(window.timeline.timeline, 0.4, 0.5)")
        lab.until("state.timeline.moment is not None")
        steps = lab.ask("state.timeline.step")
        lab.key("ctrl+f")
        lab.until(f"state.timeline.moment is None and state.timeline.step < {steps}")
        lab.key("ctrl+r")
        lab.until("state.timeline.step == 0")
        # 8: the list of runs.
        lab.choose("Panels", "Runs", "Runs")
        lab.until("find('runs', 'RunTable').model().rowCount() > 0")
        zoom_help_and_full_screen(lab)
        # 4: the line of chapter 1 is dragged.
        choose(lab, "three-or-seven")
        before = lab.until(
            "state.timeline.evaluation is not None and "
            "state.timeline.evaluation.metrics['accuracy']"
        )
        lab.until("docks['scores'].panel.isVisible()")
        # 5: trained weights and the sample page.
        choose(lab, "digit-kernels")
        lab.key("ctrl+l", "ctrl+shift+o")
        lab.until("len(window.page.document.readings) > 10", 120)
        lab.until(
            "state.timeline.evaluation is not None and "
            "state.timeline.evaluation.metrics['accuracy'] > 0.95"
        )
        assert before and not [said for said in lab.ask("messages()") if "unexpected" in said]
        lab.quit()
