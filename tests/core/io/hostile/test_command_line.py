"""A bad file on the command line: exit code 2 and one sentence on stderr."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli.main import main
from tests.core.io.hostile.kit import encoded
from tests.core.io.hostile.networks import whole_weights

ROOT = Path(__file__).resolve().parents[4]


def _bad(folder: Path) -> dict[str, Path]:
    """Bad files and places by name."""
    contents = {
        "empty": b"",
        "text": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "half": encoded("JPEG")[:300],
        "begun": b"\x08\0\0\0\0\0\0\0",
        "two\nlines\x1b[31m": b"no photo",
        "page.hdlpage": b"PK\x05\x06" + bytes(18),
    }
    found = {name: folder / name for name in (*contents, "gone", "folder", "pipe", "circle")}
    for name, content in contents.items():
        found[name].write_bytes(content)
    found["folder"].mkdir()
    found["circle"].symlink_to(found["circle"])
    if hasattr(os, "mkfifo"):
        os.mkfifo(found["pipe"])
    return found


@pytest.mark.parametrize(
    "words",
    [
        ("read", "{}"),
        ("read", "none.jpg", "--chapter", "learning", "--weights", "{}"),
        ("train", "learning", "--load", "{}"),
    ],
    ids=["read", "weights", "load"],
)
def test_a_bad_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    for name, path in _bad(tmp_path).items():
        assert main([word.format(path) for word in words]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("hellodl: ") and err.endswith(".\n")
        assert err.count("\n") == 1 and "\x1b" not in err
        assert not name.isprintable() or name in err


def test_from_a_shell_too(tmp_path: Path) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(b"\xff" * 64)
    for words in (("train", "learning", "--load", str(path)), ("read", str(path))):
        command = [sys.executable, "-m", "hellodl_gui", *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("hellodl: ") and "bad.safetensors" in done.stderr
        assert done.stderr.count("\n") == 1


def test_weights_of_another_chapter_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = whole_weights(tmp_path)
    assert main(["train", "digits", "--load", str(weights)]) == 2
    assert "choose the chapter" in capsys.readouterr().err.lower()


def test_training_goes_on_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that has reached its goal is there at the first look at the test set."""
    weights = tmp_path / "w.safetensors"
    assert main(["train", "learning", "--save", str(weights)]) == 0
    looks = capsys.readouterr().err.count("test set")
    assert main(["train", "learning", "--load", str(weights)]) == 0
    assert capsys.readouterr().err.count("test set") < looks / 4
