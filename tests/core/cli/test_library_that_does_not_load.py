"""A library that does not load ends a command with a sentence."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_a_numba_that_does_not_load_is_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "numba.py").write_text('raise ImportError("Numba needs NumPy 2.2 or less")')
    there = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "HELLODL_HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "hellodl_gui", "train", "learning"],
        env=os.environ | there, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert ended.returncode == 2 and not ended.stdout
    assert "Traceback" not in ended.stderr
    assert "Numba needs NumPy 2.2 or less" in ended.stderr and "Install again" in ended.stderr
