"""Rich text about a moment of a run, for the timeline's hover text."""

import html
import math

import numpy as np

from core.formatting import format_fixed
from core.training.metrics import LOSS
from core.translation import tr
from hellodl_gui.features.timeline.timeline_marks import TimelineMark
from hellodl_gui.features.timeline.timeline_picture import Array, TimelineContent
from hellodl_gui.ui.chart.plot_data import metric_text

_MOST = 3


def describe_moment(
    content: TimelineContent, step: int | None, last: int, mark: TimelineMark | None
) -> str:
    """Rich text about a step, or about the live edge `last` for None; a mark's words first."""
    curves = content.curves
    at = last if step is None else step
    lines = []
    if mark is not None:
        words = [m.text for m in content.marks if m.step == mark.step and m.kind != mark.kind]
        lines += [f"<b>{html.escape(text)}</b>" for text in [mark.text, *words][:_MOST]]
    where = tr("live edge, mini-batch {step}") if step is None else tr("mini-batch {step}")
    head = [where.format(step=f"{at:,}")]
    epoch = _value(curves.steps, curves.epoch, at)
    if math.isfinite(epoch):
        head.append(tr("epoch {epoch}").format(epoch=format_fixed(epoch, 2)))
    lines.append(" · ".join(head))
    for name, steps, losses, columns in (
        (tr("training"), curves.steps, curves.loss, curves.values),
        (tr("test set"), curves.tested, curves.tested_loss, curves.tested_values),
    ):
        parts = []
        for metric in (LOSS, *curves.metrics):
            values = losses if metric is LOSS else columns.get(metric.key, losses[:0])
            value = _value(steps, values, at)
            if math.isfinite(value):
                parts.append(f"{tr(metric.name)} {metric_text(metric, value)}")
        if parts:
            lines.append(f"{name}: {' · '.join(parts)}")
    return "<br>".join(lines)


def _value(steps: Array, values: Array, at: int) -> float:
    """The value at a step, or the last before it; NaN before the first."""
    row = int(np.searchsorted(steps, at, side="right")) - 1
    return float(values[row]) if 0 <= row < len(values) else math.nan
