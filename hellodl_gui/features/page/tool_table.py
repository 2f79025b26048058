"""Table of all page tools, in order."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tool:
    """One thing to do: name, text, tip, keys, and what must be there for it to work.

    `needs`: "page", "choice" (a chosen box) or "several" (chosen boxes). `on` is None, or whether a
    switch starts switched on.
    """

    name: str
    text: str
    tip: str
    shortcut: str = ""
    needs: str = ""
    on: bool | None = None


BUTTONS = (
    Tool("open", "Open…", "Open a photo or a project"),
    Tool(
        "save", "Save project", "Save photo, boxes and typed letters to continue later",
        "Ctrl+Shift+S", "page",
    ),
    Tool(
        "export", "Export…", "Save the text, the boxes, or the picture with its boxes",
        needs="page",
    ),
    Tool("add", "Add", "Add a box", "Ins", "page"),
    Tool("duplicate", "Duplicate", "Copy the selected boxes", "Ctrl+D", "choice"),
    Tool("delete", "Delete", "Delete the selected boxes", "Del", "choice"),
    Tool(
        "split", "Split", "Cut each selected box in two where both parts read best",
        "Ctrl+K", "choice",
    ),
    Tool(
        "scissors", "Scissors", "Cut boxes where you click; Esc ends it",
        "Ctrl+X", "page", on=False,
    ),
    Tool("join", "Join", "Merge the selected boxes into one", "Ctrl+J", "several"),
    Tool(
        "tight", "Fit to ink", "Shrink the selected boxes tightly to their ink",
        "Ctrl+I", "choice",
    ),
    Tool("fit", "Whole page", "Show the whole page", "Ctrl+0", "page"),
)  # fmt: skip
"""Tools with a button, whose icon has their name."""

MENU = (
    Tool(
        "halve", "Split in half", "Cut each selected box through the middle",
        "Ctrl+Shift+K", "choice",
    ),
    Tool("all", "Select all boxes", "Select every box of the page", "Ctrl+A", "page"),
    Tool(
        "space", "Space before this letter",
        "Set a space before the selected box, or remove it (Space)", needs="choice",
    ),
    Tool(
        "forget", "Clear typed letters", "Let the network read the selected boxes again",
        "Ctrl+Backspace", "choice",
    ),
    Tool(
        "find", "Find characters again",
        "Find the characters again; typed letters stay, Undo brings back your boxes", "F5", "page",
    ),
    Tool(
        "part", "Split joined letters",
        "Cut boxes that hold several letters wherever the parts read better than the whole",
        "Ctrl+Alt+K", "page",
    ),
    Tool(
        "stages", "Stages under the page",
        "Show the steps from photo to glyphs as small pictures, if the panel is tall enough",
        on=True,
    ),
    Tool(
        "snap", "Snap to ink and neighbours",
        "Edges of a dragged box snap to ink and to other boxes; hold Alt to move freely", on=True,
    ),
    Tool("save_as", "Save project as…", "Save the page to another file", needs="page"),
    Tool(
        "save_reference", "Save project without the photo…",
        "A small file that refers to the photo, which must stay where it is", needs="page",
    ),
)  # fmt: skip
"""Tools in the menu at the end of the row."""
