"""`hellodl race` and `sweep`: results on stdout, progress on stderr, mistakes in one sentence."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from core.cli.search import parse_seeds
from core.errors import LabError
from core.record.reader import list_runs

ROOT = Path(__file__).resolve().parents[3]
QUICK = ["--steps", "40", "--workers", "2", "--validate-every", "20"]


def _object(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_a_race_as_json_and_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["race", "learning", "--set", "lr=0.1", "--set", "lr=1", "optimizer=momentum",
             "--seeds", "1..2", *QUICK]  # fmt: skip
    assert main([*words, "--json"]) == 0
    first, second = _object(capsys)["standings"]
    assert first["setting"] == {"lr": 0.1}
    assert second["setting"] == {"lr": 1.0, "optimizer": "momentum"}
    assert first["done"] == 2 and first["accuracy_spread"] > 0 and second["failed"] == 0
    assert [run["seed"] for run in first["runs"]] == [1, 2]
    assert all(run["steps"] == 40 and Path(run["record"]).exists() for run in first["runs"])
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert out.count("\n") == 3 and f"{first['accuracy']:.2%}" in out
    assert "lr=1 optimizer=momentum" in out
    assert err.count("done") == 4 and "run  4 of 4   seed=2 lr=1 optimizer=momentum" in err


def test_a_sweep_goes_on_under_its_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["sweep", "learning", "--vary", "lr=0.001..1", "--vary", "optimizer=sgd,adam",
             "--name", "mine", "--folder", str(tmp_path), *QUICK]  # fmt: skip
    assert main([*words, "--trials", "2", "--json"]) == 0
    found = _object(capsys)
    assert found["file"] == str(tmp_path / "mine.study") and len(found["trials"]) == 2
    best = min((t for t in found["trials"]), key=lambda t: t["loss"])
    assert found["best"] == best and best["values"]["optimizer"] in ("sgd", "adam")
    assert 0.001 <= best["values"]["lr"] <= 1 and Path(best["record"]).exists()
    assert main([*words, "--trials", "3"]) == 0
    out, err = capsys.readouterr()
    assert out.count("\n") == 4 and "run  3 of 3" in err and "run  1" not in err
    assert main([*words, "--method", "random"]) == 2
    assert "its method differ" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["race", "nine", "--set", "lr=1"], "no chapter “nine”"),
        (["race", "digits", "--set", "lr"], "Write NAME=VALUE"),
        (["race", "digits", "--set", "speed=1"], "no setting “speed”"),
        (["race", "digits", "--set", "lr=1", "--seeds", "a"], "are no seeds"),
        (["race", "digits", "--set", "lr=1", "--seeds", "3..1"], "at least one seed"),
        (["race", "digits", "--set", "lr=1", "--speed", "3"], "no setting “speed”"),
        (["race", "digits", "--set", "lr=1", "--steps", "0"], "0 mini-batches"),
        (["sweep", "digits", "--vary", "lr"], "NAME=LOW..HIGH"),
        (["sweep", "digits", "--vary", "lr=0.1..1", "--name", "a/b"], "cannot be the name"),
        (["sweep", "digits", "--vary", "lr=0.1..1", "--goal", "fun"], "“fun” is not known"),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and told in err


@pytest.mark.skipif(os.name == "nt", reason="groups of processes are interrupted otherwise there")
def test_ctrl_c_ends_everything_quietly_and_leaves_valid_films(tmp_path: Path) -> None:
    words = ["race", "digits", "--set", "lr=1e-6", "--set", "lr=1e-5", "--epochs", "100",
             "--workers", "2"]  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "hellodl_gui", *words], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        env={**os.environ, "HELLODL_HOME": str(tmp_path)},
    ) as race:  # fmt: skip
        assert race.stderr is not None
        while "step" not in (line := race.stderr.readline()):
            assert line, "it ended by itself"
        os.killpg(race.pid, signal.SIGINT)
        out, err = race.communicate(timeout=240)
    assert race.returncode == 130 and out == ""
    assert "Traceback" not in err and err.endswith("hellodl: stopped.\n")
    runs = list_runs(tmp_path / "data" / "runs")
    assert runs and not any(run.problem for run in runs)


def test_seeds_are_written_either_way() -> None:
    assert parse_seeds("1,5") == [1, 5] and parse_seeds("2..4") == [2, 3, 4]
    assert parse_seeds(None) is None
    with pytest.raises(LabError, match="1,2,3 or 1"):
        parse_seeds("1..b")
