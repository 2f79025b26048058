"""Texts of the help overlay, the welcome message and the About box."""

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QMessageBox, QWidget

from core.chapters.chapter import Chapter
from core.translation import tr
from hellodl_gui.app.actions import menu_actions


def help_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """(title, [(keys, what they do)]), as they are to be read."""

    groups: dict[str, list[tuple[str, str]]] = {}
    for action in menu_actions():
        if action.shortcut:
            words = groups.setdefault(action.menu.replace("&", ""), [])
            words.append((action.shortcut, action.text.replace("&", "")))
    groups.setdefault(tr("View"), []).extend(
        [
            ("Ctrl+1 … Ctrl+9", tr("Chapter by its number; again for the next of that number")),
            ("Esc", tr("Close the newest message")),
        ]
    )
    groups[tr("Mouse")] = [
        (tr("click"), tr("Select a panel: keys and menus act on it")),
        (tr("double click on a title"), tr("Give the panel all the room")),
        (tr("drag a title"), tr("Move the panel, also out of the window")),
        (tr("right click"), tr("All actions of a panel")),
        (tr("wheel"), tr("Zoom plots, networks and pages")),
    ]
    groups[tr("Timeline")] = [
        (tr("drag"), tr("Go to a moment of the run")),
        ("← →", tr("One recorded moment back or forward")),
        (tr("PgUp, PgDown"), tr("To the previous or next mark")),
        (tr("Home, End"), tr("To the start or the latest step")),
        ("+ − 0", tr("Zoom")),
    ]
    groups[tr("Boxes of the page")] = [
        (tr("drag"), tr("Move, resize at a handle, draw on paper")),
        (tr("Shift+click"), tr("Select several")),
        ("Tab, Shift+Tab", tr("From box to box")),
        ("← → ↑ ↓", tr("Move by a pixel, with Shift ten")),
        ("Ctrl+← → ↑ ↓", tr("Resize")),
        (tr("a letter"), tr("Correct, then go to the next box")),
        (tr("Backspace"), tr("Go back and clear the letter")),
        (tr("Delete"), tr("Delete the box")),
        (tr("Space"), tr("Set or remove a space before it")),
        ("+ − 0", tr("Zoom")),
    ]
    return list(groups.items())


def welcome(chapter: Chapter, first: Chapter) -> str:
    """Said at the very first start, when `chapter` is open."""
    words = tr(
        "This is chapter {number}, “{title}”, because something happens at once: press Play. "
        "The course begins with chapter 1, “{first}”.",
    )
    return words.format(number=chapter.number, title=chapter.title, first=first.title)


def about(parent: QWidget) -> None:
    """What this program is."""

    try:
        number = version("hellodl-lab")
    except PackageNotFoundError:  # run from a folder that nobody installed
        number = ""
    words = tr(
        "<h3>HelloDL Lab {version}</h3><p>A laboratory for deep learning from scratch: train, "
        "watch, take apart, read a photo.</p><p>It follows <i>Hello Deep Learning</i> "
        "(berthub.eu/articles/posts/hello-deep-learning).</p><p>MIT licence. Data, pictures and "
        "fonts: resources/CREDITS.md.</p><p>Qt {qt}</p>"
    )
    QMessageBox.about(parent, tr("About HelloDL Lab"), words.format(version=number, qt=qVersion()))
