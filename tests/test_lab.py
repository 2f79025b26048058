"""The launcher: what it installs, when, and what it says where it cannot go on."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

import lab

SOURCE = Path(lab.__file__)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the set-up files and an environment that looks whole."""
    for name in lab.SETUP_FILES:
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(lab, "HERE", tmp_path)
    monkeypatch.setattr(lab, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(lab, "STAMP", tmp_path / ".venv" / "installed.txt")
    lab.venv_python().parent.mkdir(parents=True)
    lab.venv_python().touch()
    monkeypatch.setattr(lab, "has_pip", lambda: True)
    return tmp_path


@pytest.fixture
def targets(place: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What pip was asked to install, call by call."""
    found: list[str] = []
    monkeypatch.setattr(lab, "run_pip", lambda *words: found.append(words[-1]))
    return found


@pytest.fixture
def bare_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """No library, no font, not root, no package manager."""
    monkeypatch.setattr(lab, "loads", lambda library: False)
    monkeypatch.setattr(lab, "has_fonts", lambda: False)
    monkeypatch.setattr(lab, "is_root", lambda: False)
    monkeypatch.setattr(shutil, "which", lambda name: None)


def _only(manager: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/{name}" if name == manager else None)


def test_it_needs_the_standard_library_only() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    imported = {
        a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names
    }
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_an_old_python_can_read_the_file_and_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 7))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert lab.main([]) == 1
    assert "needs Python 3.11 or newer; this is Python 3.9." in capsys.readouterr().err


def test_a_file_alone_in_a_folder_says_what_is_missing(tmp_path: Path) -> None:
    shutil.copy(SOURCE, tmp_path)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "lab.py"), "chapters"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "pyproject.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_start_installs_nothing(targets: list[str], place: Path) -> None:
    lab.install(())
    lab.install(())
    assert targets == [str(place)]


def test_the_tests_tools_come_once_and_stay(targets: list[str], place: Path) -> None:
    lab.install(())
    lab.install(("dev",))
    lab.install(())
    lab.install(("dev",))
    assert targets == [str(place), f"{place}[dev]"]


@pytest.mark.parametrize("name", lab.SETUP_FILES)
def test_changed_versions_are_installed_with_the_same_extras(
    targets: list[str], place: Path, name: str
) -> None:
    lab.install(("dev",))
    (place / name).write_text("numpy==3")
    lab.install(())
    lab.install(())
    assert targets == [f"{place}[dev]"] * 2


def test_a_moved_folder_is_installed_again(
    targets: list[str], place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lab.install(())
    moved = tmp_path / "moved"
    shutil.copytree(place, moved, ignore=shutil.ignore_patterns("moved"))
    monkeypatch.setattr(lab, "HERE", moved)
    monkeypatch.setattr(lab, "STAMP", moved / ".venv" / "installed.txt")
    lab.install(())
    assert targets == [str(place), str(moved)]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, lab.SetupError])
def test_an_interrupted_install_is_done_again(
    targets: list[str], monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    def interrupted(*words: str) -> None:
        raise stop

    lab.install(())
    with monkeypatch.context() as patch:
        patch.setattr(lab, "run_pip", interrupted)
        with pytest.raises(stop):
            lab.install(("dev",))
    lab.install(())
    assert len(targets) == 2


def test_a_damaged_stamp_is_no_stamp(targets: list[str]) -> None:
    lab.install(())
    lab.STAMP.write_bytes(b"\xff\xfe\0")
    lab.install(())
    assert len(targets) == 2


def test_a_broken_environment_is_made_again(
    targets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bool] = []
    monkeypatch.setattr(lab, "has_pip", lambda: False)
    monkeypatch.setattr(lab, "make_environment", lambda: made.append(True))
    lab.install(())
    assert made and targets


def test_an_interpreter_without_pip_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "venv_python", lambda: tmp_path / "python")
    assert not lab.has_pip()
    monkeypatch.setattr(lab, "venv_python", lambda: Path(sys.executable))
    assert lab.has_pip()


def test_where_no_environment_can_be_made_the_reason_is_said(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "VENV", place / "pyproject.toml" / ".venv")
    with pytest.raises(lab.SetupError, match=r"(?s)no environment could be made.*writable"):
        lab.make_environment()


def test_pip_that_fails_shows_its_words_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "venv_python", lambda: Path(sys.executable))
    with pytest.raises(lab.SetupError, match=r"(?s)no-such-command.*network"):
        lab.run_pip("no-such-command")


def test_windows_keeps_its_interpreter_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "os", SimpleNamespace(name="nt"))
    assert lab.venv_python().parts[-2:] == ("Scripts", "python.exe")
    monkeypatch.setattr(lab, "os", SimpleNamespace(name="posix"))
    assert lab.venv_python().parts[-2:] == ("bin", "python")


@pytest.mark.parametrize(
    ("environment", "testing", "platform"),
    [
        ({}, False, "offscreen"),
        ({"DISPLAY": ":0"}, False, "xcb"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, False, "wayland"),
        ({"DISPLAY": ":0"}, True, "offscreen"),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "vnc"}, True, "vnc"),
    ],
)
def test_the_platform_follows_wish_then_desktop(
    environment: dict[str, str], testing: bool, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert lab.qt_platform(environment, testing) == platform


def test_other_systems_always_have_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert lab.qt_platform({}) == "native"


def test_each_platform_asks_for_its_own_libraries() -> None:
    assert set(lab.libraries("offscreen")) == set(lab.ALWAYS)
    assert "libxcb-cursor.so.0" in lab.libraries("xcb")
    assert "libwayland-client.so.0" in lab.libraries("wayland;xcb")
    assert "libxcb-cursor.so.0" not in lab.libraries("wayland")


@pytest.mark.parametrize(
    ("manager", "root", "command"),
    [
        ("apt-get", False, "Run: sudo sh -c 'apt-get update && apt-get install -y libegl1 libgl1'"),
        ("apt-get", True, "Run: apt-get update && apt-get install -y libegl1 libgl1"),
        ("dnf", False, "Run: sudo dnf install mesa-libEGL mesa-libGL"),
        ("pacman", False, "Run: sudo pacman -S libglvnd"),
        (None, False, "Debian calls their packages libegl1, libgl1. Please install yours."),
    ],
)
def test_the_exact_command_is_said(
    manager: str | None, root: bool, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "is_root", lambda: root)
    missing = [lab.ALWAYS["libEGL.so.1"], lab.ALWAYS["libGL.so.1"]]
    assert lab.how_to_install(manager, missing) == command


@pytest.mark.usefixtures("bare_linux")
@pytest.mark.parametrize("manager", ["apt-get", "dnf", "pacman", "unknown"])
def test_missing_libraries_stop_with_advice(manager: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _only(manager, monkeypatch)
    with pytest.raises(lab.SetupError, match=r"libegl|libEGL|libglvnd"):
        lab.provide_libraries("offscreen")


@pytest.mark.usefixtures("bare_linux", "targets")
def test_one_command_names_all_that_the_system_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _only("apt-get", monkeypatch)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(lab, "venv_python", lambda: Path("/nowhere/python"))
    assert lab.main(["shots", "tour"]) == 1
    (command,) = [line for line in capsys.readouterr().err.splitlines() if "apt-get" in line]
    assert f"python3.{sys.version_info[1]}-venv" in command
    assert "libegl1" in command and "fonts-dejavu-core" in command


@pytest.mark.usefixtures("bare_linux")
def test_root_on_debian_gets_them_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        calls.append(command)
        return SimpleNamespace(returncode=0, stderr="")

    _only("apt-get", monkeypatch)
    monkeypatch.setattr(lab, "is_root", lambda: True)
    monkeypatch.setattr(subprocess, "run", run)
    lab.provide_libraries("offscreen")
    assert [call[:2] for call in calls] == [["apt-get", "update"], ["apt-get", "install"]]
    assert {"libegl1", "libdbus-1-3", "fonts-dejavu-core"} <= set(calls[1])


@pytest.mark.usefixtures("bare_linux")
def test_an_apt_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    _only("apt-get", monkeypatch)
    monkeypatch.setattr(lab, "is_root", lambda: True)
    failed = SimpleNamespace(returncode=100, stderr="E: no network")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(lab.SetupError, match=r"(?s)update failed.*no network.*install -y libegl1"):
        lab.provide_libraries("offscreen")


@pytest.mark.usefixtures("bare_linux")
def test_a_missing_font_is_a_hint_and_no_obstacle(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _only("dnf", monkeypatch)
    monkeypatch.setattr(lab, "loads", lambda library: True)
    lab.provide_libraries("offscreen")
    assert "Run: sudo dnf install dejavu-sans-fonts" in capsys.readouterr().err


def test_a_font_is_found_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "FONT_FOLDERS", (str(tmp_path / "none"), str(tmp_path)))
    assert not lab.has_fonts()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "Sans.TTF").touch()
    assert lab.has_fonts()


def test_a_library_that_is_not_there_is_seen() -> None:
    assert not lab.loads("libno-such-library.so.0")


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing is installed; which platforms were checked, and then the command handed over."""
    found: list[str] = []

    def hand_over(command: Sequence[str]) -> int:
        found.append(" ".join(command[1:]))
        return 0

    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(lab, "install", lambda extras: None)
    monkeypatch.setattr(lab, "provide_libraries", found.append)
    monkeypatch.setattr(lab, "hand_over", hand_over)
    return found


def test_without_a_screen_the_tour_is_offered(
    checks: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert lab.main([]) == 2
    assert checks == ["offscreen"]
    error = capsys.readouterr().err
    assert "no screen" in error
    assert "python3 lab.py shots FOLDER" in error


def test_with_a_screen_the_window_opens(checks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    assert lab.main([]) == 0
    assert checks == ["xcb", "-m hellodl_gui"]


def test_commands_without_a_window_ask_for_no_library(checks: list[str]) -> None:
    assert lab.main(["train", "digits", "--epochs", "1"]) == 0
    assert lab.main(["--help"]) == 0
    assert checks == ["-m hellodl_gui train digits --epochs 1", "-m hellodl_gui --help"]


def test_pictures_need_the_libraries_but_no_screen(checks: list[str]) -> None:
    assert lab.main(["shots", "tour"]) == 0
    assert checks == ["offscreen", "-m hellodl_gui shots tour"]


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "goes on from here"),
        (OSError(30, "Read-only file system", ".venv"), 1, "Read-only file system"),
        (lab.SetupError("apt is busy"), 1, "apt is busy"),
    ],
)
def test_a_stopped_set_up_ends_with_a_sentence(
    checks: list[str],
    fault: BaseException,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def install(extras: Sequence[str]) -> None:
        raise fault

    monkeypatch.setattr(lab, "install", install)
    assert lab.main([]) == code
    assert words in capsys.readouterr().err
    assert checks == ["offscreen"], "no command is handed over"


def test_the_suite_runs_in_the_folder_of_the_lab_without_a_screen(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "import os; open('ran', 'w').write(os.environ['QT_QPA_PLATFORM'])"
    (place / "pytest.py").write_text(script)
    monkeypatch.setattr(lab, "venv_python", lambda: Path(sys.executable))
    assert lab.run_tests([], "offscreen") == 0
    assert (place / "ran").read_text() == "offscreen"
