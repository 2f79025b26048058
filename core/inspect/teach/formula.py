"""A typed formula becomes a graph of our own Tensors: `3*x**3 + 4*x + 1 + x*z`.

formula = parse("x * cos(x)")
worked = formula.at({"x": 1.0})
worked.root.backward(); worked.variables["x"].grad

Python's own parser reads the text, and only what is listed here is ever carried out: numbers,
names, + − * / **, and the functions below. What is typed is never evaluated as Python.
"""

import ast
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.context import enable_grad
from core.errors import LabError
from core.formatting import tr_format
from core.inspect.graph.graph import Graph, build_graph
from core.translation import tr

Array = NDArray[np.float64]
LONGEST = 200
"""Characters of a formula at most."""
MOST_OPERATIONS = 60
"""Operations of a formula at most: more cannot be followed by eye."""
MOST_VARIABLES = 8
"""Variables of a formula at most."""
STEP = 1e-6
"""By how much `check` moves a variable, for variables around one; larger ones by as many parts."""

FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "exp": F.exp, "log": F.log, "sqrt": F.sqrt, "sin": F.sin, "cos": F.cos, "tanh": F.tanh,
    "sigmoid": F.sigmoid, "relu": F.relu, "gelu": F.gelu, "abs": F.abs,
    "max": F.maximum, "min": F.minimum,
}  # fmt: skip
"""What may be called. `max` and `min` take two operands or more, all others one."""
CONSTANTS = {"pi": math.pi, "e": math.e}
"""Names that are numbers."""

_SEVERAL = frozenset({"max", "min"})
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Tensor]] = {
    ast.Add: F.add, ast.Sub: F.sub, ast.Mult: F.mul, ast.Div: F.div, ast.Pow: F.pow,
}  # fmt: skip
_SAME = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "\t": " ", "\xa0": " "})
_STRANGE = re.compile(r"[^A-Za-z0-9_ .+\-*/(),]")
_WORD = re.compile(r"[A-Za-z_]\w*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


class FormulaError(LabError):
    """A formula that cannot be read; `column` is the place of the fault, counted from 0.

    `correction` is the formula that was probably meant, None where nobody can tell.
    """

    def __init__(self, sentence: str, column: int) -> None:
        super().__init__(sentence)
        self.column = column
        self.correction: str | None = None


@dataclass(frozen=True)
class FormulaResult:
    """A formula computed for certain values: its result, and its variables by name (float64)."""

    root: Tensor
    variables: Mapping[str, Tensor]

    def graph(self) -> Graph:
        """The graph of it, as it is drawn of any other computation."""
        return build_graph(self.root)


@dataclass(frozen=True)
class DerivativeCheck:
    """A derivative by the tape, and by the difference quotient of the formula itself."""

    variable: str
    by_tape: float
    by_difference: float

    @property
    def error(self) -> float:
        """Their difference, relative to the larger of them and 1; NaN where one is no number."""
        scale = max(1.0, abs(self.by_tape), abs(self.by_difference))
        return abs(self.by_tape - self.by_difference) / scale

    @property
    def agrees(self) -> bool:
        """Whether they are the same to one part in ten thousand."""
        return self.error <= 1e-4


@dataclass(frozen=True)
class Formula:
    """What was typed, and the names of its variables in order of appearance."""

    text: str
    names: tuple[str, ...]
    _tree: ast.expr

    def at(self, values: Mapping[str, float]) -> FormulaResult:
        """Compute it. Inner results carry the part of the text that they are as their names.

        Raises KeyError for a variable without value. Overflow and 0 / 0 give inf and NaN.
        """
        leaves = {
            name: Tensor(np.array(float(values[name])), requires_grad=True, name=name)
            for name in self.names
        }
        with np.errstate(all="ignore"), enable_grad():
            root = self._compute(self._tree, leaves)
        assert isinstance(root, Tensor)
        return FormulaResult(root, leaves)

    def check(self, values: Mapping[str, float], name: str) -> DerivativeCheck:
        """Differentiate by `name` in two ways: by the tape, and by moving it up and down a little.

        Raises KeyError for an unknown name or a variable without value.
        """
        here = float(values[name])
        step = STEP * max(1.0, abs(here))
        worked = self.at(values)
        with np.errstate(all="ignore"):
            worked.root.backward()
        above = self.at({**values, name: here + step}).root.item()
        below = self.at({**values, name: here - step}).root.item()
        grad = worked.variables[name].grad
        quotient = (above - below) / ((here + step) - (here - step))
        return DerivativeCheck(name, 0.0 if grad is None else float(grad), quotient)

    def along(self, places: Array) -> tuple[Array, Array]:
        """Values and slopes, each (N,), of a formula of one variable at `places` (N,).

        Computed in one pass of the tape, forward and back. Raises FormulaError for a formula of
        several variables.
        """
        if len(self.names) != 1:
            words = "Here a formula has one variable; this one has {names}."
            raise FormulaError(tr_format(words, names=", ".join(self.names)), 0)
        leaf = Tensor(np.array(places, np.float64), requires_grad=True, name=self.names[0])
        with np.errstate(all="ignore"), enable_grad():
            root = self._compute(self._tree, {self.names[0]: leaf})
            assert isinstance(root, Tensor)
            F.sum(root).backward()
        slopes = np.zeros(len(places)) if leaf.grad is None else np.array(leaf.grad)
        return np.array(root.data), slopes

    def _compute(self, tree: ast.expr, leaves: Mapping[str, Tensor]) -> Tensor | float:
        """A Tensor, or a plain number where no variable is involved."""
        match tree:
            case ast.Constant(value=int() | float() as value):
                return float(value)
            case ast.Name(id=name):
                return leaves[name] if name in leaves else CONSTANTS[name]
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._compute(operand, leaves)
            case ast.UnaryOp(operand=operand):
                return self._result(tree, F.neg, [self._compute(operand, leaves)])
            case ast.BinOp(left=left, op=operator, right=right):
                operands = [self._compute(left, leaves), self._compute(right, leaves)]
                return self._result(tree, _OPERATORS[type(operator)], operands)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                function = FUNCTIONS[name]
                first, *others = (self._compute(argument, leaves) for argument in arguments)
                if not others:
                    return self._result(tree, function, [first])
                for other in others:
                    first = self._result(tree, function, [first, other])
                return first
        raise AssertionError(f"{ast.dump(tree)} was let through")

    def _result(
        self, tree: ast.expr, function: Callable[..., Tensor], operands: list[Tensor | float]
    ) -> Tensor | float:
        if not any(isinstance(operand, Tensor) for operand in operands):
            return function(*(Tensor(np.array(operand)) for operand in operands)).item()
        result = function(*operands)
        result.name = ast.get_source_segment(self.text, tree) or ""
        return result


def parse(text: str) -> Formula:
    """Read a formula. Raises FormulaError that says what is wrong, where, and what to write."""
    try:
        return _parse(text)
    except FormulaError as error:
        error.correction = corrected(text)
        raise


def _parse(text: str) -> Formula:
    text = unicodedata.normalize("NFC", text).translate(_SAME)
    plain = text.strip()
    shift = len(text) - len(text.lstrip())
    if not plain:
        raise FormulaError(tr("Type a formula, for example 3*x**3 + 4*x + 1 + x*z."), 0)
    if len(plain) > LONGEST:
        words = "A formula has at most {longest} characters, this one {n}."
        raise FormulaError(tr_format(words, longest=LONGEST, n=len(plain)), shift + LONGEST)
    _look_at_characters(plain, shift)
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, MemoryError, RecursionError) as error:
        at = (getattr(error, "offset", None) or len(plain) + 1) - 1
        raise FormulaError(_misread(plain, at), shift + min(max(at, 0), len(plain))) from None
    names = _Inspector(plain, shift).names_in(tree)
    if not names:
        raise FormulaError(
            tr("There is no variable to differentiate by: use a name such as x."), shift
        )
    return Formula(plain, names, tree)


_FUNCTION = "|".join(FUNCTIONS)
_CORRECTIONS: tuple[tuple[str, str], ...] = (
    (r"^\s*[A-Za-z_]\w*(\([^()]*\))?\s*=", ""),  # what stands before the formula itself
    (r"[\[{]", "("),
    (r"[\]}]", ")"),
    (r"\^", "**"),
    (r"//", "/"),
    (r"(\d),(?=\d)", r"\1."),  # decimal commas
    ("²", "**2"),
    ("³", "**3"),
    (rf"\b({_FUNCTION})\s+((?:\d+\.?\d*\s*)?[A-Za-z_]\w*|\d+\.?\d*)(?!\s*\()", r"\1(\2)"),
    (r"(?<![A-Za-z_\d.])(\d+\.?\d*|\.\d+)\s*(?=[A-Za-z_(])", r"\1*"),  # 3x, 2(x + 1)
    (r"\)\s*(?=[A-Za-z_\d(])", ")*"),  # (x + 1)y
    (rf"\b(?!(?:{_FUNCTION})\b)([A-Za-z_]\w*)\s*(?=\()", r"\1*"),  # x(z + a)
    (r"(?<=[A-Za-z_\d])\s+(?=[A-Za-z_\d(])", "*"),  # x z
)


def corrected(text: str) -> str | None:
    """The formula that was probably meant with `text`, as in 3*x for 3x; None where nobody knows.

    It can be read, and is another than `text`.
    """
    if len(text) > LONGEST:
        return None
    meant = unicodedata.normalize("NFC", text).translate(_SAME)
    for pattern, replacement in _CORRECTIONS:
        meant = re.sub(pattern, replacement, meant)
    meant = meant.strip()
    meant += ")" * (meant.count("(") - meant.count(")"))
    if meant == text.strip():
        return None
    try:
        return _parse(meant).text
    except FormulaError:
        return None


def _look_at_characters(text: str, shift: int) -> None:
    """Refuse early what Python would read in a way of its own."""
    if strange := _STRANGE.search(text):
        character, at = strange.group(), shift + strange.start()
        hints = {
            "^": "Write powers with two stars: x**3.",
            "=": "Leave out the “=” and what stands before it: the formula alone is enough.",
            "[": "Use round brackets.",
            "{": "Use round brackets.",
        }
        hint = tr(hints.get(character, "Use numbers, names, + - * / **, brackets and functions."))
        said = tr("“{character}” has no meaning in a formula. {hint}")
        raise FormulaError(said.format(character=character, hint=hint), at)
    for word in _WORD.finditer(text):
        after = text[word.end() : word.end() + 1]
        if not word.group()[0].isalpha() and (after.isalpha() or after == "_"):
            words = "Write a * between “{word}” and what follows it."
            raise FormulaError(tr_format(words, word=word.group()), shift + word.end())
    if "//" in text:
        raise FormulaError(
            tr("Division is written with one stroke: x / y."), shift + text.index("//")
        )


def _misread(text: str, at: int) -> str:
    opened, closed = text.count("("), text.count(")")
    if opened > closed:
        return tr("A bracket is opened and never closed. Add a “)”.")
    if closed > opened:
        return tr("A bracket is closed that was never opened. Take a “)” away.")
    if text[min(at, len(text)) :].strip():
        return tr_format(
            "This cannot be read from “{text}” on. Is a sign missing?",
            text=text[at : at + 12].strip(),
        )
    return tr("The formula ends too early. Add what should follow.")


class _Inspector:
    """Lets through what is known, counts it, and collects the variables."""

    def __init__(self, text: str, shift: int) -> None:
        self._text = text
        self._shift = shift
        self._names: dict[str, None] = {}
        self._operations = 0

    def names_in(self, tree: ast.expr) -> tuple[str, ...]:
        """The variables in order of appearance. Raises FormulaError for what is not allowed."""
        self._look(tree)
        return tuple(self._names)

    def _look(self, tree: ast.expr) -> None:
        match tree:
            case ast.Constant(value=bool() | None):
                self._refuse(tree, "This is no number. Use numbers and names such as x.")
            case ast.Constant(value=int() | float() as value):
                try:
                    finite = math.isfinite(float(value))
                except OverflowError:
                    finite = False
                if not finite:
                    self._refuse(tree, "This number is too large.")
            case ast.Name(id=name):
                self._name(tree, name)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                self._count(tree)
                self._look(operand)
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
                self._look(left)
                self._count(tree)
                self._look(right)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                self._call(tree, name, arguments)
            case ast.Call():
                self._refuse(tree, "Only functions can be called; write a * to multiply.")
            case ast.Tuple():
                self._refuse(tree, "There is a comma too many. Decimals are written with a point.")
            case _:
                self._refuse(tree, "This is no formula. Use + - * / **, brackets and functions.")

    def _name(self, tree: ast.expr, name: str) -> None:
        if name in FUNCTIONS:
            self._refuse(tree, "“{name}” is a function: write {name}(x).", name=name)
        if name in CONSTANTS or name in self._names:
            return
        if len(name) > 12:
            self._refuse(tree, "The name “{name}” is too long: 12 letters at most.", name=name)
        if len(self._names) == MOST_VARIABLES:
            self._refuse(
                tree,
                "“{name}” would be one variable too many: {most} at most.",
                name=name,
                most=MOST_VARIABLES,
            )
        self._names[name] = None

    def _call(self, tree: ast.expr, name: str, arguments: list[ast.expr]) -> None:
        if name not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            self._refuse(
                tree,
                "There is no function “{name}”. Known are {known}. To multiply, write {name}*(…).",
                name=name,
                known=known,
            )
        least, most = (2, MOST_VARIABLES) if name in _SEVERAL else (1, 1)
        if not least <= len(arguments) <= most:
            wanted = tr("two or more operands") if name in _SEVERAL else tr("one operand")
            self._refuse(
                tree,
                "{name}() takes {wanted}, here are {n}.",
                name=name,
                wanted=wanted,
                n=len(arguments),
            )
        for argument in arguments:
            self._look(argument)
        for _ in range(max(len(arguments) - 1, 1)):
            self._count(tree)

    def _count(self, tree: ast.expr) -> None:
        self._operations += 1
        if self._operations > MOST_OPERATIONS:
            self._refuse(
                tree, "More than {most} operations cannot be followed by eye.", most=MOST_OPERATIONS
            )

    def _refuse(self, tree: ast.expr, sentence: str, **words: object) -> None:
        raise FormulaError(tr(sentence).format(**words), self._shift + tree.col_offset)
