"""Everything the window can be told to do, declared once for menus, buttons, keys and help."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QKeySequence

from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.manager import themes


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

    def tr(text: str) -> str:
        return QCoreApplication.translate("Commands", text)

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
            tr("Start from weights saved before"),
            "Ctrl+Shift+L",
        ),
        Command(
            lab,
            "save",
            tr("Save weights…"),
            tr("Write the weights as they are to a safetensors file"),
            "Ctrl+S",
            "save",
        ),
        Command(
            lab,
            "open_lab",
            tr("Open lab…"),
            tr("A lab as it was saved: chapter, knobs, curve, moment, weights and panels"),
            "Ctrl+Alt+O",
        ),
        Command(
            lab,
            "save_lab",
            tr("Save lab…"),
            tr("Chapter, knobs, curve, moment, weights and panels in one file, mostly below 2 MB"),
            "Ctrl+Alt+S",
        ),
        Command(
            share,
            "copy_python",
            tr("Copy as Python"),
            tr("A short script that repeats this run bit for bit, to the clipboard"),
            "Ctrl+Alt+Y",
            "",
            lab,
        ),
        Command(
            share,
            "share_picture",
            tr("Export image…"),
            tr("The panel with the focus as PNG or SVG, for slides and papers"),
            "Ctrl+Alt+P",
            "share",
            lab,
        ),
        Command(
            share,
            "share_copy",
            tr("Copy picture"),
            tr("The panel with the focus to the clipboard"),
            "Ctrl+Alt+C",
            "",
            lab,
        ),
        Command(
            share,
            "share_numbers",
            tr("Export data (CSV)…"),
            tr("What the panel with the focus shows as a table of comma-separated values"),
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
            tr("The recorded moments of this run, from first to last, as MP4 or GIF"),
            "Ctrl+Alt+F",
            "film",
            lab,
        ),
        Command(
            share,
            "share_window",
            tr("Picture of the window…"),
            tr("The whole window as PNG or SVG"),
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
            tr("Open the chapter after this"),
            "Ctrl+PgDown",
        ),
        Command(
            lab,
            "previous_chapter",
            tr("Previous chapter"),
            tr("Open the chapter before this"),
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
            tr("Back to the run before"),
            tr("The run before the last Reset, experiment or loading of weights"),
            "Ctrl+Shift+R",
        ),
        Command(
            train,
            "film",
            tr("Play the film"),
            tr("Play what was recorded of this run, or pause"),
            "Shift+Space",
        ),
        Command(
            train,
            "live",
            tr("Back to live"),
            tr("Show how the run stands now instead of a moment of its past"),
            "Ctrl+End",
        ),
        Command(
            train,
            "fork",
            tr("Fork from here"),
            tr("Begin a new run from the moment that is shown; the old curve stays beside it"),
            "Ctrl+F",
            "fork",
        ),
        Command(
            page,
            "open_page",
            tr("Open a photo…"),
            tr("Open a photographed page to be read"),
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
            tr("Give the panel with the focus all the room, or take it back"),
            "Ctrl+M",
            "fit",
        ),
        Command(
            view,
            "layout",
            tr("Arrange panels"),
            tr("Put all panels where the chapter wants them"),
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
            tr("Show errors only, as for a talk"),
            checkable=True,
        ),
        Command(view, "next_panel", tr("Next panel"), tr("Give it the keyboard"), "F6"),
        Command(
            view, "previous_panel", tr("Previous panel"), tr("Give it the keyboard"), "Shift+F6"
        ),
        Command(
            helping,
            "help",
            tr("Explain, and list all keys"),
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
