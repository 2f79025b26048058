"""What a person reads is written by `core.formatting`, not by a format of one's own."""

import io
import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Fractions and powers: what may come out as “-0.5”, “2e-05” or 25486.31.
HOME_MADE = re.compile(r"\{[^{}]*:[^{}:]*\.?\d*[gfeG]\}")

NOT_READ = {
    "hellodl_gui/services/svg.py",  # what a browser reads
    "hellodl_gui/panels/histograms.py",  # heads of a CSV
    "hellodl_gui/panels/quantise.py",  # the name of a file
    "hellodl_gui/filming.py",  # a whole percentage in a terminal
    "hellodl_gui/widgets/knob_control.py",  # a number rounded, not shown
}


def test_the_window_has_no_number_format_of_its_own() -> None:
    found = []
    for path in sorted((ROOT / "hellodl_gui").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in NOT_READ:
            continue
        source = path.read_text(encoding="utf-8")
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.STRING and HOME_MADE.search(token.string):
                found.append(f"{name}:{token.start[0]}: {token.string.strip()[:80]}")
    assert not found, "use core.formatting:\n" + "\n".join(found)
