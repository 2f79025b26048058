"""The tables of a run's file. They are plain SQL, so that any program can read them.

`docs/records.md` explains every table and column; `old_versions` reads files of before. Three views
carry the names and columns of the original's own database, so that its notebook's queries work:
`training`, `validation` and `data`.
"""

from pathlib import Path

from core.paths import data_dir
from core.record.columns import COLUMNS, KEYS

APPLICATION_ID = 0x48444C52  # “HDLR”
VERSION = 3
SUFFIX = ".sqlite3"

STEP_COLUMNS = ("step", "epoch", "samples", "loss", "lr", "gradient", "seconds")
EVALUATION_COLUMNS = ("step", "epoch", "loss", "seconds")
RESERVED = frozenset({"id", *STEP_COLUMNS, *EVALUATION_COLUMNS})
"""What no metric is called, since every mini-batch or look has it anyhow."""

PLAIN_COLUMNS = ("run_id", "chapter", "seed", "started", "first_step", "first_samples")
"""Columns of `run` that are fields of a RunInfo as they are."""

EVENT_KINDS = (
    "begin",
    "computing",
    "epoch",
    "best",
    "pause",
    "finished",
    "lesson",
    "unlearnt",
    "anomaly",
    "failed",
)
"""What an event may be. `computing` carries JSON {"engine", "threads"}, `failed` the sentence,
before which `anomaly` carries JSON {"what", "made", "step"} or {} where numbers were lost, `begin`
perhaps `RESUMED`; of `best`, the lowest validation loss so far, the last one counts."""

RESUMED = "resumed"
"""Text of the first event of a run that goes on from the weights last seen of its parent, whose
process had ended: with an optimizer that begins anew, so that training again leads elsewhere."""

_TYPES = {int: "INTEGER", float: "REAL", str: "TEXT", bytes: "BLOB"}


def _create_table(name: str) -> str:
    """A table with the columns and the key of `columns`; changes here make another format."""
    key = KEYS[name] if name != "knobs" else ("key",)
    lines = []
    for column, holds in COLUMNS[name].items():
        said = " PRIMARY KEY" if key == (column,) else "" if holds.optional else " NOT NULL"
        said += " CHECK (id = 1)" * (name == "run" and column == "id")
        lines.append(f"{column} {_TYPES[holds.kind]}{said}")
    if len(key) > 1:
        lines.append(f"PRIMARY KEY ({', '.join(key)})")
    options = "STRICT, WITHOUT ROWID" if len(key) > 1 else "STRICT"
    return f"CREATE TABLE {name} (\n    " + ",\n    ".join(lines) + f") {options}"


TABLES = {name: _create_table(name) for name in COLUMNS}

VIEWS = {
    "training": """CREATE VIEW training AS SELECT
        CAST(started AS INTEGER) AS startID, step AS batchno, CAST(epoch AS INTEGER) AS epoch,
        started + seconds AS time, seconds AS elapsed, seconds AS cputime,
        100 * (SELECT value FROM metrics AS m WHERE m.split = 'train' AND m.look = 0
            AND m.step = steps.step AND m.name = 'accuracy') AS corperc, loss AS avgloss,
        samples - lag(samples, 1, first_samples) OVER (ORDER BY step) AS batchsize, lr,
        coalesce((SELECT value FROM knob_changes AS c WHERE c.key = 'momentum'
            AND c.step <= steps.step ORDER BY c.id DESC LIMIT 1),
            (SELECT value FROM knobs WHERE key = 'momentum'), 0.0) AS momentum
        FROM steps, run""",
    "validation": """CREATE VIEW validation AS SELECT
        CAST(started AS INTEGER) AS startID, step AS batchno, CAST(epoch AS INTEGER) AS epoch,
        started + seconds AS time, seconds AS cputime, seconds AS elapsed,
        100 * (SELECT value FROM metrics AS m WHERE m.split = 'test' AND m.look = evaluations.id
            AND m.step = evaluations.step AND m.name = 'accuracy') AS corperc,
        loss AS avgloss FROM evaluations, run""",
    "data": """CREATE VIEW data AS SELECT
        step AS batchno, place AS pos, value AS val, gradient AS grad,
        place / (height * width) AS idx, place / width % height AS row, place % width AS col,
        name, subname, CAST(started AS INTEGER) AS startID
        FROM traces JOIN parts ON part = number, run""",
}


def run_folder() -> Path:
    """Where runs are recorded; created when missing. Raises ResourceError as `data_dir` does."""
    return data_dir("runs")
