"""What is printed never fails for its signs, steers no terminal, and says where it cannot go."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli.tables import as_table, table
from core.io.safe_output import OutputError, say, say_json
from core.record.schema import SUFFIX

_NASTY = "a\x1b[31m\x1b]0;title\x07\u202egnp.exe\nb\rc\x9b2J\u2066d\ufeff\u200b"
_UNSEEN = set(_NASTY) - set("a[31m]0;titlegnp.exebc2Jd")
ROOT = Path(__file__).resolve().parents[3]


def console(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8", "cp437", "latin-1"])
def test_no_console_fails_for_a_sign(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = console(encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    words = "“Ärger” – 字 \udcff 5×5 −1 …"
    say(words)
    say_json({words: [words, float("nan"), float("inf"), 1.5]})
    lines = stream.buffer.getvalue().decode(encoding).splitlines()  # type: ignore[attr-defined]
    assert "rger" in lines[0] and "1" in lines[0]
    assert lines[1].isascii()
    ((key, values),) = json.loads(lines[1]).items()
    assert values == [key, None, None, 1.5] and "字" in key
    key.encode("utf-8")


def test_typography_becomes_plain_where_a_console_is(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = console("ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    say("“fast” – 5×5 → −1 …")
    assert stream.buffer.getvalue() == b'"fast" - 5x5 -> -1 ...\n'  # type: ignore[attr-defined]


def test_nothing_printed_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(_NASTY)
    say(_NASTY, aside=True)
    said = capsys.readouterr()
    assert not (set(said.out) | set(said.err)) & _UNSEEN - {"\n"}


def test_a_cell_of_a_table_stays_in_its_line() -> None:
    text = table(("file", "steps"), [(_NASTY, "1"), ("b", "2")])
    assert len(text.splitlines()) == 3 == text.count("\n") + 1
    assert not set(text) & _UNSEEN - {"\n"}


def test_a_run_with_a_nasty_name_is_one_clean_line(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("no such names here")
    (tmp_path / f"{_NASTY.replace('/', '')}{SUFFIX}").write_text("nothing")
    text = as_table(tmp_path)
    assert len(text.splitlines()) == 2 and not set(text) & _UNSEEN - {"\n"}


def test_a_stream_that_takes_no_more_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(OutputError, match="No space left"):
        say("x")
    monkeypatch.setattr(sys, "stderr", Full())
    say("x", aside=True)
    monkeypatch.setattr(sys, "stdout", None)
    say("x")


def _command(*words: str, **where: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "hellodl_gui", *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        **where,  # type: ignore[call-overload]
    )


@pytest.mark.parametrize("words", [("chapters",), ("chapters", "--json"), ("runs",)])
def test_a_full_disk_and_a_closed_pipe_are_sentences(words: tuple[str, ...]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    with open("/dev/full", "w") as full:
        command = _command(*words, stdout=full)
        _, told = command.communicate()
    assert command.returncode == 2 and told.startswith("hellodl: The result could not be written")
    assert "Traceback" not in told and "Exception" not in told
    reader, writer = os.pipe()
    os.close(reader)
    command = _command(*words, stdout=writer)
    os.close(writer)
    _, told = command.communicate()
    assert command.returncode == 1 and told == "hellodl: The result was not read to its end.\n"
    assert "Traceback" not in told and "Exception" not in told


def test_help_is_printed_on_a_console_of_few_signs() -> None:
    few = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = _command("train", "--help", stdout=subprocess.PIPE, env=few)
    out, told = command.communicate()
    assert command.returncode == 0 and "--engine" in out and "Traceback" not in told
