"""Who may import whom, and what an import may load."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_imports_only_point_down() -> None:
    _python("from importlinter.cli import lint_imports_command as run; run(['--no-cache'])")


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("hellodl_gui.__main__", {"PySide6", "numba", "numpy", "cv2"}),
        ("hellodl_gui.application", {"PySide6", "numba"}),
        ("core.runtime.protocol", {"PySide6", "numba"}),
        ("core.runtime.worker", {"PySide6", "numba"}),
        ("core.chapters.registry", {"PySide6", "numba"}),
        ("core.ocr.page", {"PySide6", "numba"}),
        ("core.nn", {"PySide6", "numba"}),
        ("core.cli.main", {"PySide6", "numba"}),
    ],
)
def test_an_import_loads_nothing_heavy(module: str, forbidden: set[str]) -> None:
    loaded = _python(f"import {module}, sys; print(*sys.modules)").split()
    assert module in loaded
    assert not forbidden & set(loaded)


def test_an_import_starts_no_thread_and_no_shared_memory() -> None:
    found = _python(
        "import threading, sys\n"
        "import core.runtime.worker, core.runtime.session, core.chapters.registry\n"
        "print(threading.active_count(), 'multiprocessing.resource_tracker' in sys.modules and\n"
        "      sys.modules['multiprocessing.resource_tracker']._resource_tracker._pid)"
    )
    assert found.split() in (["1", "None"], ["1", "False"])


def test_every_dependency_has_one_tested_version_inside_its_range() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    pins = {canonicalize_name(name): version for name, version in (x.split("==") for x in lines)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None, True and False never die there")
def test_signals_keep_the_count_of_none_and_true() -> None:
    _python(
        "import sys\n"
        "from PySide6.QtCore import QObject, Signal\n"
        "class Bell(QObject):\n"
        "    rings = Signal(bool)\n"
        "bell = Bell()\n"
        "bell.rings.connect(lambda on: None)\n"
        "before = sys.getrefcount(None), sys.getrefcount(True)\n"
        "for _ in range(5_000):\n"
        "    bell.rings.emit(True)\n"
        "after = sys.getrefcount(None), sys.getrefcount(True)\n"
        "assert all(a > b - 1_000 for a, b in zip(after, before)), (before, after)\n"
    )
