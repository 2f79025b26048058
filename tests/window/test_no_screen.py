"""Where no window can be shown, the terminal says why and what helps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lab
from tests.window.driven import ROOT
from tests.window.screen import homes

needs_x11 = pytest.mark.skipif(
    not all(lab.loads(library) for library in lab.libraries("xcb")),
    reason="Qt's libraries for X11 are not here",
)


def start(home: Path, code: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    program = f"{code}\nimport sys\nfrom hellodl_gui.__main__ import main\nsys.exit(main([]))"
    without = ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM", "XAUTHORITY")
    kept = {key: value for key, value in os.environ.items() if key not in without}
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=home,
        env=kept | homes(home) | {"PYTHONPATH": str(ROOT)} | variables,
    )  # fmt: skip


@needs_x11
def test_a_screen_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    done = start(tmp_path, DISPLAY=":987")
    assert done.returncode == 2
    assert "“:987”" in done.stderr and "ssh -X" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plugin_that_is_missing_is_said_with_its_cure(tmp_path: Path) -> None:
    done = start(tmp_path, DISPLAY=":987", QT_QPA_PLATFORM="nosuchplugin")
    assert done.returncode == 2
    assert "nosuchplugin" in done.stderr and "python3 lab.py" in done.stderr


def test_libraries_that_do_not_load_are_said_with_their_cure(tmp_path: Path) -> None:
    broken = """
import sys
class Broken:
    def find_spec(self, name, path=None, target=None):
        if name == "PySide6.QtWidgets":
            raise ImportError("libEGL.so.1: cannot open shared object file")
sys.meta_path.insert(0, Broken())
"""
    done = start(tmp_path, broken, DISPLAY=":987")
    assert done.returncode == 2
    assert "libEGL.so.1" in done.stderr and "python3 lab.py" in done.stderr
    assert "Traceback" not in done.stderr
