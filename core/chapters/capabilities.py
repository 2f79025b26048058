"""Capabilities: what a chapter's data, network and reports offer to whoever looks at them.

IMAGE, POINTS, TABLE, TOKENS   what a sample is
COLOUR, PLANE                  pictures of several channels; rows of two numbers
CLASSES, TWO_CLASSES           what the targets are
SINGLE_SCORE, PIXEL_NEURON     one number comes out; one neuron that weighs every grey pixel
KERNELS, ATTENTION, RECURRENT  what the network has
GLYPHS                         it reads characters of a page or a drawing
and the `kind` of every report that an evaluation has, such as “classification”.
"""

from math import prod
from typing import Final

from core.chapters.chapter import Chapter
from core.data.dataset import Dataset
from core.data.glyph_preprocessing import SIDE
from core.data.specs import DataSpec, ImageSpec, PointSpec, TableSpec, TokenSpec
from core.nn.arena import ArenaLayout
from core.training.reports import (
    ClassificationReport,
    ImageGridReport,
    RegressionReport,
    SurfaceReport,
    TextReport,
)

IMAGE: Final = "image"
POINTS: Final = "points"
TABLE: Final = "table"
TOKENS: Final = "tokens"
COLOUR: Final = "colour"
PLANE: Final = "plane"
CLASSES: Final = "classes"
TWO_CLASSES: Final = "two classes"
SINGLE_SCORE: Final = "single score"
PIXEL_NEURON: Final = "linear on pixels"
KERNELS: Final = "kernels"
ATTENTION: Final = "attention"
RECURRENT: Final = "recurrent"
GLYPHS: Final = "glyphs"
CLASSIFICATION: Final = ClassificationReport.kind
REGRESSION: Final = RegressionReport.kind
SURFACE: Final = SurfaceReport.kind
TEXT: Final = TextReport.kind
IMAGE_GRID: Final = ImageGridReport.kind

Capabilities = frozenset[str]

_KINDS: dict[type[DataSpec], str] = {
    ImageSpec: IMAGE, PointSpec: POINTS, TableSpec: TABLE, TokenSpec: TOKENS,
}  # fmt: skip


def capabilities(chapter: Chapter, data: Dataset, layout: ArenaLayout) -> Capabilities:
    """Of a chapter with such data and a network of this layout; no network is built."""
    reports = {kind.kind for kind in chapter.task.evaluator.report_kinds}
    return frozenset(reports | _of_data(data, chapter) | _of_network(layout, data.spec))


def _of_data(data: Dataset, chapter: Chapter) -> set[str]:
    spec = data.spec
    found = {_KINDS[type(spec)]} if type(spec) in _KINDS else set()
    if isinstance(spec, ImageSpec) and spec.channels > 1:
        found.add(COLOUR)
    if isinstance(spec, PointSpec | TableSpec) and len(spec.names) == 2:
        found.add(PLANE)
    if spec.classes:
        found.add(CLASSES)
    if len(spec.classes) == 2:
        found.add(TWO_CLASSES)
    if chapter.glyphs is not None and isinstance(spec, ImageSpec) and spec.shape == (SIDE, SIDE):
        found.add(GLYPHS)
    return found


def _of_network(layout: ArenaLayout, spec: DataSpec) -> set[str]:
    """By names and shapes, which are those of torch."""
    found = set()
    weights = [part for part in layout.specs if len(part.shape) > 1]
    for part in weights:
        last = part.name.rpartition(".")[2]
        if "weight_hh" in last:
            found.add(RECURRENT)
        elif last in ("in_proj_weight", "q_proj_weight"):
            found.add(ATTENTION)
        elif last == "weight" and len(part.shape) > 2:
            found.add(KERNELS)
    if weights and len(weights[-1].shape) == 2 and weights[-1].shape[0] == 1:
        found.add(SINGLE_SCORE)
        if len(weights) == 1 and weights[0].shape[1] == prod(spec.shape):
            grey = isinstance(spec, ImageSpec) and spec.channels == 1
            found.update({PIXEL_NEURON} if grey else ())
    return found
