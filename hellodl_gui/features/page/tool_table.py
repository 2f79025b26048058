"""Table of all page tools, in order."""

from collections.abc import Callable

from core.translation import tr
from hellodl_gui.features.page.box_editor import BoxEditor
from hellodl_gui.features.page.files import PageFiles
from hellodl_gui.features.page.tools import Tool
from hellodl_gui.features.page.view import PageView


def tool_list(
    editor: BoxEditor,
    view: PageView,
    files: PageFiles,
    add_box: Callable[[], None],
    find_again: Callable[[], None],
    part_joined: Callable[[], None],
) -> list[Tool]:
    """The tools of one page panel."""

    def set_snaps(on: bool) -> None:
        view.snaps = on

    def nothing(*_: object) -> None:
        """The button opens a menu, or the panel listens to the switch."""

    return [
        Tool("open", tr("Open…"), tr("Open a photo or a project"), nothing),
        Tool(
            "save",
            tr("Save project"),
            tr("Save photo, boxes and typed letters to continue later"),
            files.save,
            "Ctrl+Shift+S",
            "page",
        ),
        Tool(
            "export",
            tr("Export…"),
            tr("Save the text, the boxes, or the picture with its boxes"),
            nothing,
            needs="page",
        ),
        Tool("add", tr("Add"), tr("Add a box"), add_box, "Ins", "page"),
        Tool(
            "duplicate",
            tr("Duplicate"),
            tr("Copy the selected boxes"),
            editor.duplicate_selected,
            "Ctrl+D",
            "choice",
        ),
        Tool(
            "delete",
            tr("Delete"),
            tr("Delete the selected boxes"),
            editor.delete_selected,
            "Del",
            "choice",
        ),
        Tool(
            "split",
            tr("Split"),
            tr("Cut each selected box in two where both parts read best"),
            editor.split_selected,
            "Ctrl+K",
            "choice",
        ),
        Tool(
            "scissors",
            tr("Scissors"),
            tr("Cut boxes where you click; Esc ends it"),
            view.use_scissors,
            "Ctrl+X",
            "page",
            on=False,
        ),
        Tool(
            "join",
            tr("Join"),
            tr("Merge the selected boxes into one"),
            editor.join_selected,
            "Ctrl+J",
            "several",
        ),
        Tool(
            "tight",
            tr("Fit to ink"),
            tr("Shrink the selected boxes tightly to their ink"),
            editor.fit_selected,
            "Ctrl+I",
            "choice",
        ),
        Tool("fit", tr("Whole page"), tr("Show the whole page"), view.fit, "Ctrl+0", "page"),
        Tool(
            "halve",
            tr("Split in half"),
            tr("Cut each selected box through the middle"),
            editor.halve_selected,
            "Ctrl+Shift+K",
            "choice",
            folded=True,
        ),
        Tool(
            "all",
            tr("Select all boxes"),
            tr("Select every box of the page"),
            editor.select_all,
            "Ctrl+A",
            "page",
            folded=True,
        ),
        Tool(
            "space",
            tr("Space before this letter"),
            tr("Set a space before the selected box, or remove it (Space)"),
            editor.turn_space,
            needs="choice",
            folded=True,
        ),
        Tool(
            "forget",
            tr("Clear typed letters"),
            tr("Let the network read the selected boxes again"),
            lambda: editor.type_char(None),
            "Ctrl+Backspace",
            "choice",
            folded=True,
        ),
        Tool(
            "find",
            tr("Find characters again"),
            tr("Find the characters again; typed letters stay, Undo brings back your boxes"),
            find_again,
            "F5",
            "page",
            folded=True,
        ),
        Tool(
            "part",
            tr("Split joined letters"),
            tr("Cut boxes that hold several letters wherever the parts read better than the whole"),
            part_joined,
            "Ctrl+Alt+K",
            "page",
            folded=True,
        ),
        Tool(
            "stages",
            tr("Stages under the page"),
            tr(
                "Show the steps from photo to glyphs as small pictures, if the panel is tall enough"
            ),
            nothing,
            folded=True,
            on=True,
        ),
        Tool(
            "snap",
            tr("Snap to ink and neighbours"),
            tr("Edges of a dragged box snap to ink and to other boxes; hold Alt to move freely"),
            set_snaps,
            folded=True,
            on=True,
        ),
        Tool(
            "save_as",
            tr("Save project as…"),
            tr("Save the page to another file"),
            files.save_as,
            needs="page",
            folded=True,
        ),
        Tool(
            "save_reference",
            tr("Save project without the photo…"),
            tr("A small file that refers to the photo, which must stay where it is"),
            files.save_reference,
            needs="page",
            folded=True,
        ),
    ]
