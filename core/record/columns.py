"""What each column of a record may hold: its type, its range, its greatest length.

A record may come from anybody, and SQLite stores what it is told to. Every value that is read is
held against these bounds in `rows`, and nowhere else.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.translation import tr

_COUNT = 2**53  # that float64 still tells from its neighbours
_YEAR_3000 = 32_503_680_000.0  # beyond it not every system knows a date
_YEARS = 1e10  # seconds
_KNOB = 1e15
_ANY = math.inf


@dataclass(frozen=True)
class Column:
    """A number from `least` to `most`, or a text or bytes of at most `most`; `optional`: or NULL.

    Text is counted in characters.
    """

    kind: type[int] | type[float] | type[str] | type[bytes]
    most: float
    least: float = 0.0
    optional: bool = False

    def validate(self, value: object) -> object:
        """The value as this column stores it. Raises ValueError for one that does not fit."""
        if value is None and self.optional:
            return value
        if self.kind is float and type(value) is int:
            value = float(value)
        if type(value) is not self.kind:
            raise ValueError(_shown(value))
        size = value if isinstance(value, int | float) else len(value)
        if not self.least <= size <= self.most:
            raise ValueError(_shown(value))
        return value

    def allows(self, values: NDArray[np.float64]) -> bool:
        """Whether all of these numbers (N,) may stand here; NULL is NaN."""
        inside = (values >= self.least) & (values <= self.most)
        if self.kind is int:
            inside &= np.floor(values) == values
        if self.optional:
            inside |= np.isnan(values)
        return bool(inside.all())

    @property
    def bytes(self) -> int:
        """How long a value may be in the file."""
        if self.kind is str:
            return 4 * int(self.most)
        return int(self.most) if self.kind is bytes else 8


def _shown(value: object) -> str:
    if isinstance(value, str):
        return (
            f"“{value[:40]}”"
            if len(value) <= 40
            else tr("a text of {n:,} characters").format(n=len(value))
        )
    if isinstance(value, bytes):
        return tr("{n:,} bytes").format(n=len(value))
    return tr("nothing") if value is None else f"{value:.6g}"


_step = Column(int, _COUNT)
_number = Column(int, 2**31)
_flag = Column(int, 1)
_elapsed = Column(float, _YEARS)
_epoch = Column(float, 1e12)
_measured = Column(float, _ANY, -_ANY, optional=True)
_norm = Column(float, _ANY, optional=True)
_knob = Column(float, _KNOB, -_KNOB)
_key = Column(str, 256)
_words = Column(str, 10_000)
_json = Column(str, 2**20)
_packed = Column(bytes, 2**30)
_report = Column(bytes, 2**26)
_histogram = Column(bytes, 1024)

COLUMNS: dict[str, dict[str, Column]] = {
    "run": {
        "id": _flag, "run_id": Column(str, 64, 1), "chapter": _key,
        "seed": Column(int, 2.0**63, -(2.0**63)),
        "started": Column(float, _YEAR_3000), "versions": _json, "layout": _json,
        "classes": _json, "spec": _json, "sample": Column(bytes, 2**20), "first_step": _step,
        "first_samples": _step, "parent_run": Column(str, 64, 1, optional=True),
        "parent_file": Column(str, 1024, 1, optional=True),
        "parent_step": Column(int, _COUNT, optional=True),
    },
    "knobs": {
        "key": _key, "label": _key, "unit": _key, "low": _knob, "high": _knob, "scale": _key,
        "integer": _flag, "live": _flag, "choices": _words, "value": _knob,
    },
    "knob_changes": {"id": _step, "step": _step, "key": _key, "value": _knob},
    "steps": {
        "step": _step, "epoch": _epoch, "samples": _step, "loss": _measured, "lr": _measured,
        "gradient": _norm, "seconds": _elapsed,
    },
    "evaluations": {
        "id": _step, "step": _step, "epoch": _epoch, "loss": _measured, "seconds": _elapsed,
    },
    "metric_names": {
        "number": _number, "key": Column(str, 64, 1), "label": _key, "unit": _key,
        "better": Column(str, 8), "batch": _flag,
    },
    "metrics": {
        "split": Column(str, 8), "look": _step, "step": _step, "name": Column(str, 64, 1),
        "value": _measured,
    },
    "reports": {"look": _step, "kind": _key, "step": _step, "blob": _report},
    "events": {"id": _step, "step": _step, "kind": _key, "text": _words},
    "snapshots": {"step": _step, "theta": _packed},
    "checkpoints": {"step": _step, "numbers": _json, "arrays": _packed},
    "parts": {
        "number": _number, "parameter": _key, "name": _key, "subname": _key, "height": _number,
        "width": _number,
    },
    "traces": {
        "step": _step, "part": _number, "place": _number, "value": _measured,
        "gradient": _measured,
    },
    "layers": {
        "step": _step, "part": _number, "weight_norm": _norm, "gradient_norm": _norm,
        "update_norm": _norm, "weight_low": _measured, "weight_high": _measured,
        "gradient_low": _measured, "gradient_high": _measured, "weights": _histogram,
        "gradients": _histogram,
    },
    "pages": {
        "number": _number, "step": _step, "key": Column(str, 4096),
        "count": Column(int, 65_536, 1), "images": _packed,
    },
    "page_readings": {"step": _step, "page": _number, "probabilities": _packed},
}  # fmt: skip

MOST_ROWS = {
    "run": 1,
    "knobs": 256,
    "metric_names": 64,
    "events": 100_000,
    "parts": 4096,
    "pages": 4096,
}
"""How many rows of a table are read; of the others, ten million."""

KEYS = {
    "run": ("id",),
    "knobs": ("rowid",),
    "knob_changes": ("id",),
    "steps": ("step",),
    "evaluations": ("id",),
    "metric_names": ("number",),
    "metrics": ("split", "look", "step", "name"),
    "reports": ("look", "kind"),
    "events": ("id",),
    "snapshots": ("step",),
    "checkpoints": ("step",),
    "parts": ("number",),
    "traces": ("step", "part", "place"),
    "layers": ("step", "part"),
    "pages": ("number",),
    "page_readings": ("step", "page"),
}
"""By what the rows of a table are told apart: it grows from each row to the next."""
