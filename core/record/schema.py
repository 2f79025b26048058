"""The tables of a run's file. They are plain SQL, so that any program can read them.

Three views carry the names and columns of the original's own database, so that its notebook's
queries work: `training`, `validation` and `data`.
"""

from pathlib import Path

from core.paths import data_dir

APPLICATION_ID = 0x48444C52  # “HDLR”
VERSION = 2
SUFFIX = ".sqlite3"

STEP_COLUMNS = ("step", "epoch", "samples", "loss", "accuracy", "lr", "gradient", "seconds")
EVALUATION_COLUMNS = ("step", "epoch", "loss", "accuracy", "seconds")

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
    "failed",
)
"""What an event may be. `computing` carries JSON {"engine", "threads"}, `failed` the sentence,
`begin` perhaps `RESUMED`; of `best`, the lowest validation loss so far, the last one counts."""

RESUMED = "resumed"
"""Text of the first event of a run that goes on from the weights last seen of its parent, whose
process had ended: with an optimizer that begins anew, so that training again leads elsewhere."""

TABLES = {
    "run": """CREATE TABLE run (
        id INTEGER PRIMARY KEY CHECK (id = 1), run_id TEXT NOT NULL, chapter TEXT NOT NULL,
        seed INTEGER NOT NULL, started REAL NOT NULL, versions TEXT NOT NULL,
        layout TEXT NOT NULL, classes TEXT NOT NULL, sample BLOB NOT NULL,
        first_step INTEGER NOT NULL, first_samples INTEGER NOT NULL,
        parent_run TEXT, parent_file TEXT, parent_step INTEGER) STRICT""",
    "knobs": """CREATE TABLE knobs (
        key TEXT PRIMARY KEY, label TEXT NOT NULL, unit TEXT NOT NULL, low REAL NOT NULL,
        high REAL NOT NULL, scale TEXT NOT NULL, integer INTEGER NOT NULL,
        live INTEGER NOT NULL, choices TEXT NOT NULL, value REAL NOT NULL) STRICT""",
    "knob_changes": """CREATE TABLE knob_changes (
        id INTEGER PRIMARY KEY, step INTEGER NOT NULL, key TEXT NOT NULL,
        value REAL NOT NULL) STRICT""",
    "steps": """CREATE TABLE steps (
        step INTEGER PRIMARY KEY, epoch REAL NOT NULL, samples INTEGER NOT NULL, loss REAL,
        accuracy REAL, lr REAL, gradient REAL, seconds REAL NOT NULL) STRICT""",
    "evaluations": """CREATE TABLE evaluations (
        id INTEGER PRIMARY KEY, step INTEGER NOT NULL, epoch REAL NOT NULL, loss REAL,
        accuracy REAL, seconds REAL NOT NULL, confusion BLOB NOT NULL, guesses BLOB NOT NULL,
        confidence BLOB NOT NULL, margin BLOB, bias REAL) STRICT""",
    "events": """CREATE TABLE events (
        id INTEGER PRIMARY KEY, step INTEGER NOT NULL, kind TEXT NOT NULL,
        text TEXT NOT NULL) STRICT""",
    "snapshots": """CREATE TABLE snapshots (
        step INTEGER PRIMARY KEY, theta BLOB NOT NULL) STRICT""",
    "checkpoints": """CREATE TABLE checkpoints (
        step INTEGER PRIMARY KEY, numbers TEXT NOT NULL, arrays BLOB NOT NULL) STRICT""",
    "parts": """CREATE TABLE parts (
        number INTEGER PRIMARY KEY, parameter TEXT NOT NULL, name TEXT NOT NULL,
        subname TEXT NOT NULL, height INTEGER NOT NULL, width INTEGER NOT NULL) STRICT""",
    "traces": """CREATE TABLE traces (
        step INTEGER NOT NULL, part INTEGER NOT NULL, place INTEGER NOT NULL, value REAL,
        gradient REAL, PRIMARY KEY (step, part, place)) STRICT, WITHOUT ROWID""",
    "layers": """CREATE TABLE layers (
        step INTEGER NOT NULL, part INTEGER NOT NULL, weight_norm REAL, gradient_norm REAL,
        update_norm REAL, weight_low REAL, weight_high REAL, gradient_low REAL,
        gradient_high REAL, weights BLOB NOT NULL, gradients BLOB NOT NULL,
        PRIMARY KEY (step, part)) STRICT, WITHOUT ROWID""",
    "pages": """CREATE TABLE pages (
        number INTEGER PRIMARY KEY, step INTEGER NOT NULL, key TEXT NOT NULL,
        count INTEGER NOT NULL, images BLOB NOT NULL) STRICT""",
    "page_readings": """CREATE TABLE page_readings (
        step INTEGER NOT NULL, page INTEGER NOT NULL, probabilities BLOB NOT NULL,
        PRIMARY KEY (step, page)) STRICT, WITHOUT ROWID""",
}

SINCE = {"layers": 2, "pages": 2, "page_readings": 2}
"""From which version on a file has a table; the others were there from the beginning."""

VIEWS = {
    "training": """CREATE VIEW training AS SELECT
        CAST(started AS INTEGER) AS startID, step AS batchno, CAST(epoch AS INTEGER) AS epoch,
        started + seconds AS time, seconds AS elapsed, seconds AS cputime,
        100 * accuracy AS corperc, loss AS avgloss,
        samples - lag(samples, 1, first_samples) OVER (ORDER BY step) AS batchsize, lr,
        coalesce((SELECT value FROM knob_changes AS c WHERE c.key = 'momentum'
            AND c.step <= steps.step ORDER BY c.id DESC LIMIT 1),
            (SELECT value FROM knobs WHERE key = 'momentum'), 0.0) AS momentum
        FROM steps, run""",
    "validation": """CREATE VIEW validation AS SELECT
        CAST(started AS INTEGER) AS startID, step AS batchno, CAST(epoch AS INTEGER) AS epoch,
        started + seconds AS time, seconds AS cputime, seconds AS elapsed,
        100 * accuracy AS corperc, loss AS avgloss FROM evaluations, run""",
    "data": """CREATE VIEW data AS SELECT
        step AS batchno, place AS pos, value AS val, gradient AS grad,
        place / (height * width) AS idx, place / width % height AS row, place % width AS col,
        name, subname, CAST(started AS INTEGER) AS startID
        FROM traces JOIN parts ON part = number, run""",
}


def run_folder() -> Path:
    """Where runs are recorded; created when missing. Raises ResourceError as `data_dir` does."""
    return data_dir("runs")
