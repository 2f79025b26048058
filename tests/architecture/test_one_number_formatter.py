"""What a person reads is written by `core.formatting`, not by a format of one's own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Fractions and powers: what may come out as “-0.5”, “2e-05” or 25486.31.
SPEC = re.compile(r"\.?\d*[gfeG]$")
IN_WORDS = re.compile(r"\{[^{}]*:[^{}:]*\.?\d*[gfeG]\}")  # for str.format

NOT_READ = {
    "hellodl_gui/ui/svg_device.py",  # what a browser reads
    "hellodl_gui/features/weight_histograms/panel.py",  # heads of a CSV
    "hellodl_gui/features/quantization/panel.py",  # the name of a file
    "hellodl_gui/commands/film.py",  # a whole percentage in a terminal
    "hellodl_gui/ui/controls/knob_control.py",  # a number rounded, not shown
    "core/cli/main.py",  # lines of fixed columns, which scripts read
    "core/formatting.py",
    "core/diagnosis/rules/learning_rate.py",  # a number rounded, and whole numbers
    "core/diagnosis/rules/settings.py",  # whole numbers
    "core/record/columns.py",  # of a row that is damaged, in the log
    "core/record/recorder.py",  # what the record keeps
    "core/cli/film_options.py",  # help in a terminal
    "core/search/run_list.py",  # a table in a terminal
    "core/training/knobs.py",  # what is typed, for command lines and files
}

ROOTS = "hellodl_gui", "core"
WHOLE = re.compile(r"\{[^{}]*:,?\.0f\}")  # correct as they stand
EXPORTS = "core/ocr/export/"  # formats of files


def home_made(source: str) -> Iterator[str]:
    """Formats of numbers in f-strings, and in words that are formatted later."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            parts = (part for part in node.format_spec.values if isinstance(part, ast.Constant))
            if SPEC.search("".join(str(part.value) for part in parts)):
                yield f"{node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.Constant) and IN_WORDS.search(str(node.value)):
            yield f"{node.lineno}: {str(node.value)[:80]}"


@pytest.mark.parametrize(
    "source", ['f"{x:.3f}"', 'f"a {x:g} b"', 'f"{x:.{n}f}"', '"{0:.2e}".format(x)', 'f"{x:+.1f}"']
)
def test_a_format_of_ones_own_is_seen(source: str) -> None:
    assert list(home_made(source))


def test_neither_the_window_nor_the_core_has_a_number_format_of_its_own() -> None:
    found = [
        f"{name}:{place}"
        for path in sorted((ROOT / "hellodl_gui").rglob("*.py"))
        if (name := path.relative_to(ROOT).as_posix()) not in NOT_READ
        for place in home_made(path.read_text(encoding="utf-8"))
    ]
    assert not found, "use core.formatting:\n" + "\n".join(found)
