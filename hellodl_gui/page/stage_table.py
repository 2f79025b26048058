"""The stages between photo and glyph: what each does, and the few knobs it has."""

from dataclasses import dataclass

from core.train.knobs import Knob
from hellodl_gui.page.editor import tr


@dataclass(frozen=True)
class StageCard:
    """`key` as in `STAGES`; `knobs` are named like the fields of `PageSettings`."""

    key: str
    title: str
    help: str
    knobs: tuple[Knob, ...] = ()


def stage_cards() -> tuple[StageCard, ...]:
    """In the order in which a page goes through them."""
    return (
        StageCard("grey", tr("Grey"), tr("The photo without its colours.")),
        StageCard(
            "flat",
            tr("Even light"),
            tr("Shadows and lamps taken out: each pixel divided by the paper around it."),
        ),
        StageCard(
            "ink",
            tr("Ink"),
            tr("Every pixel clearly darker than paper."),
            (
                Knob(
                    "sensitivity",
                    tr("Sensitivity"),
                    0.5,
                    0.0,
                    1.0,
                    help=tr("How faint a stroke may be and still count as ink."),
                ),
            ),
        ),
        StageCard("lines", tr("Lines"), tr("Characters that follow each other on one line.")),
        StageCard(
            "components",
            tr("Strokes"),
            tr("Connected ink; what belongs to one character has one colour."),
            (
                Knob(
                    "min_size",
                    tr("Smallest mark"),
                    0.3,
                    0.05,
                    1.0,
                    unit=tr("of a character's height"),
                    help=tr("Lower marks are specks, hyphens and full stops."),
                ),
            ),
        ),
        StageCard(
            "boxes",
            tr("Boxes"),
            tr("One box a character, very wide strokes cut in two."),
            (
                Knob.choice(
                    "split",
                    tr("Touching characters"),
                    (tr("leave"), tr("cut")),
                    tr("cut"),
                    help=tr("Cut strokes that are too wide for one character."),
                ),
            ),
        ),
        StageCard("glyphs", tr("Glyphs"), tr("The 28×28 pictures that the network reads.")),
    )
