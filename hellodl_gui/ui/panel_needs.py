"""The sentence that says why a panel does not apply to a chapter, and which chapters it needs."""

from core.chapters import capabilities as has
from core.chapters.capabilities import Capabilities
from core.translation import tr

_ORDER = (
    has.IMAGE, has.POINTS, has.PLANE, has.TABLE, has.TOKENS, has.COLOUR, has.CLASSES,
    has.CLASSIFICATION, has.REGRESSION, has.TEXT, has.TWO_CLASSES, has.SURFACE, has.IMAGE_GRID,
    has.KERNELS, has.ATTENTION, has.RECURRENT, has.SINGLE_SCORE, has.PIXEL_NEURON, has.GLYPHS,
)  # fmt: skip
"""Of several things that are missing the first one is said."""


def refusal(title: str, needs: Capabilities, chapter: str, offered: Capabilities) -> str:
    """Why the panel `title` does not apply to a chapter; empty where it does."""
    missing = next((need for need in _ORDER if need in needs - offered), None)
    if missing is None:
        return ""
    words = tr("{panel} needs {need}. “{chapter}” {instead}: open a chapter with {need}.")
    return words.format(
        panel=title, need=_words(missing), chapter=chapter, instead=_instead(missing, offered)
    )


def _words(need: str) -> str:
    return {
        has.IMAGE: tr("pictures"),
        has.POINTS: tr("points"),
        has.PLANE: tr("points in the plane"),
        has.TABLE: tr("a table"),
        has.TOKENS: tr("text"),
        has.COLOUR: tr("colour pictures"),
        has.CLASSES: tr("classes"),
        has.CLASSIFICATION: tr("classes"),
        has.REGRESSION: tr("numbers to predict"),
        has.TEXT: tr("a network that writes text"),
        has.TWO_CLASSES: tr("two classes"),
        has.SURFACE: tr("points in the plane"),
        has.IMAGE_GRID: tr("a network that makes pictures"),
        has.KERNELS: tr("convolutions"),
        has.ATTENTION: tr("attention"),
        has.RECURRENT: tr("recurrent layers"),
        has.SINGLE_SCORE: tr("two classes and a single score"),
        has.PIXEL_NEURON: tr("a single neuron that looks at the pixels"),
        has.GLYPHS: tr("a network that reads characters"),
    }[need]


def _instead(missing: str, offered: Capabilities) -> str:
    """What a chapter has where something is missing."""
    if missing in (has.CLASSES, has.CLASSIFICATION) and has.REGRESSION in offered:
        return tr("predicts numbers")
    if missing in (has.CLASSES, has.CLASSIFICATION, has.REGRESSION) and has.TEXT in offered:
        return tr("writes text")
    if missing in (has.REGRESSION, has.TEXT) and has.CLASSES in offered:
        return tr("tells classes apart")
    if missing == has.GLYPHS:
        return tr("reads none")
    if missing == has.TWO_CLASSES and has.CLASSES in offered:
        return tr("has more than two")
    if missing in (has.IMAGE, has.POINTS, has.PLANE, has.TABLE, has.TOKENS, has.SURFACE):
        subjects = (
            (has.IMAGE, tr("is about pictures")),
            (has.POINTS, tr("is about points")),
            (has.TABLE, tr("is about a table")),
            (has.TOKENS, tr("is about text")),
        )
        return next((words for kind, words in subjects if kind in offered), tr("has none"))
    return tr("has none")
