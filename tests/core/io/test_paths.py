"""Where the lab's files lie when their usual place cannot be used: commands do what they can."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from core import paths
from core.errors import LabError, ResourceError
from core.io import temporary_folder

_NO_FOLDER = "/dev/null/home"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary folders come to lie."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv(paths._TEMPORARY, "")
    yield folder
    for made in list(temporary_folder._held):
        if made.is_relative_to(tmp_path):
            temporary_folder._remove(made, os.getpid())


def _command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = {k: v for k, v in os.environ.items() if k not in ("HELLODL_HOME", "HOME")}
    return subprocess.run(
        [sys.executable, "-m", "hellodl_gui", *words],
        env=ours | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_folder_that_cannot_be_made_is_replaced_by_a_temporary_one_said_once(
    monkeypatch: pytest.MonkeyPatch, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HELLODL_HOME", _NO_FOLDER)
    found = paths.cache_dir("numba"), paths.config_dir(), paths.data_dir("runs")
    assert all(folder.is_dir() and folder.is_relative_to(temporary) for folder in found)
    assert len(set(found)) == 3
    assert len(caplog.records) == 1
    assert "Not a directory" in caplog.text
    assert "HELLODL_HOME" in paths.temporary_home_notice()


def test_a_folder_that_is_there_is_used_though_nothing_can_be_written(tmp_path: Path) -> None:
    code = (
        "import core.paths, pathlib; wanted = core.paths.data_dir('runs');"
        "print(wanted, bool(core.paths.temporary_home_notice()))"
    )
    runs = tmp_path / "home" / "data" / "runs"
    runs.mkdir(parents=True)
    runs.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HELLODL_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(runs), "False"]


def test_without_room_for_even_a_temporary_folder_a_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HELLODL_HOME", _NO_FOLDER)
    monkeypatch.setattr(tempfile, "tempdir", _NO_FOLDER)
    with pytest.raises(ResourceError, match="Set HELLODL_HOME to a folder") as caught:
        paths.data_dir()
    assert isinstance(caught.value, LabError) and isinstance(caught.value, OSError)


def test_a_user_without_a_home_gets_a_temporary_folder(
    monkeypatch: pytest.MonkeyPatch, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def nobody(*_: object, **__: object) -> str:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.delenv("HELLODL_HOME")
    monkeypatch.setattr(platformdirs, "user_data_dir", nobody)
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: "~/.cache")
    assert paths.data_dir().is_relative_to(temporary)
    assert paths.cache_dir().is_relative_to(temporary)
    assert "no home folder is known" in caplog.text


@pytest.mark.parametrize("home", ["/proc/nobody", _NO_FOLDER])
def test_a_command_works_and_says_once_that_nothing_is_kept(home: str) -> None:
    done = _command("runs", "--json", HOME=home)
    assert (done.returncode, done.stdout.strip()) == (0, "[]")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("hellodl: ")


def test_a_temporary_folder_goes_with_the_program(temporary: Path) -> None:
    _command("runs", HOME=_NO_FOLDER)
    assert not list(temporary.iterdir())


def test_the_temporary_folder_of_a_killed_program_goes_at_the_next_start(temporary: Path) -> None:
    code = (
        "import os; from core.io.temporary_folder import temporary_folder; "
        "temporary_folder(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], env=os.environ, check=False)
    others = temporary / "hellodl-of-somebody-else"
    others.mkdir()
    used = temporary_folder.temporary_folder()
    assert len(list(temporary.iterdir())) == 3
    temporary_folder.remove_abandoned_folders()
    assert set(temporary.iterdir()) == {others, used}


def test_a_scratch_folder_goes_when_its_work_is_over(temporary: Path) -> None:
    with temporary_folder.scratch_folder() as folder:
        (folder / "film").mkdir()
        assert folder.is_relative_to(temporary)
    assert not list(temporary.iterdir())


def test_importing_makes_no_folder(tmp_path: Path) -> None:
    modules = (
        "core.cli.main, core.kernels.numba, core.runtime.worker, core.ocr.page, "
        "hellodl_gui.application"
    )
    home = tmp_path / "home"
    subprocess.run(
        [sys.executable, "-c", f"import {modules}"],
        env=os.environ | {"HELLODL_HOME": str(home)},
        check=True,
    )
    assert not home.exists()
