"""Histograms with ranges of their own are the same ones on a common axis."""

from pathlib import Path

import numpy as np
import pytest

from core.inspect.weights.parameter_history import ParameterHistory
from core.inspect.weights.weight_histograms import log_spaced_rows, weight_histograms
from core.kernels.engine import use_engine
from core.record.lineage import Lineage
from tests.core.record.runs import Recorded


def test_shares_quantiles_and_edges_are_those_of_the_weights(tmp_path: Path) -> None:
    with use_engine("reference"):
        recorded = Recorded(tmp_path)
        recorded.train(4)
        recorded.recorder.close()
    arena = recorded.run.arena
    weights = arena.layout.views(arena.theta)["5.weight"].ravel()
    with Lineage(recorded.path) as lineage:
        layers = ParameterHistory(lineage).layers()
    found = weight_histograms(layers, "5.weight", gradients=False)
    assert found is not None
    np.testing.assert_allclose(found.shares.sum(axis=1), 1, atol=1e-5)
    assert found.edges[0] <= weights.min() and found.edges[-1] >= weights.max()
    wide = float(np.diff(found.edges)[0])
    expected = np.quantile(weights, (0.25, 0.5, 0.75))
    np.testing.assert_allclose(found.quantiles(-1, (0.25, 0.5, 0.75)), expected, atol=2 * wide)
    slopes = weight_histograms(layers, "5.weight", gradients=True)
    assert slopes is not None and slopes.steps[0] == 1  # nothing has a gradient before
    assert weight_histograms(layers, "nothing", gradients=False) is None


def test_few_rows_are_even_over_the_logarithm_of_time() -> None:
    steps = np.arange(0, 10_001, 10)
    rows = log_spaced_rows(steps, 12)
    assert len(rows) <= 12 and rows[0] == 0 and rows[-1] == len(steps) - 1
    gaps = np.diff(np.log(steps[rows] + 8.0))
    assert gaps[2:].max() < 2 * gaps[2:].min()
    assert log_spaced_rows(steps[:5], 12).tolist() == [0, 1, 2, 3, 4]
    assert np.diff(rows).min() >= 1 and pytest.approx(10_000) == steps[rows[-1]]
