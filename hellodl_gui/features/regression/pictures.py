"""What a regression's samples look like: over x, against the true numbers, and what is left."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.formatting import format_number
from core.training.reports import RegressionReport
from core.translation import tr
from hellodl_gui.features.regression.regression_plot import FitLine, RegressionPicture


def fit_picture(
    report: RegressionReport, test: Dataset, output: int, true: Mapping[str, NDArray[np.floating]]
) -> RegressionPicture:
    """Points of one number x over it, the learnt line or curve, and the true line if known."""
    x = test.inputs[report.numbers, 0].astype(np.float64)
    target, predicted = (
        part[:, output].astype(np.float64) for part in (report.targets, report.predictions)
    )
    order = np.argsort(x, kind="stable")
    lines = [FitLine(x[order], predicted[order], tr("learnt"), "learnt")]
    weight, bias = true.get("weight"), true.get("bias")
    if weight is not None and np.shape(weight)[1:] == (1,) and len(x):
        ends = np.array([x.min(), x.max()])
        start = 0.0 if bias is None else float(bias[output])
        lines.append(FitLine(ends, float(weight[output, 0]) * ends + start, tr("true"), "true"))
    name = test.spec.names[0]  # type: ignore[attr-defined]

    def words(at: int) -> str:
        return tr("sample {number}: {name} = {x}, true {target}, predicted {predicted}").format(
            number=f"{report.numbers[at]:,}", name=name, x=format_number(x[at]),
            target=format_number(target[at]), predicted=format_number(predicted[at]),
        )  # fmt: skip

    title = tr("x: {name}, y: target").format(name=name)
    return RegressionPicture(x, target, report.numbers, lines, title, words)


def predicted_picture(report: RegressionReport, output: int) -> RegressionPicture:
    """Predictions over the true numbers; on the diagonal they would be exact."""
    target, predicted = (
        part[:, output].astype(np.float64) for part in (report.targets, report.predictions)
    )
    both = np.concatenate([target, predicted])
    known = both[np.isfinite(both)]
    ends = np.array([known.min(), known.max()]) if len(known) else np.array([0.0, 1.0])

    def words(at: int) -> str:
        return tr("sample {number}: true {target}, predicted {predicted}").format(
            number=f"{report.numbers[at]:,}", target=format_number(target[at]),
            predicted=format_number(predicted[at]),
        )  # fmt: skip

    lines = [FitLine(ends, ends, tr("exact"), "exact")]
    title = tr("x: true, y: predicted")
    return RegressionPicture(target, predicted, report.numbers, lines, title, words)


def residual_picture(report: RegressionReport, output: int) -> RegressionPicture:
    """Residuals, true minus predicted, over the predictions."""
    predicted = report.predictions[:, output].astype(np.float64)
    residual = report.residuals[:, output].astype(np.float64)
    known = predicted[np.isfinite(predicted)]
    ends = np.array([known.min(), known.max()]) if len(known) else np.array([0.0, 1.0])

    def words(at: int) -> str:
        return tr("sample {number}: predicted {predicted}, residual {residual}").format(
            number=f"{report.numbers[at]:,}", predicted=format_number(predicted[at]),
            residual=format_number(residual[at], signed=True),
        )  # fmt: skip

    lines = [FitLine(ends, np.zeros(2), tr("exact"), "exact")]
    title = tr("x: predicted, y: residual (true − predicted)")
    return RegressionPicture(predicted, residual, report.numbers, lines, title, words)
