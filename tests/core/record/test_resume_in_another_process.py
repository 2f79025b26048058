"""A run taken up again in a fresh process goes on bit for bit, whatever it remembers."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from core.errors import LabError
from core.record.codec import pack_state, unpack_state
from core.training.loop import fit
from core.training.trainer import Trainer
from tests.core.record.runs import CASES, ROOT, digest, knobs_of, small_task, steps_of

PROGRAM = """
import sys
from tests.core.record.runs import digest, knobs_of, small_task, steps_of
from core.record.codec import unpack_state
from core.training.trainer import Trainer
case, path = sys.argv[1:]
text, _, blob = open(path, "rb").read().partition(b"\\n")
run = Trainer(small_task(case), knobs_of(case))
run.load_state_dict(unpack_state(text.decode(), blob))
steps = steps_of(case)(run, lambda: knobs_of(case))
for _ in range(100):
    next(steps)
print(run.step, digest(run))
"""


@pytest.mark.parametrize("case", CASES)
def test_two_hundred_steps_are_a_hundred_and_a_hundred_in_another_process(
    case: str, tmp_path: Path
) -> None:
    knobs = knobs_of(case)
    run = Trainer(small_task(case), knobs)
    steps = steps_of(case)(run, lambda: knobs)
    for _ in range(100):
        next(steps)
    text, blob = pack_state(run.state_dict())
    (tmp_path / "state").write_bytes(text.encode() + b"\n" + blob)
    for _ in range(100):
        next(steps)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, case, str(tmp_path / "state")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(run.step), digest(run)]


def test_a_state_is_a_copy() -> None:
    knobs = knobs_of("adam")
    run = Trainer(small_task("adam"), knobs)
    before = pack_state(run.state_dict())
    state = run.state_dict()
    next(fit(run, lambda: knobs))
    assert pack_state(state) == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("theta", np.zeros(3, np.float32)),
        ("theta", 1.5),
        ("descends_by", "magic"),
        ("optimizer.m", np.zeros(3, np.float32)),
        ("order.order", np.zeros(3, np.uint32)),
        ("order.order", np.zeros(600, np.uint32)),
        ("order.next", -1),
        ("order.chance", {"bit_generator": "PCG64"}),
        ("augmentation", {"bit_generator": "MT19937"}),
        ("augmentation", None),
        ("early_stop.best", np.zeros(3, np.float32)),
        ("losses", "many"),
        ("step", None),
    ],
)
def test_a_wrong_state_is_refused_with_a_sentence(key: str, value: object) -> None:
    run = Trainer(small_task("adam"), knobs_of("adam"))
    with pytest.raises(LabError):
        run.load_state_dict({**run.state_dict(), key: value})


def test_a_state_that_lacks_something_is_refused() -> None:
    run = Trainer(small_task("dropout"), knobs_of("dropout"))
    for key in run.state_dict():
        state = run.state_dict()
        del state[key]
        with pytest.raises(LabError):
            run.load_state_dict(state)


def test_a_packed_state_holds_no_code() -> None:
    text, blob = pack_state(Trainer(small_task("adam"), knobs_of("adam")).state_dict())
    assert set(json.loads(text)) >= {"step", "augmentation"} and "theta" in load(blob)
    assert unpack_state(text, blob)["step"] == 0
