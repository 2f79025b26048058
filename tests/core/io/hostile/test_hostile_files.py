"""Hundreds of hostile files: each ends at once, in a sentence that says what is wrong where.

They are opened in child processes with little memory, many in each, by what the application itself
opens files with.
"""

import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.core.io.hostile.cases import cases
from tests.core.io.hostile.child import PATIENCE
from tests.core.io.hostile.kit import EITHER, OPENED, Case

ROOT = Path(__file__).resolve().parents[4]
SHARES = (  # about as long each
    ("photo",),
    ("csv", "idx", "arrays", "handwriting", "emnist", "cifar",
     "weights", "state", "project", "lab", "page", "folder", "download"),
)  # fmt: skip
SECONDS = 2.0  # of this process' own work
MEGABYTES = 1000.0
REMEDY = re.compile(
    r"[.?:] (allow|ask|bring|check|choose|convert|copy|cut|fetch|fix|install|make|mend|move|open"
    r"|pack|put|remove|renumber|save|send)\b|It is kept as .*, and a new one is begun",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Case, dict[str, Any]]]:
    """Every case with what came of it; two processes share the work."""
    folder = tmp_path_factory.mktemp("hostile")
    command = [sys.executable, "-m", "tests.core.io.hostile.child", str(folder)]
    with ThreadPoolExecutor(len(SHARES)) as pool:
        done = list(pool.map(lambda kinds: _run([*command, *kinds], kinds), SHARES))
    return [pair for pairs in done for pair in pairs]


def _run(command: list[str], kinds: tuple[str, ...]) -> list[tuple[Case, dict[str, Any]]]:
    expected = [case for case in cases() if case.kind in kinds]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800)
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode:
        name = expected[len(reports)].name if len(reports) < len(expected) else "the end"
        pytest.fail(f"at “{name}” the process ended with {done.returncode}: {done.stderr[-3000:]}")
    assert [report["name"] for report in reports] == [case.name for case in expected]
    return list(zip(expected, reports, strict=True))


def test_there_are_more_than_a_hundred_and_each_has_a_name() -> None:
    found = cases()
    names = Counter((case.kind, case.name) for case in found)
    assert len(found) >= 300
    assert max(names.values()) == 1
    assert sum(case.ends == "refused" for case in found) >= 200
    assert {case.kind for case in found} == {kind for kinds in SHARES for kind in kinds}


def test_nothing_crashes_and_each_ends_as_it_should(
    opened: list[tuple[Case, dict[str, Any]]],
) -> None:
    for case, report in opened:
        assert not report["fault"], (case.name, report["fault"])
        assert report["ended"] in ("refused", OPENED)
        assert case.ends in (EITHER, report["ended"]), (case.name, report)


def test_a_refusal_is_a_sentence_about_this_file_with_a_way_out(
    opened: list[tuple[Case, dict[str, Any]]],
) -> None:
    wrong = [
        (case.name, report["said"], case.says)
        for case, report in opened
        if report["ended"] == "refused"
        and not _is_clear(report["said"], case.says, report["names"])
    ]
    assert not wrong


def _is_clear(said: str, expected: str, names: list[str]) -> bool:
    """Does a sentence name the file (or one beside it), what is wrong, and what to do?"""
    named = not names[0].isprintable() or any(name.removesuffix(".part") in said for name in names)
    odd = [char for char in said if unicodedata.category(char) in ("Cc", "Cs")]
    sentences = said.endswith((".", "?")) and "Traceback" not in said and "Errno" not in said
    return named and expected in said and sentences and bool(REMEDY.search(said)) and not odd


def test_nothing_takes_long_or_much(opened: list[tuple[Case, dict[str, Any]]]) -> None:
    """Work counts, not the clock, which others slow down; a case that hangs ends the process."""
    for case, report in opened:
        assert report["work"] < SECONDS * (2 if case.ends == OPENED else 1), (case.name, report)
        assert report["wall"] < PATIENCE
        assert report["megabytes"] < MEGABYTES, (case.name, report["megabytes"])
    slowest = sorted(opened, key=lambda pair: -pair[1]["wall"])[:3]
    print("slowest:", ", ".join(f"{case.name} {report['wall']:.2f} s" for case, report in slowest))
