"""Scenes of the zoom's last level: one number and every product in it."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt

from core.formatting import format_number as fmt
from core.inspect.teach.activation_functions import ACTIVATIONS
from core.inspect.zoom.forward_backward import as_maps
from core.inspect.zoom.numbers import WeightedSum, pool_window, weighted_sum
from core.translation import tr
from hellodl_gui.features.zoom.chain_rule_scene import chain_rule_scene
from hellodl_gui.features.zoom.layer_scenes import BENDS, POOLS, SUMS, Address
from hellodl_gui.features.zoom.unit_scenes import Line, Part, equation, many, text_lines
from hellodl_gui.features.zoom.zoom_canvas import ZoomCanvas
from hellodl_gui.features.zoom.zoom_input import ZoomInput
from hellodl_gui.features.zoom.zoom_style import brief, in_brackets, role_colour
from hellodl_gui.theming.theme_manager import themes

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def number_scene(look: ZoomInput, address: Address, size: QSizeF) -> ZoomCanvas:
    """A single number of a layer; backward a single weight."""
    canvas = ZoomCanvas(size, look.text)
    area = QRectF(10, 6, size.width() - 20, size.height() - 12)
    number, index, place = int(str(address[0])), int(str(address[1])), address[2]
    stage = look.found.stages[number]
    assert isinstance(place, tuple)
    if stage.op in SUMS and look.backward:
        chain_rule_scene(canvas, look, number, area)
    elif stage.op in SUMS:
        _products(canvas, look, number, weighted_sum(
            stage, look.found.inputs(number), index, int(place[0]), int(place[1])
        ), area, later_values(look, number, index, int(place[0]), int(place[1])))  # fmt: skip
    else:
        row, column = int(place[0]), int(place[1])
        if stage.op in POOLS:
            _window(canvas, look, number, index, row, column, area)
        elif stage.op in BENDS:
            _bend(canvas, look, number, index, row, column, area)
        else:
            _normed(canvas, look, number, index, row, column, area)
    return canvas


def later_values(look: ZoomInput, number: int, unit: int, row: int, column: int) -> str:
    """What later layers make of a number: pooling, activation."""
    parts = []
    for after in range(number + 1, len(look.found.stages)):
        stage = look.found.stages[after]
        x = as_maps(look.found.inputs(after))
        if stage.op in POOLS:
            was = float(x[unit, row, column])
            row, column = row // stage.stride[0], column // stage.stride[1]
            if row >= stage.values.shape[1] or column >= stage.values.shape[2]:
                parts.append(tr("outside every pool"))
                break
            y = float(stage.values[unit, row, column])
            if stage.op == "max_pool2d" and y != was:
                parts.append(tr("max-pool takes a larger value: {y}").format(y=brief(y)))
                break
            parts.append(tr("pooled {y}").format(y=brief(y)))
        elif stage.op in BENDS or stage.op == "batch_norm":
            y = float(as_maps(stage.values)[unit, row, column])
            name = next((one.name for one in ACTIVATIONS if one.key == stage.op), stage.name)
            parts.append(f"{name} {brief(y)}")
        else:
            break
    return " → ".join(parts)


def _products(
    canvas: ZoomCanvas, look: ZoomInput, number: int, one: WeightedSum, area: QRectF, after: str
) -> None:
    """The window, the kernel, their products, and the sum; a neuron's as a list."""
    channels, high, wide = one.inputs.shape
    sums = one.channels
    line = canvas.text * 1.7
    lines: list[Line] = []
    if channels == 1:
        rows = []
        for numbers, weights in zip(one.inputs[0], one.weights[0], strict=True):
            terms = zip(map(float, numbers), map(float, weights), strict=True)
            rows.append(" + ".join(f"{in_brackets(x)}·{in_brackets(w)}" for x, w in terms))
        lines += [(f"{text} +" if i < len(rows) - 1 else text, "") for i, text in enumerate(rows)]
    else:
        order = np.argsort(-np.abs(sums), kind="stable")
        some = [in_brackets(float(sums[c])) for c in order[:6]]
        rest = float(sums[order[6:]].sum())
        more = f" + {in_brackets(rest)}" if channels > 6 else ""
        lines.append((" + ".join(some) + more, ""))
        if more:
            text = tr("the {n} largest of {all}, then the sum of the rest")
            lines.append((text.format(n=6, all=channels), "x"))
    lines.append((f"Σ = {fmt(one.total - one.bias, 6)}", ""))
    lines.append((f"+ b = {in_brackets(one.bias)}", "b"))
    text = f"y = {fmt(one.result, 6)}"
    lines.append((f"{text}  → {after}" if after else text, "y"))
    foot = QRectF(area.x(), area.bottom() - line * len(lines), area.width(), line * len(lines))
    top = QRectF(area.x(), area.y(), area.width(), foot.top() - area.y() - 4)
    if high * wide > 1:
        products, picture = one.products.astype(np.float32), look.sees_picture(number)
        heads = tr("window of x"), tr("kernel w")
        parts: list[Part] = [
            (heads[0], "x", 1.0, many(canvas, one.inputs, None, picture=picture)),
            (heads[1], "w", 1.0, many(canvas, one.weights, None)),
            (tr("products x·w"), "", 1.0, many(canvas, products, None)),
        ]
        if channels > 1:
            parts = [_widest(canvas, one, picture), *parts]
            equation(canvas, top, parts, " ·=", tall=True)
        else:
            equation(canvas, top, parts, "·=")
    else:
        _list(canvas, look, one, top)
    text_lines(canvas, lines, foot)


def _widest(canvas: ZoomCanvas, one: WeightedSum, picture: bool) -> Part:
    """The channel that counts most, with its numbers."""
    channel = int(np.abs(one.channels).argmax())

    def draw(rect: QRectF) -> None:
        third = rect.height() / 3
        for place, (values, role) in enumerate(
            ((one.inputs[channel], "x"), (one.weights[channel], "w"), (None, ""))
        ):
            spot = QRectF(rect.x(), rect.y() + place * third, rect.width(), third - 6)
            numbers = one.products[channel].astype(np.float32) if values is None else values
            grid = canvas.numbers(numbers, spot, picture and role == "x")
            colour = role_colour(themes().theme, role)  # type: ignore[arg-type]
            canvas.box(grid, colour, width=2, rounded=0)

    text = tr("channel {n}: {sum}")
    return text.format(n=channel, sum=brief(float(one.channels[channel]))), "", 0.8, draw


def _list(canvas: ZoomCanvas, look: ZoomInput, one: WeightedSum, area: QRectF) -> None:
    """The products of a neuron, largest first, in columns."""
    theme = themes().theme
    line = canvas.text * 1.5
    products = one.channels
    columns = max(int(area.width() / (canvas.text * 19)), 1)
    rows = max(int(area.height() / line) - 1, 1)
    head = QRectF(area.x(), area.y(), area.width(), line)
    text = tr("x·w of all {count} inputs, largest first")
    canvas.say(head, text.format(count=f"{products.size:,}"), bold=True)
    wide = area.width() / columns
    most = float(np.abs(products).max(initial=0.0)) or 1.0
    order = np.argsort(-np.abs(products), kind="stable")[: rows * columns]
    for place, i in enumerate(order):
        column, row = divmod(place, rows)
        spot = QRectF(area.x() + column * wide, head.bottom() + row * line, wide - 10, line)
        share = abs(float(products[i])) / most
        colour = theme.positive if products[i] > 0 else theme.negative
        bar = QRectF(spot.x(), spot.bottom() - 2, spot.width() * share, 2)
        canvas.box(bar, colour, colour, rounded=0)
        x, w = float(one.inputs[i, 0, 0]), float(one.weights[i, 0, 0])
        text = f"x[{i}]  {brief(x)} · {in_brackets(w)} = {brief(float(products[i]))}"
        canvas.say(spot, text, scale=0.95, align=_LEFT)


def _window(
    canvas: ZoomCanvas, look: ZoomInput, number: int, unit: int, row: int, column: int, area: QRectF
) -> None:
    """What a pool sees, and which number it takes, or which gets the gradient."""
    stage = look.found.stages[number]
    seen, top, left = pool_window(stage, look.found.inputs(number), unit, row, column)
    y = float(stage.values[unit, row, column])
    theme = themes().theme
    winner = np.unravel_index(int(seen.argmax()), seen.shape)
    g = float(stage.gradient[unit, row, column])
    if look.backward:
        back = look.found.slopes(number)[unit]
        shown = back[top : top + seen.shape[0], left : left + seen.shape[1]]
    else:
        shown = seen

    def draw(rect: QRectF) -> None:
        picture = not look.backward and look.sees_picture(number)
        place = canvas.numbers(shown, rect, picture)
        if stage.op == "max_pool2d":
            high, wide = place.height() / shown.shape[0], place.width() / shown.shape[1]
            ring = QRectF(place.x() + winner[1] * wide, place.y() + winner[0] * high, wide, high)
            canvas.box(ring.adjusted(2, 2, -2, -2), theme.accent, width=3, rounded=2)

    numbers = ", ".join(brief(float(v)) for v in seen.reshape(-1))
    lines: list[Line] = []
    if stage.op == "max_pool2d":
        lines.append((f"max({numbers})", "x"))
        lines.append((f"y = {fmt(y, 6)}", "y"))
        if look.backward:
            text = tr("g = {g} goes only to row {row}, column {column}")
            place = {"row": top + int(winner[0]), "column": left + int(winner[1])}
            lines.append((text.format(g=fmt(g), **place), "g"))
    else:
        lines += [(f"mean({numbers})", "x"), (f"y = {fmt(y, 6)}", "y")]
        if look.backward:
            lines.append((f"{fmt(g)} / {seen.size} = {fmt(g / seen.size)}", "g"))
    half = area.width() / 2
    heading = tr("∂L/∂x there") if look.backward else tr("window of x")
    part: Part = (heading, "g" if look.backward else "x", 1.0, draw)
    equation(canvas, QRectF(area.x(), area.y(), half - 12, area.height()), [part], "")
    text_lines(canvas, lines, QRectF(area.center().x(), area.y(), half, area.height()), 1.1)


def _bend(
    canvas: ZoomCanvas, look: ZoomInput, number: int, unit: int, row: int, column: int, area: QRectF
) -> None:
    """The curve of an activation with the number on it, and the slope there."""
    stage = look.found.stages[number]
    x = float(as_maps(look.found.inputs(number))[unit, row, column])
    y = float(as_maps(stage.values)[unit, row, column])
    g = float(as_maps(stage.gradient)[unit, row, column])
    back = float(as_maps(look.found.slopes(number))[unit, row, column])
    curve = next(one for one in ACTIVATIONS if one.key == stage.op)
    theme = themes().theme
    reach = max(4.0, abs(x) * 1.2)
    xs = np.linspace(-reach, reach, 161)
    ys, _ = curve.sampled(xs)
    slope = float(curve.sampled(np.array([x]))[1][0])
    half = area.width() / 2
    plot = QRectF(area.x() + 8, area.y() + 8, half - 24, area.height() - 16)
    low, high = float(min(ys.min(), y)) - 0.5, float(max(ys.max(), y)) + 0.5

    def at(one: float, other: float) -> QPointF:
        return QPointF(
            plot.x() + (one + reach) / (2 * reach) * plot.width(),
            plot.bottom() - (other - low) / (high - low) * plot.height(),
        )

    canvas.box(plot, theme.line)
    canvas.line([at(-reach, 0.0), at(reach, 0.0)], theme.line, 1)
    canvas.line([at(0.0, low), at(0.0, high)], theme.line, 1)
    canvas.line([at(float(a), float(b)) for a, b in zip(xs, ys, strict=True)],
                role_colour(theme, "y"), 2)  # fmt: skip
    canvas.line([at(x, 0.0), at(x, y), at(0.0, y)], role_colour(theme, "x"), 1.5)
    dot = QRectF(0, 0, 9, 9)
    dot.moveCenter(at(x, y))
    canvas.box(dot, role_colour(theme, "x"), role_colour(theme, "x"), rounded=4.5)
    lines: list[Line] = [
        (f"x = {fmt(x, 6)}", "x"),
        (f"{curve.name}(x) = {curve.formula}", ""),
        (f"y = {fmt(y, 6)}", "y"),
        (tr("slope there: {slope}").format(slope=fmt(slope, 6)), "w"),
    ]
    if look.backward:
        lines.append((f"∂L/∂x = {fmt(g)} · {fmt(slope)} = {fmt(back)}", "g"))
    text_lines(canvas, lines, QRectF(area.center().x(), area.y(), half, area.height()), 1.1)


def _normed(
    canvas: ZoomCanvas, look: ZoomInput, number: int, unit: int, row: int, column: int, area: QRectF
) -> None:
    """One number of a batch norm in use."""
    stage = look.found.stages[number]
    x = float(as_maps(look.found.inputs(number))[unit, row, column])
    y = float(as_maps(stage.values)[unit, row, column])
    g = float(as_maps(stage.gradient)[unit, row, column])
    back = float(as_maps(look.found.slopes(number))[unit, row, column])
    mean = float(stage.mean[unit]) if stage.mean is not None else 0.0
    spread = float(stage.spread[unit]) if stage.spread is not None else 1.0
    scale = float(stage.weight[unit]) if stage.weight is not None else 1.0
    shift = float(stage.bias[unit]) if stage.bias is not None else 0.0
    lines: list[Line] = [
        (f"x = {fmt(x, 6)}", "x"),
        (tr("running mean {mean}").format(mean=fmt(mean, 6)), "b"),
        (
            tr("σ = √(variance + ε) = {spread}").format(spread=fmt(spread, 6)),
            "w",
        ),
        (
            f"({fmt(x, 5)} − {fmt(mean, 5)}) / {fmt(spread, 5)} · {fmt(scale)} + {fmt(shift)}",
            "",
        ),
        (f"y = {fmt(y, 6)}", "y"),
    ]
    if look.backward:
        lines.append(
            (
                f"∂L/∂x = {fmt(g)} · {fmt(scale)} / {fmt(spread)} = {fmt(back)}",
                "g",
            )
        )
    text_lines(canvas, lines, area, 1.15)
