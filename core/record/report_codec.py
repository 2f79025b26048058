"""Reports of an evaluation as bytes, and back without trusting them.

A blob is a safetensors file of the arrays that `docs/records.md` names, deflated (zlib). Nothing in
it is ever run; sizes, shapes and types are checked before they are used.
"""

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from core.errors import RecordError
from core.training.reports import (
    MOST_CONFUSED,
    ClassificationReport,
    ImageGridReport,
    RegressionReport,
    Report,
    SurfaceReport,
    TextReport,
)
from core.translation import tr

_DENSE = 256  # classes; of more, only the cells of the confusion matrix that are not zero
_MOST_NUMBERS = 2048  # predicted numbers of a regression
_MOST_TEXTS, _LONGEST_TEXT = 64, 10_000
_MOST_PICTURES = 2**20  # bytes of all of them
_MOST_SIDE = 1024  # rows and columns of a surface
_MOST_BYTES = 2**24  # of a report, unpacked
_LONGEST_HEAD = 2**14
_MOST_COUNTED = 2**48  # samples in a cell of a confusion matrix
_LARGEST_HALF = 65504.0
_LEVEL = 1

Arrays = dict[str, NDArray[Any]]


class _Kind(NamedTuple):
    """How reports of one kind become arrays, and arrays reports."""

    pack: Callable[[Any], Arrays | None]
    unpack: Callable[["_Found"], Report]


def sampled_report(report: Report, sample: NDArray[np.int64]) -> Report:
    """The same of those test samples (K,) only that a record keeps, or of fewer of them."""
    if isinstance(report, ClassificationReport):
        return replace(
            report,
            predictions=report.predictions[sample],
            confidence=report.confidence[sample],
            margin=report.margin[sample] if len(report.margin) else report.margin,
            samples=sample,
        )
    if isinstance(report, RegressionReport):
        outputs = max(int(np.prod(report.predictions.shape[1:])), 1)
        kept = sample[:: -(-len(sample) * outputs // _MOST_NUMBERS) or 1][:_MOST_NUMBERS]
        return replace(
            report,
            predictions=report.predictions[kept],
            targets=report.targets[kept],
            samples=kept,
        )
    return report


def pack_report(report: Report, level: int = _LEVEL) -> bytes | None:
    """A report as bytes; None for one of a kind that is not recorded, or that is too large.

    `level` is zlib's: 0 for a report that is compressed together with others.
    """
    kind = _KINDS.get(report.kind)
    arrays = kind.pack(report) if kind is not None else None
    if arrays is None or sum(array.nbytes for array in arrays.values()) > _MOST_BYTES // 2:
        return None
    return zlib.compress(save({k: np.ascontiguousarray(v) for k, v in arrays.items()}), level)


def unpack_report(kind: str, blob: bytes, classes: int, sample: NDArray[np.int64]) -> Report | None:
    """The report of `pack_report`, of a run with so many classes that keeps this `sample` (K,).

    None for a kind that this version does not know. Raises RecordError for a damaged one.
    """
    known = _KINDS.get(kind)
    if known is None:
        return None
    try:
        raw = inflate(blob, _MOST_BYTES)
        if int.from_bytes(raw[:8], "little") > _LONGEST_HEAD:
            raise RecordError(tr("it lists too many arrays"))
        return known.unpack(_Found(load(raw), classes, sample))
    except (
        RecordError, SafetensorError, zlib.error, ValueError, KeyError, TypeError, OverflowError,
        RecursionError,
    ) as error:  # fmt: skip
        raise RecordError(
            tr("A report of a look at the test set ({kind}) is damaged: {error}.").format(
                kind=kind, error=str(error).rstrip(".")[:200]
            )
        ) from error


def inflate(blob: bytes, most: int) -> bytes:
    """Deflated bytes unpacked. Raises RecordError for more than `most`, zlib.error for others."""
    stream = zlib.decompressobj()
    raw = stream.decompress(blob, most + 1)
    if len(raw) > most or not stream.eof:
        raise RecordError(tr("it is cut off, or more than {most:,} bytes").format(most=most))
    return raw


class _Found:
    """The arrays in a blob, each asked for by type and shape; raises RecordError for others."""

    def __init__(self, arrays: Arrays, classes: int, sample: NDArray[np.int64]) -> None:
        self._arrays = arrays
        self.classes = classes
        self.sample = sample

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def axes(self, name: str) -> int:
        """How many axes an array has; 0 where there is none."""
        return self._arrays[name].ndim if name in self._arrays else 0

    def array(self, name: str, kinds: str, *shape: int | None) -> NDArray[Any]:
        """An array of one of these numpy kinds; None in the shape stands for any length."""
        found = self._arrays.get(name)
        if found is None:
            raise RecordError(tr("it has no “{name}”").format(name=name))
        fits = len(shape) == found.ndim and all(
            wanted in (None, length) for wanted, length in zip(shape, found.shape, strict=True)
        )
        if not fits or found.dtype.kind not in kinds:
            raise RecordError(
                tr("its “{name}” are {dtype} {shape}, which do not belong there").format(
                    name=name, dtype=found.dtype, shape=found.shape
                )
            )
        return found

    def below(self, name: str, limit: int, *shape: int | None) -> NDArray[np.int64]:
        """Whole numbers from 0 up to, not with, `limit`."""
        found = self.array(name, "u", *shape)
        if found.size and int(found.max()) >= limit:
            raise RecordError(
                tr("its “{name}” reach {most:,}, with only {limit:,} of them").format(
                    name=name, most=int(found.max()), limit=limit
                )
            )
        return found.astype(np.int64)

    def text(self, name: str) -> str:
        """UTF-8."""
        return self.array(name, "u", None).astype(np.uint8).tobytes().decode()


def _pack_classification(report: ClassificationReport) -> Arrays:
    classes = len(report.confusion)
    arrays = {
        "predictions": smallest_unsigned(report.predictions),
        "confidence": np.round(np.clip(np.nan_to_num(report.confidence), 0, 1) * 255).astype("u1"),
        "bias": np.array([report.bias], "<f8"),
    }
    if len(report.margin):
        arrays["margin"] = report.margin.astype("<f4")
    if classes <= _DENSE:
        arrays["confusion"] = smallest_unsigned(report.confusion)
    elif classes <= MOST_CONFUSED:
        cells = np.flatnonzero(report.confusion)
        arrays["cells"] = cells.astype("<u4")
        arrays["counts"] = smallest_unsigned(report.confusion.ravel()[cells])
    return arrays


def _unpack_classification(found: _Found) -> ClassificationReport:
    classes, count = found.classes, len(found.sample)
    margin = found.array("margin", "f", count) if "margin" in found else np.empty(0)
    return ClassificationReport(
        predictions=found.below("predictions", classes, count),
        confidence=np.divide(found.below("confidence", 256, count), 255, dtype=np.float32),
        confusion=_confusion(found, classes),
        margin=margin.astype(np.float32),
        bias=float(found.array("bias", "f", 1)[0]),
        samples=found.sample,
    )


def _confusion(found: _Found, classes: int) -> NDArray[np.int64]:
    if classes <= _DENSE:
        return found.below("confusion", _MOST_COUNTED, classes, classes)
    if classes > MOST_CONFUSED:
        return np.zeros((0, 0), np.int64)
    cells = found.below("cells", classes * classes, None)
    confusion = np.zeros(classes * classes, np.int64)
    confusion[cells] = found.below("counts", _MOST_COUNTED, len(cells))
    return confusion.reshape(classes, classes)


def _pack_regression(report: RegressionReport) -> Arrays:
    return {
        "predictions": report.predictions.astype("<f4"),
        "targets": report.targets.astype("<f4"),
        "samples": report.numbers.astype("<u4"),
    }


def _unpack_regression(found: _Found) -> RegressionReport:
    samples = found.below("samples", 2**32, None)
    if not np.isin(samples, found.sample).all():
        raise RecordError(tr("its “{name}” are not those of the run").format(name="samples"))
    predictions = found.array("predictions", "f", len(samples), None)
    targets = found.array("targets", "f", *predictions.shape)
    return RegressionReport(
        predictions.astype(np.float32, copy=False), targets.astype(np.float32, copy=False), samples
    )


def _pack_text(report: TextReport) -> Arrays:
    texts = [text[:_LONGEST_TEXT] for text in report.texts[:_MOST_TEXTS]]
    return {
        "prompt": _characters(report.prompt[-_LONGEST_TEXT:]),
        "texts": _characters(json.dumps(texts)),
    }


def _unpack_text(found: _Found) -> TextReport:
    prompt, texts = found.text("prompt"), json.loads(found.text("texts"))
    strings = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
    if not strings or len(texts) > _MOST_TEXTS:
        raise RecordError(tr("its “{name}” are no list of texts").format(name="texts"))
    if max(map(len, [prompt, *texts])) > _LONGEST_TEXT:
        raise RecordError(tr("its “{name}” are too long").format(name="texts"))
    "".join(texts).encode()  # JSON can write halves of characters, which no window shows
    return TextReport(prompt, tuple(texts))


def _characters(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(errors="replace"), np.uint8)


def _pack_surface(report: SurfaceReport) -> Arrays | None:
    values = report.values
    if max(values.shape) > _MOST_SIDE:
        return None
    half = bool(np.abs(values[np.isfinite(values)]).max(initial=0) <= _LARGEST_HALF)
    return {
        "values": values.astype("<f2" if half else "<f4"),
        "low": np.array(report.low, "<f8"),
        "high": np.array(report.high, "<f8"),
    }


def _unpack_surface(found: _Found) -> SurfaceReport:
    values = found.array("values", "f", None, None, None)
    if not 0 < min(values.shape) <= max(values.shape) <= _MOST_SIDE:
        raise RecordError(tr("its “{name}” are none, or too many").format(name="values"))
    low, high = found.array("low", "f", 2), found.array("high", "f", 2)
    if not (np.isfinite([low, high]).all() and (low <= high).all()):
        raise RecordError(tr("it has no corners"))
    (left, below), (right, above) = low.tolist(), high.tolist()
    return SurfaceReport(values.astype(np.float32), (left, below), (right, above))


def _pack_images(report: ImageGridReport) -> Arrays | None:
    images = report.images
    each = int(np.prod(images.shape[1:]))
    kept = images[: _MOST_PICTURES // max(each, 1)]
    return {"images": kept} if len(kept) else None


def _unpack_images(found: _Found) -> ImageGridReport:
    coloured = found.axes("images") == 4
    images = found.array("images", "u", *((None, 3, None, None) if coloured else (None,) * 3))
    if images.dtype != np.uint8 or images.nbytes > _MOST_PICTURES or not images.size:
        raise RecordError(tr("its “{name}” are no pictures").format(name="images"))
    return ImageGridReport(images)


def smallest_unsigned(array: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers, not below zero, in the smallest type that holds them."""
    return array.astype(np.min_scalar_type(int(array.max(initial=0))))


_KINDS: dict[str, _Kind] = {
    ClassificationReport.kind: _Kind(_pack_classification, _unpack_classification),
    RegressionReport.kind: _Kind(_pack_regression, _unpack_regression),
    TextReport.kind: _Kind(_pack_text, _unpack_text),
    SurfaceReport.kind: _Kind(_pack_surface, _unpack_surface),
    ImageGridReport.kind: _Kind(_pack_images, _unpack_images),
}
