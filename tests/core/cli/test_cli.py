"""The command line: results on stdout, progress on stderr, every mistake in one sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

from core.chapters.registry import chapters
from core.cli.main import knob_texts, main
from core.errors import LabError
from core.kernels.engine import use_engine
from core.kernels.threads import set_threads
from core.paths import resource


def _wrong(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one sentence a command says when it refuses."""
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("hellodl: ")
    assert err.count("\n") == 1
    return err


def _last_object(text: str) -> dict[str, Any]:
    found = json.loads(text.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_chapters_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chapters", "--json"]) == 0
    listing = json.loads(capsys.readouterr().out)
    assert [entry["key"] for entry in listing] == [chapter.key for chapter in chapters()]
    digits = next(entry for entry in listing if entry["key"] == "digits")
    assert digits["number"] == 4
    assert digits["knobs"]["optimizer"] == "momentum"
    assert "Adam" in digits["experiments"]


def test_chapters_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chapters"]) == 0
    out = capsys.readouterr().out
    assert all(chapter.key in out and chapter.title in out for chapter in chapters())


def test_the_result_is_the_last_line_of_stdout() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hellodl_gui", "train", "three-or-seven", "--json"],
        capture_output=True, text=True, cwd=Path(__file__).resolve().parents[3],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = _last_object(done.stdout)
    assert 0.95 <= result["test_accuracy"] <= 1
    assert 0.5 < result["accuracy_at_zero_bias"] < result["test_accuracy"]
    assert result["loss"] > 0
    tested = {"loss": result["loss"], "accuracy": result["test_accuracy"]}
    assert result["metrics"]["test"] == tested
    assert set(result["metrics"]["train"]) == {"loss", "accuracy"}
    assert result["seconds"] > 0
    assert result["samples_per_second"] > 0
    assert len(result["theta"]) == 64
    assert "test set" in done.stderr


def test_training_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "learning", "--lr", "0.1", "--seed=3"]) == 0
    out, err = capsys.readouterr()
    assert "on the test set accuracy " in out and ", loss " in out
    assert out.count("\n") == 1
    assert "accuracy" in err and "test set" in err


def test_a_regression_has_its_own_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "line", "--epochs", "1", "--validate-every", "50"]
    assert main([*words, "--json"]) == 0
    result = _last_object(capsys.readouterr().out)
    test, train = result["metrics"]["test"], result["metrics"]["train"]
    assert (test["r2"], test["mae"]) == (result["test_r2"], result["test_mae"])
    assert set(test) == {"loss", "r2", "mae"} and set(train) == {"loss", "mae"}
    assert "test_accuracy" not in result
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert "on the test set R² 0." in out and "mean absolute error" in err and "%" not in out


def test_an_experiment_with_a_knob_turned(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "three-or-seven", "--experiment", "4 or 9?", "--batch-size", "1000", "--json"]
    assert main(words) == 0
    knobs = _last_object(capsys.readouterr().out)["knobs"]
    assert (knobs["first"], knobs["second"], knobs["batch_size"]) == ("4", "9", "1000")


def test_the_engine_is_chosen_and_recorded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "weights.safetensors"
    words = ["train", "learning", "--engine", "reference", "--threads=2", "--json"]
    with use_engine("fast"):
        assert main([*words, "--save", str(file)]) == 0
        set_threads(1)
    result = _last_object(capsys.readouterr().out)
    assert (result["engine"], result["threads"]) == ("reference", 2)
    with safe_open(file, "numpy") as weights:
        card = json.loads(weights.metadata()["card"])
    assert (card["engine"], card["threads"]) == ("reference", 2)


@pytest.mark.parametrize(
    ("words", "told"),
    [(("--engine", "torch"), "no engine “torch”"), (("--threads", "8"), "8 cores cannot")],
)
def test_an_engine_that_is_not_there(
    capsys: pytest.CaptureFixture[str], words: tuple[str, str], told: str
) -> None:
    assert told in _wrong(capsys, "train", "learning", *words)


def test_weights_are_saved_and_read_with(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    weights = tmp_path / "w.safetensors"
    assert main(["train", "learning", "--save", str(weights)]) == 0
    capsys.readouterr()
    page = str(resource("pages/digits.jpg"))
    words = ["read", page, "--chapter", "learning", "--weights", str(weights), "--json"]
    assert main(words) == 0
    found = _last_object(capsys.readouterr().out)
    assert found["boxes"]
    assert {box["char"] for box in found["boxes"]} <= {"3", "7"}


def test_weights_that_cannot_be_saved(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["train", "three-or-seven", "--save", str(tmp_path / "no" / "w.safetensors")]
    assert main(words) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("hellodl: The weights could not be written to")


def test_a_page_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["read", str(resource("pages/digits.jpg")), "--chapter", "digit-kernels", "--json"]
    assert main(words) == 0
    found = _last_object(capsys.readouterr().out)
    assert set(found) >= {"text", "lines", "boxes"}
    for box in found["boxes"]:
        assert set(box) >= {"x", "y", "w", "h", "char", "p", "alternatives"}
        assert len(box["alternatives"]) == 2


@pytest.mark.parametrize("rate", ["nan", "NaN", "inf", "-1", "0", "fast", ""])
def test_a_bad_learning_rate(capsys: pytest.CaptureFixture[str], rate: str) -> None:
    assert "Learning rate" in _wrong(capsys, "train", "learning", f"--lr={rate}")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["train", "nine"], "no chapter “nine”. The chapters are: three-or-seven"),
        (["train", "digits", "--speed", "3"], "no setting “speed”. This chapter has: lr"),
        (["train", "digits", "--optimizer", "rms"], "Choose one of: sgd, momentum, nesterov"),
        (["train", "digits", "--lr"], "--lr needs a value."),
        (["train", "digits", "fast"], "“fast” is not understood"),
        (["train", "digits", "--experiment", "Eve"], "no experiment “Eve”. It has: “The original"),
        (["train", "three-or-seven", "--first", "7"], "Choose different classes"),
        (["chapters", "--all"], "“--all” is not understood. See: hellodl --help"),
        (["read", "no-such-page.jpg"], "no-such-page.jpg"),
        (["read", __file__], "test_cli.py"),
        (["read", "no-such-page.jpg", "--chapter", "nine"], "no chapter “nine”"),
        (["read", "no-such-page.jpg", "--chapter", "learning"], "train it first"),
        (["read", "no-such-page.jpg", "--weights", __file__], "cannot be read as safetensors"),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], words: list[str], answer: str) -> None:
    assert answer in _wrong(capsys, *words)


def test_from_a_shell_a_mistake_shows_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hellodl_gui", "train", "digits", "--lr", "nan"],
        capture_output=True, text=True, cwd=Path(__file__).resolve().parents[3],
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "hellodl: Learning rate: “nan” is not a number. Choose a number from 10⁻⁶ to 2.\n"
    )


@pytest.mark.parametrize("words", [["dance"], ["train"], ["read"]])
def test_a_command_half_given_shows_how(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "usage: hellodl" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_reader_that_goes_away_ends_it_with_one_sentence(how: str) -> None:
    command = [sys.executable, "-m", "hellodl_gui", "chapters"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command, stdout=writing, stderr=subprocess.PIPE, text=True,
        cwd=Path(__file__).resolve().parents[3], env={**os.environ, "PYTHONUNBUFFERED": how},
    )  # fmt: skip
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr == "hellodl: The result was not read to its end.\n"


def test_knobs_may_be_written_either_way() -> None:
    assert knob_texts(["--lr", "0.1", "--batch-size=32", "--bias", "-3"]) == {
        "lr": "0.1", "batch_size": "32", "bias": "-3",
    }  # fmt: skip
    with pytest.raises(LabError, match="-x"):
        knob_texts(["-x", "1"])
