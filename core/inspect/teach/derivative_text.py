"""The derivative of each simple operation by its operands, as a person writes it.

Texts for people: the numbers come from the tape. {a} and {b} stand for the operands, {y} for the
result, as they are called in the place where the text is shown.
"""

from core.translation import tr

LOCAL_DERIVATIVES: dict[str, tuple[str, ...]] = {
    "add": ("1", "1"),
    "sub": ("1", "−1"),
    "mul": ("{b}", "{a}"),
    "div": ("1 / {b}", "−{a} / {b}²"),
    "neg": ("−1",),
    "pow": ("{b} · {a}^({b} − 1)", "{a}^{b} · log {a}"),
    "exp": ("e^{a}",),
    "log": ("1 / {a}",),
    "sqrt": ("1 / (2 · √{a})",),
    "sin": ("cos {a}",),
    "cos": ("−sin {a}",),
    "abs": ("sign of {a}",),
    "tanh": ("1 − tanh² {a}",),
    "sigmoid": ("σ({a}) · (1 − σ({a}))",),
    "relu": ("1 if {a} > 0, else 0",),
    "gelu": ("Φ({a}) + {a} · φ({a})",),
    "maximum": ("1 if {a} > {b}, else 0", "1 if {b} > {a}, else 0"),
    "minimum": ("1 if {a} < {b}, else 0", "1 if {b} < {a}, else 0"),
}
"""For each operation one text an operand."""

OPERATOR_SIGNS = {
    "add": "{a} + {b}", "sub": "{a} − {b}", "mul": "{a} × {b}", "div": "{a} ÷ {b}",
    "neg": "−{a}", "pow": "{a} ^ {b}", "maximum": "max {a}, {b}", "minimum": "min {a}, {b}",
}  # fmt: skip
"""Operations that are written with a sign; all others by their names."""


def local_derivative_text(op: str, slot: int, names: tuple[str, ...]) -> str:
    """The derivative of `op` by its operand number `slot`, with operands called `names`.

    An operation that is not listed is told by its name alone.
    """
    if op not in LOCAL_DERIVATIVES:
        return f"d {op} / d {names[slot]}"
    a, b = (*names, "b")[:2]
    if op == "pow" and slot == 0 and b == "2":
        return f"2 · {a}"
    return tr(LOCAL_DERIVATIVES[op][slot]).format(a=a, b=b)


def operator_text(op: str, names: tuple[str, ...]) -> str:
    """The operation as it stands in its box: the operands that are constants with their numbers.

    `names` are empty where an operand is a variable or a result: its edge shows where it is from.
    """
    if op not in OPERATOR_SIGNS:
        return op
    a, b = (*names, "")[:2]
    return " ".join(OPERATOR_SIGNS[op].format(a=a, b=b).strip(" ,").split())
