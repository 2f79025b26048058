"""Formulas worth stepping through: those of chapter 3, and the smallest neuron."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FormulaExample:
    """A formula with values to begin with."""

    title: str
    text: str
    values: Mapping[str, float]


EXAMPLES = (
    FormulaExample("3x³ + 4x + 1 + xz", "3*x**3 + 4*x + 1 + x*z", {"x": 2.0, "z": 0.0}),
    FormulaExample("A product", "x*z", {"x": 2.0, "z": 0.0}),
    FormulaExample("With a sum", "x*(z + a)", {"x": 2.0, "z": 0.0, "a": 1.0}),
    FormulaExample("A polynomial", "2*x**3 + 4*x**2 + 3*x + 2", {"x": 1.0}),
    FormulaExample("Its sine", "sin(2*x**3 + 4*x**2 + 3*x + 2)", {"x": 0.5}),
    FormulaExample("A hill", "x*cos(x)", {"x": 1.0}),
    FormulaExample("One neuron", "relu(w*x + b)", {"w": 0.5, "x": 2.0, "b": -0.3}),
    FormulaExample("Its squared error", "(sigmoid(w*x + b) - t)**2",
            {"w": 0.5, "x": 2.0, "b": -0.3, "t": 1.0}),
)  # fmt: skip
