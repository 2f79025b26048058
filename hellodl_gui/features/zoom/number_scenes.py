"""Scenes of the zoom's last level: one number and every product in it."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt

from core.formatting import format_number as fmt
from core.formatting import tr_format
from core.inspect.teach.activation_functions import activation
from core.inspect.zoom.forward_backward import as_maps
from core.inspect.zoom.numbers import WeightedSum, pool_window, weighted_sum
from core.translation import tr
from hellodl_gui.features.zoom.chain_rule_scene import chain_rule_scene
from hellodl_gui.features.zoom.layer_scenes import (
    BENDS,
    NORMS,
    POOLS,
    SUMS,
    Address,
    layer_scene,
    network_scene,
)
from hellodl_gui.features.zoom.unit_scenes import (
    Line,
    Part,
    above_lines,
    equation,
    halves,
    many,
    text_lines,
    unit_scene,
)
from hellodl_gui.features.zoom.zoom_canvas import ZoomCanvas
from hellodl_gui.features.zoom.zoom_input import ZoomInput
from hellodl_gui.features.zoom.zoom_style import brief, in_brackets
from hellodl_gui.theming.theme_manager import themes

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter

Place = tuple[int, int, int]
"""Unit, row, column."""


def scene(look: ZoomInput, address: Address, size: QSizeF) -> ZoomCanvas:
    """The level at an address, laid out."""
    match address:
        case ():
            return network_scene(look, size)
        case (int() as number,):
            return layer_scene(look, number, size)
        case (int() as number, int() as index):
            return unit_scene(look, number, index, size)
    return number_scene(look, address, size)


def number_scene(look: ZoomInput, address: Address, size: QSizeF) -> ZoomCanvas:
    """A single number of a layer; backward a single weight."""
    canvas = ZoomCanvas(size, look.text)
    number, index, place = int(str(address[0])), int(str(address[1])), address[2]
    stage = look.found.stages[number]
    assert isinstance(place, tuple)
    if stage.op in SUMS and look.backward:
        chain_rule_scene(canvas, look, number)
        return canvas
    at = index, int(place[0]), int(place[1])
    if stage.op in SUMS:
        _products(canvas, look, number, at)
    elif stage.op in POOLS:
        _window(canvas, look, number, at)
    elif stage.op in BENDS:
        _bend(canvas, look, number, at)
    else:
        _normed(canvas, look, number, at)
    return canvas


def later_values(look: ZoomInput, number: int, at: Place) -> str:
    """What later layers make of a number: pooling, activation."""
    unit, row, column = at
    parts: list[str] = []
    here = number
    for after in range(number + 1, len(look.found.stages)):
        stage = look.found.stages[after]
        if here not in stage.sources:
            continue  # of another branch
        if stage.sources != (here,):
            break  # where branches come together
        here = after
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
        elif stage.op in (*BENDS, *NORMS):
            y = float(as_maps(stage.values)[unit, row, column])
            name = activation(stage.op).name if stage.op in BENDS else stage.name
            parts.append(f"{name} {brief(y)}")
        else:
            break
    return " → ".join(parts)


def _products(canvas: ZoomCanvas, look: ZoomInput, number: int, at: Place) -> None:
    """The window, the kernel, their products, and the sum; a neuron's as a list."""
    one = weighted_sum(look.found.stages[number], look.found.inputs(number), *at)
    after = later_values(look, number, at)
    channels, high, wide = one.inputs.shape
    sums = one.channels
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
            text = "the {n} largest of {all}, then the sum of the rest"
            lines.append((tr_format(text, n=6, all=channels), "x"))
    lines.append((f"Σ = {fmt(one.total - one.bias, 6)}", ""))
    lines.append((f"+ b = {in_brackets(one.bias)}", "b"))
    text = f"y = {fmt(one.result, 6)}"
    lines.append((f"{text}  → {after}" if after else text, "y"))
    top, foot = above_lines(canvas, lines, 1.7, 4)
    if high * wide > 1:
        products, picture = one.products.astype(np.float32), look.sees_picture(number)
        parts: list[Part] = [
            (tr("window of x"), "x", 1.0, many(canvas, one.inputs, None, picture=picture)),
            (tr("kernel w"), "w", 1.0, many(canvas, one.weights, None)),
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
            canvas.box(grid, role, width=2, rounded=0)

    shown = one.first + channel
    heading = tr_format("channel {n}: {sum}", n=shown, sum=brief(float(one.channels[channel])))
    return heading, "", 0.8, draw


def _list(canvas: ZoomCanvas, look: ZoomInput, one: WeightedSum, area: QRectF) -> None:
    """The products of a neuron, largest first, in columns."""
    theme = themes().theme
    line = canvas.text * 1.5
    products = one.channels
    columns = max(int(area.width() / (canvas.text * 19)), 1)
    rows = max(int(area.height() / line) - 1, 1)
    head = QRectF(area.x(), area.y(), area.width(), line)
    text = "x·w of all {count:,} inputs, largest first"
    canvas.say(head, tr_format(text, count=products.size), bold=True)
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


def _window(canvas: ZoomCanvas, look: ZoomInput, number: int, at: Place) -> None:
    """What a pool sees, and which number it takes, or which gets the gradient."""
    stage = look.found.stages[number]
    seen, top, left = pool_window(stage, look.found.inputs(number), *at)
    y, g = float(stage.values[at]), float(stage.gradient[at])
    winner = np.unravel_index(int(seen.argmax()), seen.shape)
    if look.backward:
        back = look.found.slopes(number)[at[0]]
        (down, right), (high, wide) = stage.apart, seen.shape
        shown = back[top : top + high * down : down, left : left + wide * right : right]
    else:
        shown = seen

    def draw(rect: QRectF) -> None:
        picture = not look.backward and look.sees_picture(number)
        place = canvas.numbers(shown, rect, picture)
        if stage.op == "max_pool2d":
            high, wide = place.height() / shown.shape[0], place.width() / shown.shape[1]
            ring = QRectF(place.x() + winner[1] * wide, place.y() + winner[0] * high, wide, high)
            canvas.box(ring.adjusted(2, 2, -2, -2), themes().theme.accent, width=3, rounded=2)

    numbers = ", ".join(brief(float(v)) for v in seen.reshape(-1))
    lines: list[Line] = []
    if stage.op == "max_pool2d":
        lines.append((f"max({numbers})", "x"))
        lines.append((f"y = {fmt(y, 6)}", "y"))
        if look.backward:
            text = "g = {g:4} goes only to row {row}, column {column}"
            row = top + int(winner[0]) * stage.apart[0]
            column = left + int(winner[1]) * stage.apart[1]
            lines.append((tr_format(text, g=g, row=row, column=column), "g"))
    else:
        lines += [(f"mean({numbers})", "x"), (f"y = {fmt(y, 6)}", "y")]
        if look.backward:
            lines.append((f"{fmt(g)} / {seen.size} = {fmt(g / seen.size)}", "g"))
    heading = tr("∂L/∂x there") if look.backward else tr("window of x")
    left_half, right_half = halves(canvas)
    equation(canvas, left_half, [(heading, "g" if look.backward else "x", 1.0, draw)], "")
    text_lines(canvas, lines, right_half, 1.1)


def _bend(canvas: ZoomCanvas, look: ZoomInput, number: int, at: Place) -> None:
    """The curve of an activation with the number on it, and the slope there."""
    stage = look.found.stages[number]
    x, y, g, back = _passed(look, number, at)
    curve = activation(stage.op, stage.option)
    theme = themes().theme
    reach = max(4.0, abs(x) * 1.2)
    xs = np.linspace(-reach, reach, 161)
    ys, _ = curve.sampled(xs)
    slope = float(curve.sampled(np.array([x]))[1][0])
    left, right = halves(canvas)
    plot = left.adjusted(8, 8, -4, -8)
    low, high = float(min(ys.min(), y)) - 0.5, float(max(ys.max(), y)) + 0.5

    def spot(one: float, other: float) -> QPointF:
        return QPointF(
            plot.x() + (one + reach) / (2 * reach) * plot.width(),
            plot.bottom() - (other - low) / (high - low) * plot.height(),
        )

    canvas.box(plot, theme.line)
    canvas.line([spot(-reach, 0.0), spot(reach, 0.0)], theme.line, 1)
    canvas.line([spot(0.0, low), spot(0.0, high)], theme.line, 1)
    canvas.line([spot(float(a), float(b)) for a, b in zip(xs, ys, strict=True)], "y", 2)
    canvas.line([spot(x, 0.0), spot(x, y), spot(0.0, y)], "x", 1.5)
    dot = QRectF(0, 0, 9, 9)
    dot.moveCenter(spot(x, y))
    canvas.box(dot, "x", "x", rounded=4.5)
    lines: list[Line] = [
        (f"x = {fmt(x, 6)}", "x"),
        (f"{curve.name}(x) = {curve.formula}", ""),
        (f"y = {fmt(y, 6)}", "y"),
        (tr_format("slope there: {slope:6}", slope=slope), "w"),
    ]
    if look.backward:
        lines.append((f"∂L/∂x = {fmt(g)} · {fmt(slope)} = {fmt(back)}", "g"))
    text_lines(canvas, lines, right, 1.1)


def _normed(canvas: ZoomCanvas, look: ZoomInput, number: int, at: Place) -> None:
    """One number of a normalisation in use."""
    stage = look.found.stages[number]
    x, y, g, back = _passed(look, number, at)
    mean, spread, scale, shift = (
        fallback if values is None else float(values[at[0]])
        for values, fallback in (
            (stage.mean, 0.0), (stage.spread, 1.0), (stage.weight, 1.0), (stage.bias, 0.0)
        )
    )  # fmt: skip
    running = "running mean {mean:6}" if stage.op == "batch_norm" else "mean {mean:6}"
    size = "√(mean of squares + ε)" if stage.op == "rms_norm" else "√(variance + ε)"
    lines: list[Line] = [
        (f"x = {fmt(x, 6)}", "x"),
        *(() if stage.op == "rms_norm" else ((tr_format(running, mean=mean), "b"),)),
        (f"σ = {tr(size)} = {fmt(spread, 6)}", "w"),
        (f"({fmt(x, 5)} − {fmt(mean, 5)}) / {fmt(spread, 5)} · {fmt(scale)} + {fmt(shift)}", ""),
        (f"y = {fmt(y, 6)}", "y"),
    ]
    if look.backward and stage.op == "batch_norm":
        lines.append((f"∂L/∂x = {fmt(g)} · {fmt(scale)} / {fmt(spread)} = {fmt(back)}", "g"))
    elif look.backward:  # mean and σ depend on x too
        own = "" if stage.op == "rms_norm" else f" − {tr('mean')} ĝ"
        lines.append((f"ŷ = (x − {tr('mean')}) / σ = {fmt((x - mean) / spread)}", "y"))
        lines.append((f"ĝ = {fmt(g)} · {fmt(scale)} = {fmt(g * scale)}", "g"))
        terms = f"(ĝ{own} − ŷ · {tr('mean')}(ĝ·ŷ)) / {fmt(spread)}"
        lines.append((f"∂L/∂x = {terms} = {fmt(back)}", "g"))
    text_lines(canvas, lines, canvas.area, 1.15)


def _passed(look: ZoomInput, number: int, at: Place) -> list[float]:
    """One number as it comes in and goes out, the gradient there, and what is passed back."""
    stage, found = look.found.stages[number], look.found
    maps = found.inputs(number), stage.values, stage.gradient, found.slopes(number)
    return [float(as_maps(values)[at]) for values in maps]
