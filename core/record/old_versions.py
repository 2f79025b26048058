"""Records of versions 1 and 2, which knew only accuracy, read as if this version had written them.

Temporary views with the names and columns of today stand before the tables of an old file while it
is open. The file is never written to.
"""

import math
import sqlite3
import zlib

import numpy as np

from core.errors import LabError
from core.record.codec import unpack_array
from core.record.columns import COLUMNS
from core.record.report_codec import inflate, pack_report
from core.record.schema import TABLES, VERSION
from core.training.reports import ClassificationReport

_TABLES = {
    "run": """CREATE TABLE run ( id INTEGER PRIMARY KEY CHECK (id = 1), run_id TEXT NOT NULL,
        chapter TEXT NOT NULL, seed INTEGER NOT NULL, started REAL NOT NULL, versions TEXT NOT NULL,
        layout TEXT NOT NULL, classes TEXT NOT NULL, sample BLOB NOT NULL,
        first_step INTEGER NOT NULL, first_samples INTEGER NOT NULL, parent_run TEXT,
        parent_file TEXT, parent_step INTEGER) STRICT""",
    "steps": """CREATE TABLE steps ( step INTEGER PRIMARY KEY, epoch REAL NOT NULL,
        samples INTEGER NOT NULL, loss REAL, accuracy REAL, lr REAL, gradient REAL,
        seconds REAL NOT NULL) STRICT""",
    "evaluations": """CREATE TABLE evaluations ( id INTEGER PRIMARY KEY, step INTEGER NOT NULL,
        epoch REAL NOT NULL, loss REAL, accuracy REAL, seconds REAL NOT NULL,
        confusion BLOB NOT NULL, guesses BLOB NOT NULL, confidence BLOB NOT NULL, margin BLOB,
        bias REAL) STRICT""",
}

_SINCE = {
    "layers": 2,
    "pages": 2,
    "page_readings": 2,
    "metric_names": 3,
    "metrics": 3,
    "reports": 3,
}
"""From which version on a file has a table; the others were there from the beginning."""

_VIEWS = {
    "run": """SELECT *, '{"kind": "image", "targets": "int64"}' AS spec FROM main.run""",
    "steps": "SELECT step, epoch, samples, loss, lr, gradient, seconds FROM main.steps",
    "evaluations": "SELECT id, step, epoch, loss, seconds FROM main.evaluations",
    "metric_names": """SELECT 0 AS number, 'accuracy' AS key, 'Accuracy' AS label, '%' AS unit,
        'up' AS better, 1 AS batch""",
    "metrics": """SELECT 'train' AS split, 0 AS look, step, 'accuracy' AS name, accuracy AS value
        FROM main.steps UNION ALL
        SELECT 'test', id, step, 'accuracy', accuracy FROM main.evaluations""",
    "reports": """SELECT id AS look, 'classification' AS kind, step,
        pack_old_look(confusion, guesses, confidence, margin, bias) AS blob
        FROM main.evaluations""",
}

_MOST_BYTES = 2**24
_NO_MARGIN = np.empty(0, np.float32)


def tables_of(version: int) -> dict[str, str]:
    """The statements that made the tables of a file of this version, by name."""
    if version >= VERSION:
        return TABLES
    return {
        name: _TABLES.get(name, statement)
        for name, statement in TABLES.items()
        if version >= _SINCE.get(name, 1)
    }


def adapt_old_tables(connection: sqlite3.Connection, version: int) -> None:
    """Give an open file of this version the tables of today, where it has others or none."""
    if version >= VERSION:
        return
    connection.create_function("pack_old_look", 5, _pack_old_look, deterministic=True)
    connection.execute("PRAGMA temp_store = MEMORY")
    views = dict(_VIEWS)
    for name, since in _SINCE.items():
        if version < since and name not in views:
            columns = ", ".join(f"NULL AS {column}" for column in COLUMNS[name])
            views[name] = f"SELECT {columns} WHERE 0"
    for name, select in views.items():
        connection.execute(f"CREATE TEMP VIEW {name} AS {select}")


def _pack_old_look(
    confusion: bytes, guesses: bytes, confidence: bytes, margin: bytes | None, bias: float | None
) -> bytes:
    """An old look at the test set as a report of today; b"" for a damaged one."""
    try:
        cells = len(inflate(confusion, _MOST_BYTES)) // 4
        classes = math.isqrt(cells)
        samples = len(inflate(guesses, _MOST_BYTES))
        report = ClassificationReport(
            predictions=unpack_array(guesses, "u1", samples).astype(np.int64),
            confidence=np.divide(unpack_array(confidence, "u1", samples), 255, dtype=np.float32),
            confusion=unpack_array(confusion, "u4", classes, classes).astype(np.int64),
            margin=unpack_array(margin, "f4", samples) if margin is not None else _NO_MARGIN,
            bias=float(bias or 0.0),
        )
        return pack_report(report) or b""
    except (LabError, ValueError, TypeError, zlib.error):
        return b""
