"""How large a folder, a file and a function may be, and that a name stands for one thing.

The lists of what is still too large may only shrink: an entry that is no longer needed fails.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.conftest import LONG_FILES

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("core", "hellodl_gui")
MOST_FILES, MOST_LINES, LONGEST_FUNCTION = 30, 400, 60

TABLES = {  # one entry after the other, without a decision
    "core/cli/main.py:parser",
    "hellodl_gui/app/actions.py:menu_actions",
    "hellodl_gui/theming/stylesheet.py:stylesheet",
    "tests/core/io/hostile/labs.py:labs",
    "tests/core/io/hostile/networks.py:weights",
    "tests/core/io/hostile/photos.py:photos",
}
ENGINES = {"ConvPool", "FusedMLP"}  # the reference's and numba's, on purpose of one name
NOUNS = {  # terms of the field that end in -ing
    "drawing", "early_stopping", "formatting", "glyph_preprocessing",
    "handwriting", "indexing", "learning", "pooling", "pruning", "reading", "snapping", "theming",
    "training",
}  # fmt: skip

STILL_LARGE_FOLDERS: set[str] = set()
STILL_LONG_FILES: set[str] = set()
STILL_LONG_FUNCTIONS: set[str] = set()
STILL_DOUBLED: set[str] = set()
STILL_PARTICIPLES: set[str] = set()


def _sources(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).glob("*.py" if folder == "." else "**/*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


@cache
def _trees() -> dict[str, ast.Module]:
    return {name: ast.parse(text) for name, text in _sources(*PRODUCT, "resources", "tests", ".")}


def _demand(found: set[str], still: set[str], what: str) -> None:
    assert not found - still, f"{what}: {sorted(found - still)}"
    assert not still - found, f"no longer needed in the list: {sorted(still - found)}"


def test_a_folder_holds_few_files() -> None:
    count = Counter(Path(name).parent.as_posix() for name in _trees())
    assert len(count) > 50
    crowded = {folder for folder, files in count.items() if files > MOST_FILES}
    _demand(crowded, STILL_LARGE_FOLDERS, f"more than {MOST_FILES} modules: make a subfolder")


def test_a_file_is_short() -> None:
    texts = _sources(*PRODUCT, "resources", "tests", ".")
    long = {name for name, text in texts if len(text.splitlines()) > MOST_LINES}
    _demand(long, STILL_LONG_FILES, f"more than {MOST_LINES} lines: give one idea its own file")


def test_a_function_is_short() -> None:
    long = {
        f"{name}:{node.name}"
        for name, tree in _trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    }
    _demand(long, TABLES | STILL_LONG_FUNCTIONS, f"more than {LONGEST_FUNCTION} lines")


def test_a_public_class_has_a_name_of_its_own() -> None:
    where: defaultdict[str, list[str]] = defaultdict(list)
    for name, tree in _trees().items():
        if name.startswith(PRODUCT):
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    where[node.name].append(name)
    doubled = {name for name, files in where.items() if len(files) > 1}
    _demand(doubled, ENGINES | STILL_DOUBLED, "two public classes of one name")


def test_a_module_is_a_noun() -> None:
    parts = {part for name in _trees() if name.startswith(PRODUCT) for part in Path(name).parts}
    stems = {part.removesuffix(".py") for part in parts}
    participles = {stem for stem in stems if stem.endswith("ing")}
    _demand(participles, NOUNS | STILL_PARTICIPLES, "what is it? Name the thing, not the doing")


def test_the_long_test_files_are_there() -> None:
    assert not [name for name in LONG_FILES if not (ROOT / "tests" / name).exists()]
