"""Validates a lab file from an untrusted source while reading it."""

import base64
import binascii
import json
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from core.errors import LabError, RecordError
from core.io.zip_archive import open_member, open_zip
from core.nn.arena import ArenaLayout
from core.record.columns import MOST_ROWS
from core.record.file_checks import read_metrics
from core.record.report_codec import unpack_report
from core.share.codec import VERSION
from core.training.evaluator import ACCURACY
from core.training.metrics import Evaluation, Metric
from core.training.reports import ClassificationReport, Report
from core.translation import tr

_MOST = {"lab.json": 8 * 2**20}
_MOST_ARRAYS = 64 * 2**20  # bytes of one part, unpacked
_HEAD = 2**20  # bytes of the list of arrays in one part
_MOST_ROWS = 100_000
_LONGEST = 1000  # characters of a text
_MOST_WINDOW = 2**18
_METRIC = "key", "label", "unit", "better"
_LONGEST_NAME = 64
_FURTHEST = 2**53
_DAMAGE = (
    LabError, ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError,
    MemoryError, EOFError, NotImplementedError, RuntimeError, SafetensorError, binascii.Error,
    struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


@contextmanager
def open_lab_file(path: Path) -> Iterator["LabReader"]:
    """The parts of a lab file. Raises RecordError, DataError where it is no zip at all."""
    with open_zip(path) as archive:
        try:
            file = LabReader(archive)
            if file.words.found.get("version") not in range(1, VERSION + 1):
                raise ValueError(tr("it was written by another version of the lab"))
            yield file
        except _DAMAGE as error:
            raise RecordError(
                tr(
                    "“{name}” cannot be opened as a lab: {error}. Choose another file, or ask "
                    "for it once more."
                ).format(name=path.name, error=_reason(error))
            ) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, LabError):
        return str(error).rstrip(".")
    if type(error) is ValueError:
        return str(error).rstrip(".")[:300]
    return tr("it is damaged or incomplete")


class JsonReader:
    """A JSON object whose values are asked for by kind. Raises ValueError for any other kind."""

    def __init__(self, found: Any) -> None:
        if not isinstance(found, dict):
            raise ValueError(tr("it contains no lab"))
        self.found: dict[str, Any] = found

    def text(self, key: str, longest: int = _LONGEST) -> str:
        """A text of so many characters at most."""
        value = self.found.get(key)
        if not isinstance(value, str) or len(value) > longest:
            raise ValueError(tr("its “{key}” is missing or no text").format(key=key))
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        return _finite(self.found.get(key), key)

    def whole(self, key: str) -> int:
        """A whole number, not below zero."""
        return _whole(self.found.get(key), key)

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.found.get(key)
        if not isinstance(value, bool):
            raise ValueError(tr("its “{key}” is neither true nor false").format(key=key))
        return value

    def numbers(self, key: str) -> dict[str, float]:
        """Finite numbers by name."""
        return {name: _finite(value, name) for name, value in self.table(key).items()}

    def table(self, key: str) -> dict[str, Any]:
        """Anything by name."""
        value = self.found.get(key)
        if not isinstance(value, dict) or len(value) > _LONGEST:
            raise ValueError(tr("its “{key}” is missing").format(key=key))
        return value

    def events(self, key: str) -> list[tuple[int, str, Any]]:
        """Rows of a step, a word and something else, in order."""
        rows = self.found.get(key)
        if not isinstance(rows, list) or len(rows) > _MOST_ROWS:
            raise ValueError(
                tr("its “{key}” are no list of up to {most_rows:,} rows").format(
                    key=key, most_rows=_MOST_ROWS
                )
            )
        found = []
        for row in rows:
            if not (isinstance(row, list) and len(row) == 3 and isinstance(row[1], str)):
                raise ValueError(tr("its “{key}” are damaged").format(key=key))
            found.append((_whole(row[0], key), row[1], row[2]))
        return found

    def window(self) -> bytes:
        """What the window wrote of itself."""
        text = self.text("window", _MOST_WINDOW)
        try:
            return base64.b64decode(text, validate=True)
        except ValueError:
            raise ValueError(tr("what it says of the window is damaged")) from None


class LabReader:
    """The parts of an open lab file. Attributes: `words`, its lab.json; `version`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.words = JsonReader(json.loads(self._bytes("lab.json").decode()))
        self.version = self.words.found.get("version")

    def metrics(self) -> tuple[tuple[Metric, ...], tuple[str, ...]]:
        """What looks at the test set measure, and which of it mini-batches have."""
        if self.version == 1:
            return (ACCURACY,), (ACCURACY.key,)
        rows = self.words.found.get("metrics")
        if not isinstance(rows, list) or len(rows) > MOST_ROWS["metric_names"]:
            raise ValueError(tr("its “{key}” is missing").format(key="metrics"))
        found = [JsonReader(row) for row in rows]
        key, label, unit, better = (
            [row.text(name, _LONGEST_NAME) for row in found] for name in _METRIC
        )
        metrics = read_metrics(zip(key, label, unit, better, strict=True))
        batch = (
            metric.key for row, metric in zip(found, metrics, strict=True) if row.flag("batch")
        )
        return metrics, tuple(batch)

    def weights(self, layout: ArenaLayout) -> NDArray[np.float32]:
        """θ (P,) of a network."""
        arrays = self.arrays("weights")
        expected = {slot.name: slot.shape for slot in layout.specs}
        if {name: found.shape for name, found in arrays.items()} != expected:
            raise ValueError(tr("its weights belong to a different network"))
        if any(found.dtype != np.float32 for found in arrays.values()):
            raise ValueError(tr("its weights are no float32 numbers"))
        theta = np.zeros(layout.size, np.float32)
        for name, view in layout.views(theta).items():
            view[...] = arrays[name]
        return theta

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """All arrays of a part."""
        raw = self._bytes(f"{name}.safetensors")
        if int.from_bytes(raw[:8], "little") > _HEAD:
            raise ValueError(
                tr("its “{name}” lists more arrays than any lab has").format(name=name)
            )
        return dict(load(raw))

    def curves(self, names: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
        """Columns (N,) of mini-batches, their steps ascending."""
        found = self.arrays("curves")
        length = found["step"].size
        columns = {}
        for name in names:
            kind = "u" if name in ("step", "samples") else "f"
            column = _checked(found[name], name, kind, (length,)).astype(np.float64)
            columns[name] = column.cumsum() if kind == "u" else column
        if length and not (found["step"] > 0).all():
            raise ValueError(tr("its mini-batches are out of order"))
        if not np.isfinite(columns["seconds"]).all():
            raise ValueError(tr("its times are not numbers"))
        return columns

    def looks(
        self, classes: int, keys: tuple[str, ...]
    ) -> tuple[tuple[Evaluation, ...], NDArray[np.int64]]:
        """Looks at the test set with metrics of these keys, and the sample (K,) they report on."""
        found = self.arrays("looks")
        sample = _checked(found["sample"], "sample", "u", None).astype(np.int64)
        rows = found["step"].size
        steps, losses = (_checked(found[name], name, "f", (rows,)) for name in ("step", "loss"))
        if not rows:
            return (), sample
        if not (np.isfinite(steps).all() and (np.diff(steps) > 0).all() and steps[0] >= 0):
            raise ValueError(tr("its tests are out of order"))
        if self.version == 1:
            values = _checked(found["accuracy"], "accuracy", "f", (rows,))[:, None]
            reports = _old_reports(found, rows, classes, sample)
        else:
            values = _checked(found["metrics"], "metrics", "f", (rows, len(keys)))
            reports = _reports(found, rows, classes, sample)
        looks = tuple(
            Evaluation(
                int(steps[row]),
                0.0,
                float(losses[row]),
                dict(zip(keys, values[row].tolist(), strict=True)),
                reports[row],
            )
            for row in range(rows)
        )
        return looks, sample

    def snapshots(self) -> dict[int, bytes]:
        """Packed weights by step."""
        found = {}
        for name, blob in self.arrays("snapshots").items():
            step = _whole(int(name) if name.isdecimal() and len(name) < 17 else None, "snapshots")
            found[step] = _checked(blob, "snapshots", "u", (blob.size,)).tobytes()
        return found

    def _bytes(self, name: str) -> bytes:
        most = _MOST.get(name, _MOST_ARRAYS)
        with open_member(self._archive, name) as stream:
            content = stream.read(most + 1)
        if len(content) > most:
            raise ValueError(
                tr("its “{name}” is larger than {most:,} bytes").format(name=name, most=most)
            )
        return content


def _reports(
    found: dict[str, NDArray[Any]], rows: int, classes: int, sample: NDArray[np.int64]
) -> list[tuple[Report, ...]]:
    """The reports of each look, from arrays that are called “report”, its row, and the kind."""
    reports: list[tuple[Report, ...]] = [()] * rows
    for name, blob in found.items():
        word, _, rest = name.partition(" ")
        row, _, kind = rest.partition(" ")
        if word != "report" or not row.isdecimal() or len(row) > 6 or int(row) >= rows:
            continue
        packed = _checked(blob, "looks", "u", (blob.size,)).tobytes()
        report = unpack_report(kind, packed, classes, sample)
        if report is not None:
            reports[int(row)] += (report,)
    return reports


def _old_reports(
    found: dict[str, NDArray[Any]], rows: int, classes: int, sample: NDArray[np.int64]
) -> list[tuple[Report, ...]]:
    """The reports of each look in a file of version 1, which has them in columns."""
    count = len(sample)
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {
        "bias": ("f", (rows,)),
        "confusion": ("u", (rows, classes, classes)),
        "guesses": ("u", (rows, count)),
        "confidence": ("u", (rows, count)),
        "margin": ("f", (rows, count if found["margin"].size else 0)),
    }
    columns = {name: _checked(found[name], name, *shapes[name]) for name in shapes}
    if columns["guesses"].max(initial=0) >= classes:
        raise ValueError(tr("it predicts classes that do not exist"))
    return [
        (
            ClassificationReport(
                confusion=columns["confusion"][row].astype(np.int64),
                predictions=columns["guesses"][row].astype(np.int64),
                confidence=np.divide(columns["confidence"][row], 255, dtype=np.float32),
                margin=columns["margin"][row].astype(np.float32),
                bias=float(columns["bias"][row]),
                samples=sample,
            ),
        )
        for row in range(rows)
    ]


def _checked(
    array: NDArray[Any], name: str, kind: str, shape: tuple[int, ...] | None
) -> NDArray[Any]:
    if array.dtype.kind != kind or (array.ndim != 1 if shape is None else array.shape != shape):
        raise ValueError(
            tr("its “{name}” has {shape} numbers of a kind that do not belong there").format(
                name=name, shape=array.shape
            )
        )
    return array


def _finite(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(tr("its “{what}” is no number").format(what=what[:40]))
    return float(value)


def _whole(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _FURTHEST:
        raise ValueError(tr("its “{what}” has a step that is none").format(what=what[:40]))
    return value
