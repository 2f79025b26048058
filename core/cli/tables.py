"""Plain text tables for a terminal, and the list of recorded runs as one or as JSON."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import one_line
from core.record.reader import RecordSummary, list_runs
from core.training.metrics import Metric
from core.translation import tr

_HEAD = ("chapter", "started", "steps", "loss", "result", "MB", "branched off from", "problem")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under their head, columns aligned: numbers to the right, words to the left.

    Nothing in a cell ends its line or steers a terminal.
    """
    head = [tr(word) for word in head]
    rows = [[one_line(cell) for cell in row] for row in rows]
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [
        all(cell in ("", "–") or cell[0].isdigit() or cell[0] in "-±" for cell in column[1:])
        for column in columns
    ]
    lines = []
    for row in (head, *rows):
        cells = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def number(value: float, form: str = ".4f") -> str:
    """`value` so formatted; a dash for what is not known."""
    return format(value, form) if math.isfinite(value) else "–"


def measured(metric: Metric, value: float) -> str:
    """A value of a metric with its unit; a dash for what is not known."""
    text = number(value, ".2%" if metric.percent else ".4f")
    return text if metric.percent or text == "–" else f"{text} {tr(metric.unit)}".rstrip()


def spoken(metrics: Iterable[Metric], values: Mapping[str, float]) -> str:
    """The metrics of which there are values, as a line says them: “accuracy 97.20%”."""
    return "   ".join(
        f"{tr(metric.name)} {measured(metric, values[metric.key])}"
        for metric in metrics
        if metric.key in values
    )


def plain(value: float) -> float | None:
    """As JSON knows it: null where there is no number."""
    return value if math.isfinite(value) else None


def as_objects(folder: Path | None = None) -> list[dict[str, Any]]:
    """Every run as a JSON object, the newest first; loss and metric are the test set's."""
    return [_object(summary) for summary in list_runs(folder)]


def as_table(folder: Path | None = None) -> str:
    """Every run in a line, the newest first."""
    found = list_runs(folder)
    if not found:
        return tr("No run is recorded yet. Train one with: hellodl train digits --record")
    return table(("file", *_HEAD), [_line(summary) for summary in found])


def _object(run: RecordSummary) -> dict[str, Any]:
    about, parent = run.about, run.about.parent if run.about else None
    return {
        "file": str(run.path),
        "run_id": about.run_id if about else None,
        "chapter": about.chapter if about else None,
        "started": about.started if about else None,
        "steps": run.last_step,
        "loss": plain(run.loss),
        **({} if run.metric is None else {run.metric.key: plain(run.value)}),
        "metric": None if run.metric is None else run.metric.key,
        "megabytes": round(run.bytes / 2**20, 3),
        "parent": {"run_id": parent.run_id, "file": parent.file, "step": parent.step}
        if parent
        else None,
        "problem": run.problem or None,
    }


def _line(run: RecordSummary) -> tuple[str, ...]:
    about = run.about
    if about is None:
        return (run.path.name, "–", "–", "–", "–", "–", "–", "", run.problem)
    parent = about.parent
    return (
        run.path.name,
        about.chapter,
        time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(about.started)),
        f"{run.last_step:,}",
        number(run.loss),
        "–" if run.metric is None else spoken([run.metric], {run.metric.key: run.value}),
        f"{run.bytes / 2**20:.1f}",
        tr("{file} at step {step:,}").format(file=parent.file, step=parent.step) if parent else "",
        "",
    )
