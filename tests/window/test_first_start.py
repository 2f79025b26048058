from pathlib import Path

from tests.window.driven import Driven
from tests.window.screen import Screen


def test_the_first_start_answers_to_pointer_and_keys(screen: Screen, tmp_path: Path) -> None:
    with Driven(screen, tmp_path) as lab:
        lab.until("window.isActiveWindow()")
        lab.until_ready()
        lab.key("space")
        lab.until("state.timeline.step > 3")
        lab.key("space")
        lab.until_ready()
        lab.quit()
