"""Norms of weight and bias are those of the layer; the ratio is that of its last step."""

from pathlib import Path

import numpy as np
import pytest

from core.inspect.health.layer_health import layer_health
from core.inspect.weights.parameter_history import ParameterHistory
from core.kernels.engine import use_engine
from core.record.lineage import Lineage
from tests.core.record.runs import Recorded


def test_a_layer_is_its_weight_and_bias_together(tmp_path: Path) -> None:
    with use_engine("reference"):
        recorded = Recorded(tmp_path, "sgd")
        recorded.train(3)
        arena = recorded.run.arena
        before = arena.theta.copy()
        recorded.train(1)
        recorded.recorder.close()
    with Lineage(recorded.path) as lineage:
        found = layer_health(ParameterHistory(lineage).layers())
    assert found.names == ("0", "2", "5")
    assert found.steps[-1] == 4
    for number, name in enumerate(found.names):
        parts = [s for s in arena.layout.specs if s.name in (f"{name}.weight", f"{name}.bias")]
        places = np.concatenate([np.arange(s.offset, s.offset + s.size) for s in parts])
        norm = np.linalg.norm(arena.theta[places].astype(float))
        moved = np.linalg.norm((arena.theta - before)[places].astype(float))
        assert found.weights[-1, number] == pytest.approx(norm, rel=1e-5)
        assert found.gradients[-1, number] == pytest.approx(moved / recorded.knobs["lr"], rel=1e-3)
        assert found.ratios[-1, number] == pytest.approx(moved / norm, rel=1e-4)
    assert np.isnan(found.gradients[0]).all() and np.isnan(found.ratios[0]).all()
