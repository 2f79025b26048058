"""The launcher: what it finds missing, what it says, and that it does not do things twice."""

import subprocess
import sys
from pathlib import Path

import pytest

import lab


def test_the_stamp_changes_with_what_is_to_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in lab.SETUP_FILES:
        (tmp_path / name).write_text("one")
    monkeypatch.setattr(lab, "HERE", tmp_path)
    before = lab.fingerprint()
    assert lab.fingerprint() == before
    (tmp_path / "constraints.txt").write_text("two")
    assert lab.fingerprint() != before


def test_a_finished_install_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.touch()
    monkeypatch.setattr(lab, "VENV", tmp_path)
    monkeypatch.setattr(lab, "venv_python", lambda: python)
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(lab, "run_pip", lambda *words: ran.append(words))
    lab.install(())
    lab.install(())
    assert len(ran) == 1
    lab.install(("dev",))
    assert len(ran) == 2 and ran[1][-1].endswith("[dev]")


def test_an_interrupted_install_is_redone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.touch()
    monkeypatch.setattr(lab, "VENV", tmp_path)
    monkeypatch.setattr(lab, "venv_python", lambda: python)

    def fail(*words: str) -> None:
        raise lab.SetupError("no network")

    monkeypatch.setattr(lab, "run_pip", fail)
    with pytest.raises(lab.SetupError):
        lab.install(())
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(lab, "run_pip", lambda *words: ran.append(words))
    lab.install(())
    assert ran


def test_without_root_the_exact_command_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(lab.shutil, "which", lambda tool: f"/usr/bin/{tool}")
    monkeypatch.setattr(lab, "missing_libraries", lambda: [lab.ALWAYS["libEGL.so.1"]])
    with pytest.raises(lab.SetupError, match=r"sudo sh -c 'apt-get update .* libegl1'"):
        lab.provide_libraries()


@pytest.mark.parametrize(("tool", "package"), [("dnf", "mesa-libEGL"), ("pacman", "libglvnd")])
def test_other_systems_get_their_own_command(
    monkeypatch: pytest.MonkeyPatch, tool: str, package: str
) -> None:
    monkeypatch.setattr(lab.shutil, "which", lambda name: name if name == tool else None)
    monkeypatch.setattr(lab, "missing_libraries", lambda: [lab.ALWAYS["libEGL.so.1"]])
    with pytest.raises(lab.SetupError, match=f"sudo {tool} .*{package}"):
        lab.provide_libraries()


def test_x11_libraries_are_asked_for_only_with_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "loads", lambda library: False)
    monkeypatch.setattr(lab, "has_fonts", lambda: True)
    monkeypatch.delenv("DISPLAY", raising=False)
    without = lab.missing_libraries()
    monkeypatch.setenv("DISPLAY", ":0")
    assert len(lab.missing_libraries()) > len(without) == len(lab.ALWAYS)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can lack a screen")
def test_no_screen_is_said_in_a_sentence_that_offers_the_tour() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hellodl_gui"],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin", "HOME": "/nonexistent"},
        cwd=Path(lab.__file__).parent,
    )
    assert done.returncode == 2
    assert "no screen" in done.stderr and "shots" in done.stderr
    assert "Traceback" not in done.stderr
