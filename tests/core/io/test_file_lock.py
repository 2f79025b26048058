"""Two processes that change the same file lose nothing of each other's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.data.handwriting import HandwritingFile
from core.io.file_lock import locked
from core.record.library import Catalog

_COUNT = 40
_WRITER = """
import sys
from pathlib import Path
import numpy as np
from core.data.handwriting import HandwritingFile
from core.record.library import Catalog

who, folder = sys.argv[1], Path(sys.argv[2])
writing, catalog = HandwritingFile(folder / "handwriting.npz"), Catalog(folder / "runs.json")
picture = np.full((28, 28), ord(who), np.uint8)
print("ready", flush=True)
sys.stdin.readline()
for number in range({count}):
    writing.add(picture, who, f"{{who}} {{number}}")
    if number % 4 == 0:
        catalog.put("run", catalog["run"].with_tag(f"{{who}}{{number}}"))
"""


def test_two_processes_teach_forty_letters_each_and_eighty_are_there(tmp_path: Path) -> None:
    code = _WRITER.format(count=_COUNT)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, who, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for who in "ab"
    ]
    for writer in both:
        assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    for writer in both:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in both:
        writer.communicate()
        assert writer.returncode == 0
    samples = HandwritingFile(tmp_path / "handwriting.npz").all()
    assert len(samples) == 2 * _COUNT
    assert len({sample.number for sample in samples}) == 2 * _COUNT
    for who in "ab":
        own = [sample.origin for sample in samples if sample.label == who]
        assert own == [f"{who} {number}" for number in range(_COUNT)]
    assert len(Catalog(tmp_path / "runs.json")["run"].tags) == 2 * len(range(0, _COUNT, 4))


def test_who_waits_too_long_hears_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with locked(path), pytest.raises(OSError, match="another program"), locked(path, patience=0.01):
        pass
    with locked(path, patience=0.01):
        pass


def test_a_folder_that_takes_no_files_keeps_nobody_out(tmp_path: Path) -> None:
    with locked(tmp_path / "absent" / "file"):
        pass
    if os.name == "posix" and os.geteuid() != 0:
        tmp_path.chmod(0o500)
        with locked(tmp_path / "file"):
            pass
        tmp_path.chmod(0o700)
