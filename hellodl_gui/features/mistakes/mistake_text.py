"""Captions and sentences about misread images and their nearest neighbours."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from core.data.dataset import Dataset
from core.formatting import format_fixed
from core.inspect.features.nearest_neighbors import NearestNeighbors
from core.training.reports import ClassificationReport
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.mosaic.mosaic import Caption


def prediction_captions(
    test: Dataset, report: ClassificationReport, samples: NDArray[np.intp], brief: bool
) -> list[Caption]:
    """Of each sample its class, what it is read as and, unless `brief`, how surely."""
    rows = {int(number): row for row, number in enumerate(report.numbers)}
    captions: list[Caption] = []
    for sample in samples.tolist():
        true, row = int(test.labels[sample]), rows.get(sample)
        if row is None:
            captions.append((test.classes[true], None))
            continue
        guess, sure = int(report.predictions[row]), f"{report.confidence[row]:.0%}"
        words = f"{test.classes[true]}→{test.classes[guess]}"
        words += "" if brief else f" {sure}"
        captions.append((words, _colour(guess == true)))
    return captions


def neighbor_captions(
    classes: Sequence[str],
    labels: NDArray[np.integer],
    distances: NDArray[np.float32],
    true: int,
    brief: bool,
) -> list[Caption]:
    """Of each neighbour (k,) its class and, unless `brief`, how far it is from one of `true`."""
    return [
        (
            classes[label] if brief else f"{classes[label]} {format_fixed(far, 2)}",
            _colour(label == true),
        )
        for label, far in zip(labels, distances, strict=True)
    ]


def neighbor_summary(
    found: NearestNeighbors, classes: Sequence[str], labels: NDArray[np.integer], true: int
) -> str:
    """What the neighbours, of these labels, say of a picture labelled `true`."""
    if not len(labels):
        return tr("Nothing to compare with.")
    counts = np.bincount(labels, minlength=len(classes))
    most = int(counts.argmax())
    shape = tr("{count} of {all} nearest are “{name}”")
    words = [shape.format(count=int(counts[most]), all=len(labels), name=classes[most])]
    if not counts[true]:
        words.append(tr("is the label “{true}” correct?").format(true=classes[true]))
    if found.pixels:
        words.append(tr("compared by their pixels"))
    if found.done < found.total:
        part = tr("{done:,} of {total:,} compared")
        words.append(part.format(done=found.done, total=found.total))
    elif not found.current:
        words.append(tr("with slightly older weights"))
    return " · ".join(words)


def _colour(right: bool) -> QColor:
    theme = themes().theme
    return QColor(theme.good if right else theme.bad)
