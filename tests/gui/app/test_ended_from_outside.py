"""A window that is asked to end, as when a person logs out, ends at once and asks nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
import sys
from PySide6.QtCore import QTimer
import hellodl_gui.app.main_window as module

launch = module.MainWindow.launch

def launched(self):
    launch(self)
    self.open_sample_page()

    def look():
        document = self.page.document
        if document.boxes:
            looking.stop()
            self.page.editor.select_all()
            self.page.editor.type_char("x")
            print("changed", not self.page.editor.undo.isClean(), flush=True)

    looking = QTimer(self)
    looking.timeout.connect(look)
    looking.start(20)

module.MainWindow.launch = launched
from hellodl_gui.__main__ import main
if __name__ == "__main__":
    sys.exit(main([]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_a_window_with_a_changed_page_ends_without_a_question_and_keeps_the_change(
    tmp_path: Path,
) -> None:
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    ours = {"HELLODL_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=ROOT, text=True, stdout=subprocess.PIPE,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | ours,
    ) as window:  # fmt: skip
        assert window.stdout is not None
        try:
            assert window.stdout.readline() == "changed True\n"
            window.send_signal(signal.SIGTERM)
            assert window.wait(120) == 0
        finally:
            window.kill()
    kept = [path for path in (tmp_path / "home" / "data").rglob("*page*") if path.stat().st_size]
    assert kept, "to be offered at the next start"
