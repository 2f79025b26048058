"""Two labs at once share a home and do not get into each other's way."""

from pathlib import Path

from tests.window.driven import Driven
from tests.window.screen import Screen


def test_two_windows_share_their_settings_and_neither_spoils_them(
    screen: Screen, tmp_path: Path
) -> None:
    with Driven(screen, tmp_path) as one, Driven(screen, tmp_path) as other:
        for lab in (one, other):
            assert not [said for said in lab.ask("messages()") if "did not finish" in said]
        one.ask("window.docks.show('saliency')")
        one.until("docks['saliency'].isVisible()")
        other.ask("window.actions_by_key['theme'].trigger()")
        theme = other.ask("window._settings.theme")
        for lab in (one, other):
            lab.ask("window.activateWindow()")
            lab.until("window.isActiveWindow()")
            lab.quit()
    with Driven(screen, tmp_path) as again:
        assert again.ask("window._settings.theme") == theme
        assert not again.ask("docks['curves'].isHidden()")
        assert not [said for said in again.ask("messages()") if "did not finish" in said]
