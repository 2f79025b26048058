"""The formula of an op and the source lines that compute it, with the same roles for terms."""

import inspect
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from core.autograd.registry import OPS
from core.autograd.tape import backprop
from core.inspect.zoom import chain_rule
from core.kernels import reference
from core.nn.sequential import Sequential

Role = Literal["", "x", "w", "b", "y", "g"]
"""What a term is: input, weight, bias, result, gradient; empty for what only holds it together."""

FormulaText = tuple[tuple[str, Role], ...]


@dataclass(frozen=True)
class SourceExcerpt:
    """Lines of a function. `name` is its file's, `first` the number of the first line there.

    `focus` is the line (from 0) where it happens; `terms` are (line, begin, end, role).
    """

    name: str
    lines: tuple[str, ...]
    first: int
    focus: int
    terms: tuple[tuple[int, int, int, Role], ...]


@dataclass(frozen=True)
class _Told:
    """How an operation is told. `kernel` names a function of the reference engine where that does
    the work; `lines` (forward, backward) find the line to look at, `roles` the terms in it.
    """

    forward: FormulaText
    backward: FormulaText
    lines: tuple[str, str]
    roles: dict[str, Role]
    kernel: str = ""


def _roles(**names: str) -> dict[str, Role]:
    """The role of each of the names, which are given by role in a row."""
    return {name: role for role, row in names.items() for name in row.split()}  # type: ignore[misc]


def _w(*parts: str) -> FormulaText:
    """“x:text” pieces: a role letter and a colon before what has one."""
    found: list[tuple[str, Role]] = []
    for part in parts:
        role, _, text = part.partition(":")
        if role in ("x", "w", "b", "y", "g") and text:
            found.append((text, role))  # type: ignore[arg-type]
        else:
            found.append((part, ""))
    return tuple(found)


def _bent(formula: FormulaText, slope: str, line: str) -> _Told:
    """A function of each number by itself."""
    back = _w("g:∂L/∂x", " = ", "g:∂L/∂y", " · ", f"w:{slope}")
    roles: dict[str, Role] = {"a": "x", "x": "x", "y": "y", "g": "g", "slope": "w"}
    return _Told(formula, back, (line, r"lambda g"), roles)


def _normed(line: str) -> _Told:
    """A normalisation whose mean and spread are those of the sample itself."""
    return _Told(
        _w("y:y", " = (", "x:x", " − ", "b:mean", ") / ", "w:σ", " · ", "w:w", " + ", "b:b"),
        _w("g:∂L/∂x", " = (", "g:ĝ", " − mean ", "g:ĝ", " − ", "y:ŷ", " · mean(", "g:ĝ", "·", "y:ŷ",
           ")) / ", "w:σ"),
        (line, r"def pullback"),
        _roles(x="input x rows", w="weight inverse scale", b="bias shift", y="standard y", g="g"),
    )  # fmt: skip


_TOLD: dict[str, _Told] = {
    "conv2d": _Told(
        _w("y:y[o,r,s]", " = Σ ", "x:x[c, r+i, s+j]", " · ", "w:w[o,c,i,j]", " + ", "b:b[o]"),
        _w("w:∂L/∂w[o,c,i,j]", " = Σ ", "g:g[n,o,r,s]", " · ", "x:x[n,c, r+i, s+j]"),
        (r"y = np\.matmul\(flat, cols\)", r"d_weight = np\.matmul"),
        _roles(x="cols x padded d_x", w="flat weight d_weight", b="bias", y="y", g="g"),
    ),
    "linear": _Told(
        _w("y:y[o]", " = Σ ", "x:x[i]", " · ", "w:w[o,i]", " + ", "b:b[o]"),
        _w("w:∂L/∂w[o,i]", " = Σ ", "g:g[n,o]", " · ", "x:x[n,i]"),
        (r"y = |@ ", r"d_weight|g\.T @|@ x"),
        {"x": "x", "rows": "x", "weight": "w", "bias": "b", "y": "y", "g": "g", "d_weight": "w"},
        kernel="linear_forward",
    ),
    "max_pool2d": _Told(
        _w("y:y[c,r,s]", " = max ", "x:x[c, 2r+i, 2s+j]"),
        _w("g:∂L/∂x", " = ", "g:∂L/∂y", " at the largest, 0 elsewhere"),
        (r"winner = |argmax", r"np\.add\.at"),
        {"x": "x", "flat": "x", "value": "y", "winner": "y", "where": "y", "g": "g"},
        kernel="max_pool",
    ),
    "avg_pool2d": _Told(
        _w("y:y[c,r,s]", " = mean ", "x:x[c, 2r+i, 2s+j]"),
        _w("g:∂L/∂x", " = ", "g:∂L/∂y", " / ", "w:count"),
        (r"y = \(sums \* share\)", r"each = "),
        {"x": "x", "padded": "x", "sums": "x", "share": "w", "y": "y", "g": "g"},
    ),
    "relu": _bent(_w("y:y", " = max(", "x:x", ", 0)"), "[x > 0]", r"y = |maximum"),
    "leaky_relu": _bent(
        _w("y:y", " = ", "x:x", " above 0, ", "w:slope", " · ", "x:x", " below"),
        "(1 or slope)",
        r"y = |where",
    ),
    "gelu": _bent(_w("y:y", " = ", "x:x", " · Φ(", "x:x", ")"), "(Φ(x) + x·φ(x))", r"kernel\("),
    "sigmoid": _bent(_w("y:y", " = 1 / (1 + e", "x:⁻ˣ", ")"), "y·(1 − y)", r"y = |tanh|exp"),
    "tanh": _bent(_w("y:y", " = tanh ", "x:x"), "(1 − y²)", r"y = |tanh"),
    "softplus": _bent(_w("y:y", " = log(1 + e", "x:ˣ", ")"), "σ(x)", r"log"),
    "silu": _bent(
        _w("y:y", " = ", "x:x", " · σ(", "x:x", ")"), "σ(x)·(1 + x·(1 − σ(x)))", r"return a"
    ),
    "elu": _bent(
        _w("y:y", " = ", "x:x", " above 0, ", "w:α", " · (e", "x:ˣ", " − 1) below"),
        "(1 or α·eˣ)",
        r"y = ",
    ),
    "group_norm": _normed(r'kernel\("layer_norm_forward"\)'),
    "layer_norm": _normed(r'kernel\("layer_norm_forward"\)'),
    "rms_norm": _Told(
        _w("y:y", " = ", "x:x", " / √(mean ", "x:x²", " + ε) · ", "w:w"),
        _w("g:∂L/∂x", " = (", "g:ĝ", " − ", "y:ŷ", " · mean(", "g:ĝ", "·", "y:ŷ", ")) / σ"),
        (r"inverse = ", r"return \(scaled"),
        _roles(x="input", w="weight inverse", y="standard", g="g scaled"),
    ),
    "batch_norm": _Told(
        _w("y:y", " = (", "x:x", " − ", "b:mean[c]", ") / ", "w:σ[c]"),
        _w("g:∂L/∂x", " = ", "g:∂L/∂y", " / ", "w:σ[c]"),
        (r"y = kernel\(", r"def pullback"),
        {"x": "x", "mean": "b", "inverse": "w", "y": "y", "g": "g"},
    ),
    "flatten": _Told(
        _w("y:y[c·H·W + r·W + s]", " = ", "x:x[c,r,s]"),
        _w("g:∂L/∂x[c,r,s]", " = ", "g:∂L/∂y[c·H·W + r·W + s]"),
        (r"reshape", r"lambda g|g\.reshape"),
        {"a": "x", "x": "x", "g": "g"},
    ),
    "log_softmax": _Told(
        _w("y:y[k]", " = ", "x:a[k]", " − log Σ e^", "x:a[j]"),
        _w("g:∂L/∂a[k]", " = ", "g:g[k]", " − e^", "y:y[k]", " · Σ ", "g:g[j]"),
        (r"y = shifted", r"lambda g: g - np\.exp"),
        {"input": "x", "shifted": "x", "y": "y", "g": "g"},
    ),
    "softmax": _Told(
        _w("y:y[k]", " = e^", "x:a[k]", " / Σ e^", "x:a[j]"),
        _w(
            "g:∂L/∂a[k]", " = ", "y:y[k]", " · (", "g:g[k]", " − Σ ", "g:g[j]", " · ", "y:y[j]", ")"
        ),
        (r"y = powers", r"lambda g: y"),
        {"input": "x", "powers": "x", "y": "y", "g": "g"},
    ),
    "nll_loss": _Told(
        _w("y:L", " = −", "x:y[label]"),
        _w("g:∂L/∂y[label]", " = −1 / N, and 0 elsewhere"),
        (r"return -picked\.sum", r"share\[right\]"),
        {"input": "x", "picked": "x", "right": "w", "share": "g", "g": "g", "n": "b"},
    ),
    "cross_entropy": _Told(
        _w("y:L", " = log Σ e^", "x:a[j]", " − ", "x:a[label]"),
        _w("g:∂L/∂a[k]", " = (softmax(", "x:a", ")[k] − [k = label]) / N"),
        (r"loss = ", r"gradient\[rows, labels\]"),
        {"scores": "x", "shifted": "x", "labels": "w", "gradient": "g", "loss": "y"},
        kernel="softmax_cross_entropy",
    ),
    "hinge_loss": _Told(
        _w("y:L", " = max(0, ", "b:margin", " − ", "w:side", " · ", "x:score", ")"),
        _w("g:∂L/∂score", " = −", "w:side", " while short of the ", "b:margin", ", else 0"),
        (r"short = ", r"np\.where"),
        {"input": "x", "target": "w", "margin": "b", "short": "y", "g": "g"},
    ),
}

_KERNELS_BACK = {"linear_forward": "linear_backward", "max_pool": "max_unpool"}


def op_formula(op: str, backward: bool) -> FormulaText:
    """The formula of an operation; empty where nobody has written it down."""
    told = _TOLD.get(op)
    if told is None:
        return ()
    return told.backward if backward else told.forward


@cache
def op_source(op: str, backward: bool) -> SourceExcerpt | None:
    """The lines that compute an operation or its pullback; None where there is nothing to read.

    Where a rule hands the work to a kernel, it is the readable engine's: the compiled one computes
    the same.
    """
    told = _TOLD.get(op)
    function = None
    if told is not None and told.kernel:
        name = _KERNELS_BACK.get(told.kernel, told.kernel) if backward else told.kernel
        function = getattr(reference, name)
    elif op in OPS:
        function = OPS[op].rule
    return None if function is None else _read(function, told, backward)


@cache
def network_source(backward: bool) -> SourceExcerpt | None:
    """How a picture passes from layer to layer, or a gradient from node to node."""
    told = _Told((), (), (r"x = step", r"gradients = node|pullback_of\("), {"x": "x"})
    return _read(backprop if backward else Sequential.forward, told, backward)


@cache
def check_source() -> SourceExcerpt | None:
    """The lines that take the difference quotient."""
    told = _Told((), (), ("quotient = ", "quotient = "), {"quotient": "g", "eps": "w"})
    return _read(chain_rule.check_gradient, told, True)


def _read(function: object, told: _Told | None, backward: bool) -> SourceExcerpt | None:
    try:
        lines, first = inspect.getsourcelines(function)  # type: ignore[arg-type]
        file = inspect.getsourcefile(function)  # type: ignore[arg-type]
    except (OSError, TypeError):  # a package without its sources
        return None
    text = tuple(line.rstrip("\n") for line in lines)
    begin = _after_docstring(text)
    focus = begin
    terms: list[tuple[int, int, int, Role]] = []
    if told is not None:
        wanted = re.compile(told.lines[1 if backward else 0])
        hits = [i for i, line in enumerate(text) if i >= begin and wanted.search(line)]
        focus = hits[0] if hits else begin
        words = re.compile(r"(?<![\w.])(" + "|".join(map(re.escape, told.roles)) + r")\b(?!\s*\()")
        for number, line in enumerate(text):
            if number < begin:
                continue
            code = line.split("#")[0]
            terms += [(number, m.start(), m.end(), told.roles[m[1]]) for m in words.finditer(code)]
    parts = (file or "").replace("\\", "/").split("/core/")
    name = f"core/{parts[-1]}" if len(parts) > 1 else parts[-1]
    return SourceExcerpt(name, text, first, focus, tuple(terms))


def _after_docstring(lines: tuple[str, ...]) -> int:
    """The first line of what a function does."""
    marks = 0
    for number, line in enumerate(lines):
        marks += line.count('"""')
        if marks >= 2:
            return number + 1
    return next((i + 1 for i, line in enumerate(lines) if line.rstrip().endswith(":")), 0)
