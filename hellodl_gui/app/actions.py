"""Actions: all commands of the window, declared once for menus, buttons, shortcuts and help."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from core.translation import tr
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes


@dataclass(frozen=True)
class Action:
    """One thing to do, as menus show it; `inside`: the menu that its menu, new here, is in."""

    menu: str
    key: str
    text: str
    tip: str
    shortcut: str = ""
    icon: str = ""
    inside: str = ""
    checkable: bool = False


def menu_actions() -> tuple[Action, ...]:
    """All actions in the order of the menus."""
    lab, share, train, page = tr("&Lab"), tr("S&hare"), tr("&Training"), tr("&Page")
    view, helping = tr("&View"), tr("&Help")
    return (
        Action(lab, "load", tr("Load trained weights"),
               tr("Start from the weights that come with this chapter"), "Ctrl+L", "load"),
        Action(lab, "load_file", tr("Load weights from a file…"),
               tr("Start from weights in a file"), "Ctrl+Shift+L"),
        Action(lab, "save", tr("Save weights…"),
               tr("Save the current weights as a safetensors file"), "Ctrl+S", "save"),
        Action(lab, "open_lab", tr("Open lab…"),
               tr("Open a saved lab: chapter, settings, curve, moment, weights and panels"),
               "Ctrl+Alt+O"),
        Action(lab, "save_lab", tr("Save lab…"),
               tr("Chapter, settings, curve, moment, weights and panels in one file, usually "
                  "below 2 MB"),
               "Ctrl+Alt+S"),
        Action(share, "copy_python", tr("Copy as Python"),
               tr("Copy a short script that repeats this run bit for bit"), "Ctrl+Alt+Y",
               inside=lab),
        Action(share, "share_picture", tr("Export image…"),
               tr("Save the focused panel as PNG or SVG, for slides and papers"),
               "Ctrl+Alt+P", "share"),
        Action(share, "share_copy", tr("Copy picture"),
               tr("Copy the focused panel as a picture"), "Ctrl+Alt+C"),
        Action(share, "share_numbers", tr("Export data (CSV)…"),
               tr("Save the numbers in the focused panel as comma-separated values"), "Ctrl+Alt+N"),
        Action(share, "record_view", tr("Record this view…"),
               tr("Record the focused panel until you stop"), "Ctrl+Alt+Shift+R", "record"),
        Action(share, "film_run", tr("Film of this run…"),
               tr("Film the recorded moments of this run, from first to last, as MP4 or GIF"),
               "Ctrl+Alt+F", "film"),
        Action(share, "share_window", tr("Picture of the window…"),
               tr("Save the whole window as PNG or SVG"), "Ctrl+Alt+Shift+P"),
        Action(share, "record_window", tr("Record the window…"),
               tr("Record the whole window until you stop"), "Ctrl+Alt+R"),
        Action(lab, "next_chapter", tr("Next chapter"), tr("Open the next chapter"), "Ctrl+PgDown"),
        Action(lab, "previous_chapter", tr("Previous chapter"),
               tr("Open the previous chapter"), "Ctrl+PgUp"),
        Action(lab, "quit", tr("Quit"), tr("Close the lab"), "Ctrl+Q"),
        Action(train, "play", tr("Play"), tr("Train, or pause"), "Space", "play"),
        Action(train, "batch", tr("One mini-batch"),
               tr("Train one mini-batch"), "Ctrl+Right", "step"),
        Action(train, "epoch", tr("One epoch"),
               tr("Train to the end of the epoch"), "Ctrl+E", "epoch"),
        Action(train, "reset", tr("Reset"),
               tr("Start again with the same initial weights"), "Ctrl+R", "reset"),
        Action(train, "back", tr("Back to the previous run"),
               tr("Open the run from before the last Reset, experiment or loaded weights"),
               "Ctrl+Shift+R"),
        Action(train, "film", tr("Play the film"),
               tr("Play or pause the recording of this run"), "Shift+Space"),
        Action(train, "live", tr("Back to live"),
               tr("Return to the latest step of the run"), "Ctrl+End"),
        Action(train, "fork", tr("Fork from here"),
               tr("Start a new run from the moment shown; the old curve stays visible"),
               "Ctrl+F", "fork"),
        Action(page, "open_page", tr("Open a photo…"),
               tr("Open a photo of a page and read it"), "Ctrl+O", "open"),
        Action(page, "sample_page", tr("Open the sample page"),
               tr("A page of handwritten digits that comes with the lab"), "Ctrl+Shift+O"),
        Action(view, "maximise", tr("Maximise panel"),
               tr("Maximise or restore the focused panel"), "Ctrl+M", "fit"),
        Action(view, "layout", tr("Arrange panels"),
               tr("Restore the chapter's panel layout"), "Ctrl+Shift+A"),
        Action(view, "theme", tr("Next theme"),
               tr("Dark, light, high contrast"), "Ctrl+T", "theme"),
        Action(view, "full", tr("Full screen"), tr("Fill the whole screen (F11)"), "F11"),
        Action(view, "quiet", tr("Quiet messages"),
               tr("Show errors only, for example during a talk"), checkable=True),
        Action(view, "next_panel", tr("Next panel"), tr("Move the keyboard focus to it"), "F6"),
        Action(view, "previous_panel", tr("Previous panel"),
               tr("Move the keyboard focus to it"), "Shift+F6"),
        Action(helping, "help", tr("Explain the panel and list all keys"),
               tr("Explain what is under the pointer, and list all keys"), "F1", "help"),
        Action(helping, "about", tr("About HelloDL Lab…"), tr("Version, licence and sources")),
    )  # fmt: skip


def make_actions(owner: QObject) -> dict[str, QAction]:
    """A QAction for every action; `connect_actions` has them do something."""
    made = {}
    for action in menu_actions():
        made[action.key] = one = QAction(action.text, owner)
        one.setObjectName(action.key)
        one.setCheckable(action.checkable)
        one.setToolTip(f"{action.tip} ({action.shortcut})" if action.shortcut else action.tip)
        one.setStatusTip(action.tip)
        if action.shortcut:
            one.setShortcut(QKeySequence(action.shortcut))
    return made


def connect_actions(
    actions: Mapping[str, QAction], handlers: Mapping[str, Callable[[], object]]
) -> None:
    """Every action calls its handler."""
    for key, action in actions.items():
        action.triggered.connect(lambda _=False, run=handlers[key]: run())


def tint(actions: Mapping[str, QAction]) -> None:
    """Give every action its icon in the theme's colour."""
    theme = themes().theme
    for action in menu_actions():
        if action.icon:
            colour = theme.on_accent if action.key == "play" else theme.text
            actions[action.key].setIcon(icon(action.icon, colour))
