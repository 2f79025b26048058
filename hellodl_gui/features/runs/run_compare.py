"""Comparison of recorded runs: parallel-coordinates axes, and two runs’ differences."""

import html
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from core.formatting import format_fixed, format_number
from core.training.metrics import Metric
from core.translation import tr
from hellodl_gui.features.runs.run_table import RunRow, result, varied_knobs
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.parallel_coordinates import ParallelAxis, knob_axis, metric_axis

_FIRST_COLOUR = 3  # the own curves have those before


def axes_of(rows: Sequence[RunRow], metric: Metric) -> list[ParallelAxis]:
    """An axis a knob that differs, then what came of it; none where nothing differs."""
    axes = []
    for key in varied_knobs(rows):
        knob = next(row.knobs[key] for row in rows if key in row.knobs)
        values = [row.knobs[key].default if key in row.knobs else np.nan for row in rows]
        axes.append(knob_axis(knob, values))
    return [*axes, metric_axis(metric, [result(row, metric) for row in rows])] if axes else []


def next_colour(used: Collection[int]) -> int:
    """A colour that none of the curves on show has, while there is one."""
    count = len(themes().theme.curves)
    order = [*range(_FIRST_COLOUR, count), *range(_FIRST_COLOUR)]
    return next((colour for colour in order if colour not in used), _FIRST_COLOUR)


def short_name(row: RunRow, mine: Mapping[str, float]) -> str:
    """What was noted of a run, else how it began unlike these knobs, else at what time."""
    if row.remark.note:
        return row.remark.note.splitlines()[0][:24]
    unlike = [
        f"{tr(knob.label)} {knob.text(knob.default)}"
        for key, knob in row.knobs.items()
        if key in mine and knob.default != mine[key]
    ]
    return ", ".join(unlike[:2]) or row.path.stem[11:19].replace(".", ":")


def difference(one: RunRow, two: RunRow) -> str:
    """How the settings of two runs differ and what came of it, as rich text."""
    lines = []
    for key in dict.fromkeys([*one.knobs, *two.knobs]):
        pair = [knobs[key] for knobs in (one.knobs, two.knobs) if key in knobs]
        texts = [
            row.knobs[key].text(row.knobs[key].default) if key in row.knobs else "–"
            for row in (one, two)
        ]
        if texts[0] != texts[1]:
            label, *values = map(html.escape, (pair[0].label, *texts))
            lines.append(f"{label} <b>{values[0]}</b> → <b>{values[1]}</b>")
    if not lines:
        lines.append(tr("Both started with the same settings"))
    metric = one.summary.metric
    if metric is not None and np.isfinite(more := result(two, metric) - result(one, metric)):
        lines.append(_more_text(metric, more))
    return " &nbsp;·&nbsp; ".join(lines)


def _more_text(metric: Metric, more: float) -> str:
    """By how much a metric is higher."""
    if metric.percent:
        return tr("{points} percentage points of {metric}").format(
            points=format_fixed(100 * more, 2, signed=True), metric=tr(metric.name)
        )
    amount = f"{format_number(more, 3, signed=True)} {tr(metric.unit)}".rstrip()
    return f"{tr(metric.name)} {amount}"
