"""Every error of the core is translated, with its fields kept."""

import ast
from collections.abc import Callable, Iterator
from gettext import NullTranslations
from pathlib import Path

import numpy as np
import pytest

import core
from core.autograd.tensor import Tensor
from core.chapters.registry import chapter
from core.data.idx import read_idx
from core.errors import LabError
from core.formatting import parse_number
from core.nn.layers import Linear
from core.ocr.photo import load_photo
from core.translation import tr, tr_count, use_catalog
from tests.pseudo_language import PseudoLanguage

PROGRAMS = {"AttributeError", "AssertionError"}  # what Python itself or a developer reads


@pytest.fixture
def pseudo() -> Iterator[None]:
    use_catalog(PseudoLanguage())
    yield
    use_catalog(NullTranslations())


def test_without_a_catalog_a_text_is_itself() -> None:
    assert tr("No file.") == "No file." and tr("") == ""
    assert tr_count("1 run", "{n:,} runs", 1) == "1 run"
    assert tr_count("1 run", "{n:,} runs", 2000) == "2,000 runs"


FAULTS: dict[str, tuple[Callable[[], object], str]] = {
    "argument": (lambda: Linear(0, 2, rng=np.random.default_rng(0)), "0"),
    "shape": (lambda: Tensor(np.ones((2, 3))) @ Tensor(np.ones((2, 3))), "(2, 3)"),
    "chapter": (lambda: chapter("no-such"), "no-such"),
    "knob": (lambda: chapter("digits").parsed({"lr": "-1"}), "−1"),
    "data": (lambda: read_idx(Path("no-such.idx")), "no-such.idx"),
    "page": (lambda: load_photo(Path("no-such.jpg")), "no-such.jpg"),
    "number": (lambda: parse_number("abc", 0, 1), "abc"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_error_is_translated_and_keeps_its_fields(name: str, pseudo: None) -> None:
    fault, field = FAULTS[name]
    with pytest.raises((LabError, ValueError)) as caught:
        fault()
    text = str(caught.value)
    assert "[" in text and "~" in text and field in text, text


def test_no_error_of_the_core_has_a_bare_message() -> None:
    root = Path(core.__file__).parent
    bare = [
        f"{path.relative_to(root)}:{line}"
        for path in sorted(root.rglob("*.py"))
        for line in _bare(ast.parse(path.read_text("utf-8")))
    ]
    assert not bare, bare


def _bare(tree: ast.Module) -> Iterator[int]:
    """Lines that raise an error with a literal text of several words."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            kind = ast.unparse(node.exc.func).rpartition(".")[2]
            if kind.endswith("Error") and kind not in PROGRAMS:
                yield from (text.lineno for text in map(_text, node.exc.args) if text)


def _text(argument: ast.expr) -> ast.expr | None:
    """A literal text with a space between its words, if the argument is one."""
    match argument:
        case ast.Constant(value=str(text)):
            return argument if " " in text.strip() else None
        case ast.JoinedStr(values=parts):
            said = "".join(part.value for part in parts if isinstance(part, ast.Constant))
            return argument if any(word.isalpha() for word in said.split()) else None
        case ast.BinOp(left=left, right=right):
            return _text(left) or _text(right)
        case ast.IfExp(body=body, orelse=orelse):
            return _text(body) or _text(orelse)
    return None
