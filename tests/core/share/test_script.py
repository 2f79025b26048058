"""A recorded run, copied as a script, is trained again to the last bit in another process."""

import ast
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import LabError, RecordError
from core.share.replay import Replay
from core.share.script import export_script
from tests.core.share.recording import Desk

ROOT = Path(__file__).resolve().parents[3]
CHAPTER = "learning"
FORK = 97


def _run(*command: str, folder: Path = ROOT) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=600,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    """What the recording process says of its run and of a fork of it."""
    return json.loads(_run("-m", "tests.core.share.recording", CHAPTER, str(FORK)))


def _replayed(text: str, folder: Path) -> tuple[list[int], list[float], str, str]:
    """Steps, losses, hash of θ and all that was said, of a script in a process of its own."""
    path = folder / "replay.py"
    path.write_text(text, encoding="utf-8")
    said = _run(str(path), folder=folder)
    *rows, losses, theta = said.splitlines()
    assert losses.startswith("SHA-256 of the losses")
    steps, values = zip(*(row.split() for row in rows), strict=True)
    return list(map(int, steps)), list(map(float, values)), theta.split()[3], said


def test_every_loss_and_the_weights_are_the_same_bits(
    told: list[dict[str, Any]], tmp_path: Path
) -> None:
    """240 mini-batches with three knobs turned at two steps and another engine from a third on."""
    script = export_script(Path(told[0]["path"]))
    assert len(script.text.splitlines()) <= 40
    assert script.text.count("run.turn(") == 2 and script.text.count("run.compute(") == 1
    assert not script.required_records
    steps, losses, theta, said = _replayed(script.text, tmp_path)
    assert steps == told[0]["steps"] == list(range(1, 241))
    assert losses == told[0]["losses"]
    assert theta == told[0]["theta"]
    assert "was" not in said and "as recorded" in said


def test_a_fork_begins_with_its_parents_part(told: list[dict[str, Any]], tmp_path: Path) -> None:
    parent, fork = told
    script = export_script(Path(fork["path"]))
    assert not script.required_records and len(script.text.splitlines()) <= 40
    steps, losses, theta, _ = _replayed(script.text, tmp_path)
    assert steps == list(range(1, FORK + 61))
    assert losses == parent["losses"][:FORK] + fork["losses"]
    assert theta == fork["theta"]


def test_a_fork_alone_begins_with_what_its_record_keeps(
    told: list[dict[str, Any]], tmp_path: Path
) -> None:
    fork = told[1]
    alone = Path(shutil.copy(fork["path"], tmp_path))
    script = export_script(alone)
    assert script.required_records == (alone.name,)
    assert f"run.restore({alone.name!r}, {FORK})" in script.text
    steps, losses, theta, _ = _replayed(script.text, tmp_path)
    assert steps[0] == FORK + 1 and losses == fork["losses"] and theta == fork["theta"]


def test_up_to_a_step_and_no_further(told: list[dict[str, Any]]) -> None:
    path = Path(told[0]["path"])
    assert export_script(path, 60).text.count("run.turn(") == 0
    assert "run.turn(61, lr=0.0123456789)\nrun.train(61)" in export_script(path, 61).text
    assert "run.train(0)" in export_script(path, 0).text
    assert export_script(path, 9999) == export_script(path)
    fork = Path(told[1]["path"])
    assert export_script(fork, 61).text == export_script(path, 61).text
    with pytest.raises(RecordError, match=r"begins at step 0; step -1 is before that"):
        export_script(fork, -1)


def test_a_lesson_and_foreign_weights_come_from_the_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from core.runtime import protocol as say

    theta = np.linspace(-1, 1, Replay(CHAPTER).run.arena.theta.size, dtype=np.float32)
    desk = Desk(CHAPTER, say.Origin(theta=theta))
    desk.train(10)
    desk.session.run.arena.theta[:] += 1
    desk.session._recorder.on_lesson()
    desk.train(10)
    told = desk.told()
    script = export_script(desk.path)
    assert script.required_records == (desk.path.name,)
    assert "no seed gives" in script.text and "a lesson: it cannot be given again" in script.text
    exec(compile(script.text, "script", "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert [float(line.split()[1]) for line in said[:-2]] == told["losses"]
    assert said[-1].split()[3] == told["theta"]


def test_names_in_a_record_never_become_code(told: list[dict[str, Any]], tmp_path: Path) -> None:
    """A record may come from anybody, and its script is run."""
    bad = '"""\nimport os; os.abort()\n"""\\'
    path = tmp_path / "'''\n\"\"\"; import os.sqlite3"
    shutil.copy(told[1]["path"], path)
    with sqlite3.connect(path) as file:
        file.execute(
            "UPDATE run SET versions = ?, parent_file = ?", (json.dumps({"data": bad}), bad)
        )
    file.close()
    allowed = ast.Module, ast.Expr, ast.Call, ast.Constant, ast.ImportFrom, ast.Assign, ast.Name
    allowed += ast.keyword, ast.alias, ast.Attribute, ast.Load, ast.Store
    tree = ast.parse(export_script(path).text)
    assert all(isinstance(node, allowed) for node in ast.walk(tree))
    (came,) = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert came.module == "core.share.replay"
    with sqlite3.connect(path) as file:
        file.execute("UPDATE knobs SET key = 'lr=0, x' WHERE key = 'lr'")
    file.close()
    with pytest.raises(RecordError, match="different settings now"):
        export_script(path)


def test_what_a_script_cannot_do_is_a_sentence() -> None:
    run = Replay(CHAPTER, lr=0.1)
    run.heard = lambda step: None
    run.train(3)
    with pytest.raises(LabError, match="Mini-batch 2 is over: this run is at 3"):
        run.turn(3, lr=0.2)
    with pytest.raises(LabError, match="cannot be read"):
        run.restore("absent.sqlite3", 3)
    with pytest.raises(LabError, match="no setting"):
        Replay(CHAPTER, colour=3)
    assert run.report(theta=run.weights_sha256()) and not run.report(theta="0")
