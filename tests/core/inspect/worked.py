"""Formulas with values of their variables, the result, and its derivatives, worked by hand."""

Worked = tuple[str, dict[str, float], float, dict[str, float]]

WORKED: tuple[Worked, ...] = (
    ("3*x**3 + 4*x + 1 + x*z", {"x": 2, "z": 0}, 33, {"x": 40, "z": 2}),
    ("x*z", {"x": 2, "z": 0}, 0, {"x": 0, "z": 2}),
    ("x*(z + a)", {"x": 2, "z": 0, "a": 1}, 2, {"x": 1, "z": 2, "a": 2}),
    ("x/y", {"x": 12, "y": 2}, 6, {"x": 0.5, "y": -3}),
    ("x**2 + y**3", {"x": -1, "y": -4}, -63, {"x": -2, "y": 48}),
)
