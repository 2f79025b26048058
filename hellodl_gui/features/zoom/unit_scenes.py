"""Scenes of the zoom's third level: one kernel, neuron, map or class as an equation of images."""

from collections.abc import Callable, Hashable
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF, QSizeF

from core.formatting import format_number as fmt
from core.formatting import tr_format
from core.inspect.zoom.forward_backward import LayerPass, as_maps
from core.inspect.zoom.numbers import weighted_sum
from core.inspect.zoom.source_code import Role
from core.translation import tr
from hellodl_gui.features.zoom.layer_scenes import (
    SHARES,
    SUMS,
    size_text,
    square_maps,
    unflattened_shape,
)
from hellodl_gui.features.zoom.zoom_canvas import ZoomCanvas
from hellodl_gui.features.zoom.zoom_input import Array, ZoomInput
from hellodl_gui.features.zoom.zoom_style import brief, in_brackets
from hellodl_gui.theming.theme_manager import themes

Draw = Callable[[QRectF], None]
Part = tuple[str, Role, float, Draw]
"""Heading, colour, share of the width, and what draws it in a rectangle."""

Line = tuple[str, Role]
"""Text and its colour."""


def unit_scene(look: ZoomInput, number: int, index: int, size: QSizeF) -> ZoomCanvas:
    """One unit of a layer: what comes in, what it has of its own, what comes out."""
    canvas = ZoomCanvas(size, look.text)
    op = look.found.stages[number].op
    scenes = {"conv2d": _kernel, "linear": _neuron, **dict.fromkeys(SHARES, _class)}
    scene = _slopes if op in SUMS and look.backward else scenes.get(op, _map)
    scene(canvas, look, number, index)
    return canvas


def halves(canvas: ZoomCanvas) -> tuple[QRectF, QRectF]:
    """The left half of a canvas, with room at its end, and the right one."""
    area = canvas.area
    half = area.width() / 2
    right = QRectF(area.center().x(), area.y(), half, area.height())
    return QRectF(area.x(), area.y(), half - 12, area.height()), right


def above_lines(
    canvas: ZoomCanvas, lines: list[Line], spacing: float, gap: float
) -> tuple[QRectF, QRectF]:
    """The room above some lines of text at the foot of a canvas, and that of the lines."""
    area, tall = canvas.area, canvas.text * spacing * len(lines)
    foot = QRectF(area.x(), area.bottom() - tall, area.width(), tall)
    return QRectF(area.x(), area.y(), area.width(), foot.top() - area.y() - gap), foot


def equation(
    canvas: ZoomCanvas, area: QRectF, parts: list[Part], signs: str, tall: bool = False
) -> None:
    """Pictures beside each other, a sign between two; `tall` ones use all the height there is."""
    line = canvas.text * 1.6
    gap = canvas.text * 2
    room = area.width() - gap * (len(parts) - 1)
    whole = sum(share for _, _, share, _ in parts)
    if not tall:
        widest = room * max(share for _, _, share, _ in parts) / whole
        middle, high = area.center(), min(widest + line + 8, area.height())
        area = QRectF(area.x(), middle.y() - high / 2, area.width(), high)
    x = area.x()
    rooms = [(heading, room * share / whole + gap / 2) for heading, _, share, _ in parts]
    size = min(canvas.fit(heading, wide, 0.95) for heading, wide in rooms)
    for place, (heading, role, share, draw) in enumerate(parts):
        wide = room * share / whole
        head = QRectF(x, area.y(), wide, line)
        head.adjust(-gap / 4, 0, gap / 4, 0)
        canvas.say(head, heading, role, size, bold=True)
        draw(QRectF(x, head.bottom() + 4, wide, area.height() - line - 8))
        x += wide
        if place < len(signs):
            canvas.say(QRectF(x, area.y(), gap, area.height()), signs[place], scale=1.6)
            x += gap


def text_lines(canvas: ZoomCanvas, lines: list[Line], rect: QRectF, scale: float = 1.0) -> None:
    """Lines of text below each other, in the middle of a rectangle."""
    line = min(canvas.text * 1.7 * scale, rect.height() / max(len(lines), 1))
    top = rect.center().y() - line * len(lines) / 2
    for place, (text, role) in enumerate(lines):
        spot = QRectF(rect.x(), top + place * line, rect.width(), line)
        size = canvas.fit(text, rect.width(), scale * min(1.0, line / canvas.text), bold=False)
        canvas.say(spot, text, role, size)
    canvas.words = "; ".join(text for text, _ in lines)


def one_map(canvas: ZoomCanvas, values: Array, enters: bool, picture: bool = False) -> Draw:
    """A map (H, W), with numbers where there is room, to be gone into pixel by pixel."""

    def draw(rect: QRectF) -> None:
        place = canvas.numbers(values, rect, picture)
        if enters:
            high, wide = values.shape
            canvas.places(place, high, wide, np.ndindex(high, wide))

    return draw


def many(
    canvas: ZoomCanvas,
    values: Array,
    key: Callable[[int, int, int], Hashable] | None,
    stage: LayerPass | None = None,
    picture: bool = False,
) -> Draw:
    """Maps (C, H, W) on one scale; with `key` every number can be gone into.

    With the `stage` that they enter it is shown on them what a result sees; `picture` for parts of
    the picture itself.
    """

    def draw(rect: QRectF) -> None:
        if len(values) == 1:
            places = [canvas.numbers(values[0], rect, picture)]
        else:
            places = canvas.maps(values, rect, picture)
        if stage is not None:
            canvas.links = partial(_seen, stage, values.shape[1:], places)
        if key is None:
            return
        high, wide = values.shape[1:]
        for c, place in enumerate(places):
            keys = (key(c, row, column) for row, column in np.ndindex(high, wide))
            canvas.places(place, high, wide, keys)

    return draw


def _seen(
    stage: LayerPass, shape: tuple[int, ...], places: list[QRectF], key: Hashable
) -> list[QRectF]:
    """What the window of a result lies on, in every input map drawn at `places`."""
    found = []
    match key:
        case (int() as row, int() as column):
            top = row * stage.stride[0] - stage.around[0][0]
            left = column * stage.stride[1] - stage.around[1][0]
            for place in places:
                wide, high = place.width() / shape[1], place.height() / shape[0]
                down, across = stage.reach
                seen = QRectF(left * wide, top * high, across * wide, down * high)
                found.append(seen.translated(place.topLeft()) & place)
    return found


def _kernel(canvas: ZoomCanvas, look: ZoomInput, number: int, index: int) -> None:
    stage = look.found.stages[number]
    assert stage.weight is not None
    x = look.found.inputs(number)[stage.channels(index)]
    bias = float(stage.bias[index]) if stage.bias is not None else 0.0
    result = stage.values[index]
    own = tr_format("kernel w {n}", n=index)
    made = tr_format("result y ({size})", size=f"{result.shape[0]}×{result.shape[1]}")
    share = 1.0 if len(x) == 1 else 1.3
    inputs = many(canvas, x, None, stage, look.sees_picture(number))

    def tell(rect: QRectF) -> None:
        canvas.say(rect, brief(bias), "b", canvas.fit(brief(bias), rect.width(), 1.1))

    parts: list[Part] = [
        (tr_format("input x ({size})", size=size_text(x)), "x", share, inputs),
        (own, "w", share * 0.8, many(canvas, stage.weight[index], None)),
        (tr("bias b"), "b", 0.3, tell),
        (made, "y", 1.3, one_map(canvas, result, enters=True)),
    ]
    equation(canvas, canvas.area, parts, "∗+=", tall=len(x) > 1)
    canvas.words = f"{own}: {made}"


def _neuron(canvas: ZoomCanvas, look: ZoomInput, number: int, index: int) -> None:
    stage = look.found.stages[number]
    assert stage.weight is not None
    one = weighted_sum(stage, look.found.inputs(number), index)
    shape = unflattened_shape(look, number)
    x = _pictured(one.inputs, shape)

    def tell(rect: QRectF) -> None:
        line = canvas.text * 1.8
        box = QRectF(rect.x(), rect.center().y() - 2 * line, rect.width(), 4 * line)
        rows: tuple[Line, ...] = (
            (f"Σ x·w = {brief(one.total - one.bias)}", ""),
            (f"+ b = {in_brackets(one.bias)}", "b"),
            (f"y = {brief(one.result)}", "y"),
        )
        for place, (text, role) in enumerate(rows):
            spot = QRectF(box.x(), box.y() + (place + 0.5) * line, box.width(), line)
            canvas.say(spot, text, role, 1.05, bold=role == "y")
        canvas.box(box, themes().theme.line)
        canvas.places(box, 1, 1, [(0, 0)])

    products = one.products.astype(np.float32)
    parts: list[Part] = [
        (tr("input x"), "x", 1.0, many(canvas, x, None, picture=look.sees_picture(number))),
        (tr("weights w"), "w", 1.0, many(canvas, _pictured(one.weights, shape), None)),
        (tr("products"), "", 1.0, many(canvas, _pictured(products, shape), None)),
        (tr("sum y"), "y", 0.8, tell),
    ]
    equation(canvas, canvas.area, parts, "·=→", tall=len(x) > 1)
    canvas.words = f"y = {brief(one.result)}"


def _pictured(values: Array, shape: tuple[int, ...]) -> Array:
    """Numbers as the maps (C, H, W) that they were, or as a square that may end in NaN."""
    flat = values.reshape(-1)
    if shape and int(np.prod(shape)) == flat.size:
        return flat.reshape(shape)
    return square_maps(flat)


def _slopes(canvas: ZoomCanvas, look: ZoomInput, number: int, index: int) -> None:
    """Gradient arriving with input gives the gradient of every weight; each can be gone into."""
    stage = look.found.stages[number]
    x = look.found.inputs(number)
    arriving = as_maps(stage.gradient)[index]
    d_weight = stage.d_weight
    assert d_weight is not None
    if d_weight.ndim == 4:
        own, inputs = d_weight[index], x[stage.channels(index)]

        def key(c: int, i: int, j: int) -> Hashable:
            return ("w", c, i, j)
    else:
        shape = unflattened_shape(look, number)
        own, inputs = _pictured(d_weight[index], shape), _pictured(x, shape)
        count = d_weight.shape[1]
        high, wide = own.shape[1:]

        def key(c: int, i: int, j: int) -> Hashable:
            place = (c * high + i) * wide + j
            return ("w", place) if place < count else None

    def bias(rect: QRectF) -> None:
        if stage.d_bias is None:
            return
        line = canvas.text * 1.6
        spot = QRectF(rect.x(), rect.center().y() - line / 2, rect.width(), line)
        canvas.box(spot, themes().theme.line)
        canvas.say(spot, brief(float(stage.d_bias[index])), "b")
        canvas.places(spot, 1, 1, [("b",)])

    parts: list[Part] = [
        (tr("gradient in g"), "g", 1.0, one_map(canvas, arriving, False)),
        (tr("input x"), "x", 1.1, many(canvas, inputs, None, picture=look.sees_picture(number))),
        (tr("gradient of the weights"), "w", 1.2, many(canvas, own, key)),
        (tr("of the bias"), "b", 0.45, bias),
    ]
    equation(canvas, canvas.area, parts, "·=,", tall=len(inputs) > 1)
    canvas.words = tr("gradient of the weights")


def _map(canvas: ZoomCanvas, look: ZoomInput, number: int, index: int) -> None:
    """One map before and after a pool, an activation or a normalisation."""
    stage = look.found.stages[number]
    before = as_maps(look.received(number))[index]
    after = as_maps(look.shown(stage))[index]
    if look.backward:
        parts: list[Part] = [
            (tr("gradient passed back"), "g", 1.0, one_map(canvas, before, False)),
            (tr("gradient in"), "g", 1.0, one_map(canvas, after, True)),
        ]
    else:
        heading, picture = tr("input x"), look.sees_picture(number)
        parts = [
            (heading, "x", 1.0, many(canvas, before[None], None, stage, picture)),
            (tr("result y"), "y", 1.0, one_map(canvas, after, True)),
        ]
    equation(canvas, canvas.area, parts, "←" if look.backward else "→")
    canvas.words = parts[1][0]


def _class(canvas: ZoomCanvas, look: ZoomInput, number: int, index: int) -> None:
    """One class of a softmax: the sum of all powers, and what is left of its own."""
    stage, area, theme = look.found.stages[number], canvas.area, themes().theme
    a = look.found.inputs(number).astype(np.float64)
    names = look.names(a)
    top = float(a.max())
    powers = np.exp(a - top)
    total = float(powers.sum())
    line = look.text * 1.7
    name = names[index]
    y = float(stage.values[index])
    if look.backward:
        g = stage.gradient.astype(np.float64)
        back = float(look.found.slopes(number)[index])
        p = powers / total
        lines: list[Line] = [
            (f"g[“{name}”] = {brief(float(g[index]))},  Σ g[j] = {brief(float(g.sum()))}", "g"),
            (f"p = e^y = {fmt(p[index], 6)}", "y"),
            (
                f"∂L/∂a[“{name}”] = {in_brackets(float(g[index]))} − {fmt(p[index])} · "
                f"{in_brackets(float(g.sum()))} = {fmt(back, 6)}",
                "g",
            ),
        ]
        if stage.op == "softmax":
            inner = float((g * p).sum())
            lines[2] = (f"∂L/∂a[“{name}”] = {fmt(p[index])} · ({brief(float(g[index]))} − "
                        f"{in_brackets(inner)}) = {fmt(back, 6)}", "g")  # fmt: skip
    else:
        lines = [
            (f"a[“{name}”] = {fmt(a[index], 5)}", "x"),
            (tr_format("largest score: {top:5}", top=top), ""),
            (f"Σ e^(a − {fmt(top)}) = {fmt(total, 6)}", ""),
            (f"y = {fmt(a[index] - top, 5)} − log {fmt(total, 6)} = {fmt(y, 6)}", "y"),
            (f"p = e^y = {powers[index] / total:.4%}", "y"),
        ]
        if stage.op == "softmax":
            lines[3:] = [(f"y = {fmt(powers[index], 5)} / {fmt(total, 6)} = {fmt(y, 6)}", "y")]
    order = np.argsort(-powers, kind="stable")[: max(int((area.height() - 2 * line) / line), 1)]
    begin = area.center().y() - line * (len(order) + 1) / 2
    left = QRectF(area.x(), begin, area.width() * 0.42, line)
    canvas.say(left, tr("largest powers"), "x", bold=True)
    for place, i in enumerate(order):
        rect = left.translated(0, (place + 1) * line)
        colour = theme.text if i == index else theme.quiet
        text = f"“{names[i]}”: e^({fmt(a[i])} − {fmt(top)}) = {fmt(powers[i])}"
        canvas.say(rect, text, colour, bold=bool(i == index))
    y0 = area.center().y() - line * len(lines) / 2
    for place, (text, role) in enumerate(lines):
        rect = QRectF(area.x() + area.width() * 0.45, y0 + place * line, area.width() * 0.55, line)
        canvas.say(rect, text, role, 1.1)
    canvas.words = "; ".join(text for text, _ in lines)
