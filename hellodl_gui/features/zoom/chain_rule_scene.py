"""Chain rule scene: all terms of one weight's gradient, their sum, and a numeric check."""

import numpy as np
from PySide6.QtCore import QRectF, Qt

from core.formatting import format_number as fmt
from core.formatting import tr_format
from core.inspect.zoom.chain_rule import ChainRuleTerms, WeightGradientCheck
from core.translation import tr
from hellodl_gui.features.zoom.unit_scenes import (
    Line,
    Part,
    above_lines,
    equation,
    one_map,
    text_lines,
)
from hellodl_gui.features.zoom.zoom_canvas import ZoomCanvas
from hellodl_gui.features.zoom.zoom_input import ZoomInput
from hellodl_gui.features.zoom.zoom_style import in_brackets

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def chain_rule_scene(canvas: ZoomCanvas, look: ZoomInput, number: int) -> None:
    """The terms of one weight: maps of them for the first sample, the largest ones, the sum."""
    terms = look.terms
    if terms is None:
        text_lines(canvas, [(tr("Computing the terms…"), "")], canvas.area)
        return
    lines = chain_rule_lines(terms, look.check)
    if terms.arriving.size == 1:  # one neuron, one sample: a single product
        g, x = float(terms.arriving.flat[0]), float(terms.inputs.flat[0])
        product: list[Line] = [
            (f"g = {fmt(g, 6)}", "g"),
            (f"x = {fmt(x, 6)}", "x"),
            (f"g · x = {fmt(terms.total, 6)}", "w"),
        ]
        text_lines(canvas, [*product, ("", ""), *lines[1:]], canvas.area, 1.15)
        return
    top, foot = above_lines(canvas, lines, 1.6, 6)
    if terms.arriving[0].size > 1:
        maps = QRectF(top.x(), top.y(), top.width() * 0.6, top.height())
        first = terms.arriving[0], terms.inputs[0], terms.products[0].astype(np.float32)
        heads: tuple[Line, ...] = (
            (tr("gradient in g"), "g"), (tr("input x"), "x"), (tr("terms g·x"), "w"),
        )  # fmt: skip
        picture = look.sees_picture(number)
        parts: list[Part] = [
            (text, role, 1.0, one_map(canvas, values, False, picture and role == "x"))
            for (text, role), values in zip(heads, first, strict=True)
        ]
        equation(canvas, maps, parts, "·=")
        top = QRectF(maps.right() + 14, top.y(), top.right() - maps.right() - 14, top.height())
    _largest(canvas, terms, top)
    text_lines(canvas, lines, foot)


def _largest(canvas: ZoomCanvas, terms: ChainRuleTerms, area: QRectF) -> None:
    line = canvas.text * 1.5
    many_samples, maps = len(terms.arriving) > 1, terms.arriving[0].size > 1
    canvas.say(QRectF(area.x(), area.y(), area.width(), line),
               tr("largest terms g · x"), bold=True)  # fmt: skip
    count = max(int(area.height() / line) - 1, 1)
    texts: list[str] = []
    for (n, row, column), g, x, product in terms.largest(count):
        if not product and texts:
            break  # all the others are nothing too
        where = tr_format("sample {n}", n=n) if many_samples else ""
        if maps:
            where = f"{where} ({row}, {column})"
        texts.append(f"{where}  {fmt(g, 3)} · {in_brackets(x)} = {fmt(product, 3)}".strip())
    scale = min((canvas.fit(text, area.width(), 0.92, bold=False) for text in texts), default=1)
    for place, text in enumerate(texts):
        spot = QRectF(area.x(), area.y() + (place + 1) * line, area.width(), line)
        canvas.say(spot, text, scale=scale, align=_LEFT)


def chain_rule_lines(terms: ChainRuleTerms, check: WeightGradientCheck | None) -> list[Line]:
    """The sum of all terms beside the gradient in the arena, and the check where it was made."""
    size = float(np.abs(terms.products).sum()) or 1.0
    text = "w = {weight:6};  sum of {count:,} terms = {total:8}"
    lines: list[Line] = [(tr_format(text, terms, count=terms.arriving.size), "w")]
    text = "gradient in the network = {gradient:8};  relative difference {share:1}"
    share = abs(terms.total - terms.gradient) / size
    lines.append((tr_format(text, terms, share=share), "g"))
    if check is not None:
        text = (
            "(L(w + ε) − L(w − ε)) / 2ε = {quotient:8};  backward {gradient:8};  "
            "relative difference {error:2} {ok}"
        )
        lines.append((tr_format(text, check, ok="✓" if check.agrees else "✗"), "y"))
    return lines
