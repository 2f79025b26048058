"""What the mouse does with a panel: its title, its tab, its buttons and its menu."""

from pathlib import Path

from tests.window.driven import Driven
from tests.window.screen import Screen

MENU = "[a.text().replace('&', '') for a in QApplication.activePopupWidget().actions()]"


def no_list_of_all_docks_opens(lab: Driven) -> None:
    """Qt's own, by the other mouse button."""
    for place in ("place(window._transport, 0.45)", "place(window.menuBar(), 0.9)"):
        lab.click(place, button=3)
    lab.click("tab('Zoom')", button=3)
    lab.click("tab('Draw')")
    lab.until("window.docks.current is docks['draw']")
    assert lab.ask("QApplication.activePopupWidget() is None")


def test_a_panel_is_meant_by_a_click_on_its_title_or_tab(screen: Screen, tmp_path: Path) -> None:
    with Driven(screen, tmp_path) as lab:
        lab.until("window.isActiveWindow()")
        lab.click("tab('Zoom')")
        lab.until("window.docks.current is docks['zoom']")
        lab.key("ctrl+m")
        lab.until("docks['curves'].isHidden() and docks['zoom'].widget().isVisible()")
        lab.key("ctrl+m")
        lab.until("not docks['curves'].isHidden()")
        lab.click("place(docks['confusion']._title, 0.2)")
        lab.until("window.docks.current is docks['confusion']")
        assert lab.ask("docks['confusion']._title.property('lit')")
        assert not lab.ask("docks['zoom']._title.property('lit')")
        lab.key("ctrl+m")
        lab.until("docks['curves'].isHidden() and not docks['confusion'].isHidden()")
        lab.click("place(docks['confusion']._title, 0.2)", times=2)
        lab.until("not docks['curves'].isHidden()")

        # Closed or taken out while it has all the room, a panel leaves it to the others.
        close = "button('Close this panel; reopen it from the menu Panels', docks['confusion'])"
        lab.key("ctrl+m")
        lab.until("docks['curves'].isHidden()")
        lab.click(close)
        lab.until("not docks['curves'].isHidden() and docks['confusion'].isHidden()")
        lab.ask("window.docks.show('confusion')")
        lab.click("place(docks['confusion']._title, 0.2)")
        lab.key("ctrl+m")
        lab.until("docks['curves'].isHidden()")
        lab.ask("docks['confusion'].float.trigger()")
        lab.until("not docks['curves'].isHidden() and docks['confusion'].isFloating()")
        lab.ask("docks['confusion'].float.trigger()")
        lab.until("not docks['confusion'].isFloating()")
        lab.click("place(docks['confusion']._title, 0.4)")  # elsewhere: no double click
        lab.until("window.docks.current is docks['confusion']")

        # The menu of a panel, by its button and by the other mouse button.
        lab.click("place(docks['confusion']._title, 0.2)", button=3)
        lab.until("QApplication.activePopupWidget() is not None")
        offered = lab.ask(MENU)
        assert {"Close", "Float", "Maximise", "What is this?"} <= set(offered)
        lab.click("entry('What is this?')")
        lab.until("window._help.isVisible()")
        lab.key("Escape")
        lab.until("not window._help.isVisible()")
        lab.click("button('All actions of this panel', docks['confusion'])")
        lab.until("QApplication.activePopupWidget() is not None")
        assert lab.ask(MENU) == offered
        lab.click("entry('Float')")
        lab.until("docks['confusion'].isFloating()")
        tip = "Close this panel; reopen it from the menu Panels"
        lab.click(f"button({tip!r}, docks['confusion'])")
        lab.until("docks['confusion'].isHidden()")

        no_list_of_all_docks_opens(lab)
        assert not [said for said in lab.ask("messages()") if "wrong" in said or "Error" in said]


def test_the_wheel_turns_no_choice_that_it_only_passes(screen: Screen, tmp_path: Path) -> None:
    choices = "[docks[key].findChild(QComboBox) for key in ('samples', 'knobs')]"
    with Driven(screen, tmp_path) as lab:
        lab.until("window.isActiveWindow()")
        chosen = f"[it.currentIndex() for it in {choices}]"
        before = lab.ask(chosen)
        for number in range(len(before)):
            lab.click(f"{choices}[{number}]", button=5)
        lab.key("F1")
        lab.until("window._help.isVisible()")  # what came before it has been heard
        assert lab.ask(chosen) == before
        assert not lab.ask("isinstance(window.focusWidget(), QComboBox)")


def test_every_button_of_a_title_can_be_seen_and_says_what_it_does(
    screen: Screen, tmp_path: Path
) -> None:
    buttons = "docks['curves']._title.findChildren(QToolButton)"
    with Driven(screen, tmp_path) as lab:
        for theme in ("dark", "light", "contrast"):
            lab.until(
                f"window._settings.theme == {theme!r} or window.actions_by_key['theme'].trigger()"
            )
            for number in range(lab.ask(f"len({buttons})")):
                each = f"{buttons}[{number}]"
                assert lab.ask(f"in_sight({each})")
                assert lab.ask(f"len({each}.toolTip()) > 4 and {each}.accessibleName()")
                assert lab.ask(f"contrast({each})") >= 3, (theme, number)
            assert theme in lab.ask("' '.join(messages()).lower()").replace("high-", "")


def test_the_column_of_chapters_keeps_its_width(screen: Screen, tmp_path: Path) -> None:
    with Driven(screen, tmp_path) as lab:
        width = lab.ask("docks['chapters'].width()")
        for chapter in ("inspection", "three-or-seven", "digit-kernels"):
            lab.ask(
                "window.open_chapter(next(c for c in window._chapters"
                f" if c.key == {chapter!r})) and None"
            )
            lab.until(f"state.training.chapter.key == {chapter!r}")
            assert abs(lab.ask("docks['chapters'].width()") - width) <= 8, chapter
