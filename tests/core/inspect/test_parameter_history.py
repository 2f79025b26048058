"""History reaches back through the runs that a run branched off from."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.inspect.weights.parameter_history import ParameterHistory
from core.kernels.engine import use_engine
from core.record.lineage import Lineage
from core.record.models import Parent
from core.record.reader import RunFile
from core.record.recorder import Recorder
from core.runtime.driver import Driver
from tests.core.record.runs import Recorded, steps_of

WEIGHT = "0.weight"


@pytest.fixture(autouse=True)
def readable_kernels() -> Iterator[None]:
    with use_engine("reference"):
        yield


class Branch(Recorded):
    """A run that begins where another one stands."""

    def __init__(self, folder: Path, older: Recorded) -> None:
        super().__init__(folder)
        self.run.load_state_dict(older.run.state_dict())
        with RunFile(older.path) as film:
            parent = Parent(film.about.run_id, older.path.name, self.run.step)
        self.recorder = Recorder(
            self.run, "robust-letters", self.said.append, self.paths.append, parent, folder
        )
        self.driver = Driver(self.run, steps_of("adam"), lambda: self.knobs, self.recorder)


def test_a_run_alone_is_read_as_it_is_and_grows(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path)
    recorded.train(5)
    with Lineage(recorded.path) as lineage, RunFile(recorded.path) as film:
        history = ParameterHistory(lineage)
        np.testing.assert_array_equal(history.traces(WEIGHT).values, film.traces(WEIGHT).values)
        before = history.layers()
        np.testing.assert_array_equal(before.weight_norm, film.layers().weight_norm)
        assert not lineage.refresh()
        recorded.train(4)
        assert lineage.refresh()
        after = history.layers()
        assert len(after.steps) > len(before.steps) and after.steps[-1] == 9
        assert (np.diff(after.steps) > 0).all()
    recorded.recorder.close()


def test_a_branch_has_the_history_of_its_parent_until_it_begins(tmp_path: Path) -> None:
    older = Recorded(tmp_path)
    older.train(6)
    newer = Branch(tmp_path, older)
    older.train(4)
    newer.train(3)
    for one in (older, newer):
        one.recorder.close()
    with Lineage(newer.path) as lineage, RunFile(older.path) as film:
        history = ParameterHistory(lineage)
        trace, layers = history.traces(WEIGHT), history.layers()
        assert trace.steps.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
        assert layers.steps.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        np.testing.assert_array_equal(trace.values[:6], film.traces(WEIGHT).values[:6])
        # The gradient at the branching was the older run's.
        assert np.isfinite(layers.gradient_norm[6]).all()
    older.path.unlink()
    with Lineage(newer.path) as lineage:
        assert ParameterHistory(lineage).traces(WEIGHT).steps.tolist() == [7, 8, 9]
