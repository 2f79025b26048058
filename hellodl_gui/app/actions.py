"""Actions: all commands of the window, declared once for menus, buttons, shortcuts and help."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from core.translation import tr
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes


@dataclass(frozen=True)
class Command:
    """One thing to do: menu, name, text, tip, keys, icon; `inside`: the menu the menu is in; and
    whether it is `checkable`.
    """

    menu: str
    key: str
    text: str
    tip: str
    shortcut: str = ""
    icon: str = ""
    inside: str = ""
    checkable: bool = False


def commands() -> tuple[Command, ...]:
    """All commands in the order of the menus."""

    train, page = tr("&Training"), tr("&Page")
    helping = tr("&Help")
    view, lab, share = tr("&View"), tr("&Lab"), tr("S&hare")
    return (
        Command(
            lab,
            "load",
            tr("Load trained weights"),
            tr("Start from the weights that come with this chapter"),
            "Ctrl+L",
            "load",
        ),
        Command(
            lab,
            "load_file",
            tr("Load weights from a file…"),
            tr("Start from weights in a file"),
            "Ctrl+Shift+L",
        ),
        Command(
            lab,
            "save",
            tr("Save weights…"),
            tr("Save the current weights as a safetensors file"),
            "Ctrl+S",
            "save",
        ),
        Command(
            lab,
            "open_lab",
            tr("Open lab…"),
            tr("Open a saved lab: chapter, settings, curve, moment, weights and panels"),
            "Ctrl+Alt+O",
        ),
        Command(
            lab,
            "save_lab",
            tr("Save lab…"),
            tr(
                "Chapter, settings, curve, moment, weights and panels in one file, usually "
                "below 2 MB"
            ),
            "Ctrl+Alt+S",
        ),
        Command(
            share,
            "copy_python",
            tr("Copy as Python"),
            tr("Copy a short script that repeats this run bit for bit"),
            "Ctrl+Alt+Y",
            "",
            lab,
        ),
        Command(
            share,
            "share_picture",
            tr("Export image…"),
            tr("Save the focused panel as PNG or SVG, for slides and papers"),
            "Ctrl+Alt+P",
            "share",
            lab,
        ),
        Command(
            share,
            "share_copy",
            tr("Copy picture"),
            tr("Copy the focused panel as a picture"),
            "Ctrl+Alt+C",
            "",
            lab,
        ),
        Command(
            share,
            "share_numbers",
            tr("Export data (CSV)…"),
            tr("Save the numbers in the focused panel as comma-separated values"),
            "Ctrl+Alt+N",
            "",
            lab,
        ),
        Command(
            share,
            "record_view",
            tr("Record this view…"),
            tr("Record the focused panel until you stop"),
            "Ctrl+Alt+Shift+R",
            "record",
            lab,
        ),
        Command(
            share,
            "film_run",
            tr("Film of this run…"),
            tr("Film the recorded moments of this run, from first to last, as MP4 or GIF"),
            "Ctrl+Alt+F",
            "film",
            lab,
        ),
        Command(
            share,
            "share_window",
            tr("Picture of the window…"),
            tr("Save the whole window as PNG or SVG"),
            "Ctrl+Alt+Shift+P",
            "",
            lab,
        ),
        Command(
            share,
            "record_window",
            tr("Record the window…"),
            tr("Record the whole window until you stop"),
            "Ctrl+Alt+R",
            "",
            lab,
        ),
        Command(
            lab,
            "next_chapter",
            tr("Next chapter"),
            tr("Open the next chapter"),
            "Ctrl+PgDown",
        ),
        Command(
            lab,
            "previous_chapter",
            tr("Previous chapter"),
            tr("Open the previous chapter"),
            "Ctrl+PgUp",
        ),
        Command(lab, "quit", tr("Quit"), tr("Close the lab"), "Ctrl+Q"),
        Command(train, "play", tr("Play"), tr("Train, or pause"), "Space", "play"),
        Command(
            train, "batch", tr("One mini-batch"), tr("Train one mini-batch"), "Ctrl+Right", "step"
        ),
        Command(
            train, "epoch", tr("One epoch"), tr("Train to the end of the epoch"), "Ctrl+E", "epoch"
        ),
        Command(
            train,
            "reset",
            tr("Reset"),
            tr("Start again with the same initial weights"),
            "Ctrl+R",
            "reset",
        ),
        Command(
            train,
            "back",
            tr("Back to the previous run"),
            tr("Open the run from before the last Reset, experiment or loaded weights"),
            "Ctrl+Shift+R",
        ),
        Command(
            train,
            "film",
            tr("Play the film"),
            tr("Play or pause the recording of this run"),
            "Shift+Space",
        ),
        Command(
            train,
            "live",
            tr("Back to live"),
            tr("Return to the latest step of the run"),
            "Ctrl+End",
        ),
        Command(
            train,
            "fork",
            tr("Fork from here"),
            tr("Start a new run from the moment shown; the old curve stays visible"),
            "Ctrl+F",
            "fork",
        ),
        Command(
            page,
            "open_page",
            tr("Open a photo…"),
            tr("Open a photo of a page and read it"),
            "Ctrl+O",
            "open",
        ),
        Command(
            page,
            "sample_page",
            tr("Open the sample page"),
            tr("A page of handwritten digits that comes with the lab"),
            "Ctrl+Shift+O",
        ),
        Command(
            view,
            "maximise",
            tr("Maximise panel"),
            tr("Maximise or restore the focused panel"),
            "Ctrl+M",
            "fit",
        ),
        Command(
            view,
            "layout",
            tr("Arrange panels"),
            tr("Restore the chapter's panel layout"),
            "Ctrl+Shift+A",
        ),
        Command(
            view, "theme", tr("Next theme"), tr("Dark, light, high contrast"), "Ctrl+T", "theme"
        ),
        Command(view, "full", tr("Full screen"), tr("Fill the whole screen (F11)"), "F11"),
        Command(
            view,
            "quiet",
            tr("Quiet messages"),
            tr("Show errors only, for example during a talk"),
            checkable=True,
        ),
        Command(view, "next_panel", tr("Next panel"), tr("Move the keyboard focus to it"), "F6"),
        Command(
            view,
            "previous_panel",
            tr("Previous panel"),
            tr("Move the keyboard focus to it"),
            "Shift+F6",
        ),
        Command(
            helping,
            "help",
            tr("Explain the panel and list all keys"),
            tr("Explain what is under the pointer, and list all keys"),
            "F1",
            "help",
        ),
        Command(helping, "about", tr("About HelloDL Lab…"), tr("Version, licence and sources")),
    )


def make_actions(
    owner: QObject, handlers: Mapping[str, Callable[[], object]]
) -> dict[str, QAction]:
    """A QAction for every command, calling its handler."""
    actions = {}
    for command in commands():
        action = QAction(command.text, owner)
        action.setObjectName(command.key)
        action.setCheckable(command.checkable)
        action.setToolTip(
            f"{command.tip} ({command.shortcut})" if command.shortcut else command.tip
        )
        action.setStatusTip(command.tip)
        if command.shortcut:
            action.setShortcut(QKeySequence(command.shortcut))
        action.triggered.connect(lambda _=False, run=handlers[command.key]: run())
        actions[command.key] = action
    return actions


def tint(actions: Mapping[str, QAction]) -> None:
    """Give every action its icon in the theme's colour."""
    theme = themes().theme
    for command in commands():
        if command.icon:
            colour = theme.on_accent if command.key == "play" else theme.text
            actions[command.key].setIcon(icon(command.icon, colour))
