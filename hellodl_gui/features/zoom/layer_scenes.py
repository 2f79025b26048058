"""Scenes of the zoom's upper levels: the network, and one layer."""

from collections.abc import Hashable

import numpy as np
from PySide6.QtCore import QRectF, QSizeF, Qt

from core.formatting import format_number as fmt
from core.formatting import tr_format
from core.inspect.zoom.forward_backward import LayerPass, as_maps
from core.inspect.zoom.numbers import weight_images
from core.inspect.zoom.source_code import Role
from core.translation import tr
from hellodl_gui.features.zoom.zoom_canvas import ZoomCanvas
from hellodl_gui.features.zoom.zoom_input import Array, ZoomInput
from hellodl_gui.features.zoom.zoom_style import best_columns, brief
from hellodl_gui.theming.theme_manager import themes

Address = tuple[Hashable, ...]

SUMS = ("conv2d", "linear")
POOLS = ("max_pool2d", "avg_pool2d")
BENDS = ("relu", "leaky_relu", "gelu", "sigmoid", "tanh", "softplus", "silu", "elu")
NORMS = ("batch_norm", "group_norm", "layer_norm", "rms_norm")
SHARES = ("log_softmax", "softmax")
_ROOMY = 6.5  # heights of letters that a layer needs to be called by its full name


def max_depth(stage: LayerPass) -> int:
    """How far one can go into a layer: 1 the layer itself, 2 its units, 3 single numbers."""
    if stage.op in (*SUMS, *POOLS, *BENDS) or (stage.op in NORMS and stage.spread is not None):
        return 3
    return 2 if stage.op in SHARES else 1


def layer_title(stage: LayerPass) -> str:
    """What a layer is called."""
    high, wide = stage.size
    match stage.op:
        case "conv2d":
            text = "{count} kernels {high}×{wide}"
        case "linear":
            text = "{count} neurons" if stage.values.size > 1 else "{count} neuron"
        case "max_pool2d":
            text = "max-pool {high}×{wide}"
        case "avg_pool2d":
            text = "mean-pool {high}×{wide}"
        case "flatten" | "batch_norm" | "group_norm" | "layer_norm":
            text = stage.op.replace("_", " ")
        case "rms_norm":
            text = "RMS norm"
        case "log_softmax" | "softmax":
            return stage.op.replace("_", "-")
        case "gelu" | "relu" | "silu" | "elu":
            return {"gelu": "GELU", "relu": "ReLU", "silu": "SiLU", "elu": "ELU"}[stage.op]
        case _:
            return tr("loss") if stage.name == "loss" else stage.name
    high, wide = stage.size
    count = len(stage.values) if stage.values.ndim else 1
    return tr_format(text, count=count, high=high, wide=wide)


def short_layer_name(stage: LayerPass) -> str:
    """What a layer is called where there is hardly room."""
    if stage.op == "conv2d":
        return f"{stage.size[0]}×{stage.size[1]}"
    words = {"log_softmax": "log p", "softmax": "p"} | {
        "linear": tr("sums"), "flatten": tr("row"),
        **dict.fromkeys(NORMS, tr("norm")), **dict.fromkeys(POOLS, tr("pool")),
    }  # fmt: skip
    return words.get(stage.op) or layer_title(stage)


def size_text(values: Array) -> str:
    """“32 × 26×26”, or how many numbers."""
    if values.ndim == 3:
        return f"{values.shape[0]} × {values.shape[1]}×{values.shape[2]}"
    if values.ndim == 2:
        return f"{values.shape[0]} × {values.shape[1]}"
    return f"{values.size:,}"


def square_maps(values: Array) -> Array:
    """Maps as they are, a row of numbers as a square of them: (C, H, W)."""
    if values.ndim in (2, 3):
        return as_maps(values)
    side = max(int(np.ceil(np.sqrt(values.size))), 1)
    padded = np.full(side * side, np.nan, np.float32)
    padded[: values.size] = values.reshape(-1)
    rows = -(-values.size // side)
    return padded.reshape(1, side, side)[:, :rows]


# -- the network ------------------------------------------------------------------------------


def network_scene(look: ZoomInput, size: QSizeF) -> ZoomCanvas:
    """A card for every layer, in rows, the picture first and the loss last."""
    canvas = ZoomCanvas(size, look.text)
    count = len(look.found.stages) + 1
    margin, gap = 10.0, look.text * 1.5
    area = QRectF(margin, margin, size.width() - 2 * margin, size.height() - 2 * margin)
    across = best_columns(count, 1.0, area)
    down = -(-count // across)
    wide = (area.width() - across * gap) / across
    high = (area.height() - (down - 1) * gap * 0.6) / down
    for number in range(count):
        row, column = divmod(number, across)
        rect = QRectF(
            area.x() + column * (wide + gap), area.y() + row * (high + gap * 0.6), wide, high
        )
        if number < count - 1 and number - 1 in look.found.stages[number].sources:
            spot = QRectF(rect.right(), rect.y(), gap, high)
            canvas.say(spot, *(("←", "g") if look.backward else ("→", "y")), 1.2)
        _card(canvas, look, number - 1, rect)
        if number:
            canvas.places(rect, 1, 1, [number - 1])
    canvas.words = outcome(look)
    return canvas


def outcome(look: ZoomInput) -> str:
    """What the network says of the picture, and how wrong that is."""
    found = look.found
    if len(look.classes) != found.probs.size:
        outputs = found.inputs(len(found.stages) - 1).reshape(-1)
        if outputs.size > 1:
            return tr_format("{n} outputs; loss {loss:4}", found, n=outputs.size)
        return tr_format("Output {value:4}; loss {loss:4}", found, value=float(outputs[0]))
    best = int(found.probs.argmax())
    sure = f"{found.probs[best]:.1%}"
    words = "Read as “{guess}”, {sure}; loss {loss:4}"
    return tr_format(words, found, guess=look.classes[best], sure=sure)


def _card(canvas: ZoomCanvas, look: ZoomInput, number: int, rect: QRectF) -> None:
    theme = themes().theme
    canvas.box(rect, theme.line, theme.raised)
    line = look.text * 1.4
    head = QRectF(rect.x() + 4, rect.y() + 2, rect.width() - 8, line)
    foot = QRectF(rect.x() + 4, rect.bottom() - line - 1, rect.width() - 8, line)
    inside = QRectF(
        rect.x() + 8, head.bottom() + 2, rect.width() - 16, foot.top() - head.bottom() - 4
    )
    if number < 0:
        text = look.sample_name
        canvas.say(head, text, scale=canvas.fit(text, head.width(), 0.9), bold=True)
        values = look.found.slope if look.backward else look.found.picture
        picture = not look.backward and look.hands_on_picture(-1)
        if picture and values.ndim == 3 and len(values) == 3:
            canvas.coloured(values, inside)
        else:
            canvas.joined(square_maps(values), inside, picture)
        _size(canvas, values, foot)
        return
    stage = look.found.stages[number]
    text = layer_title(stage) if rect.width() > look.text * _ROOMY else short_layer_name(stage)
    if rect.width() > look.text * 12:
        text = f"{number + 1} · {text}"
    canvas.say(head, text, scale=canvas.fit(text, head.width(), 0.9), bold=True)
    values = look.shown(stage)
    if not values.ndim:
        shown = "∂L/∂L = 1" if look.backward else f"L = {fmt(float(values))}"
        if rect.width() <= look.text * _ROOMY:
            shown = "1" if look.backward else brief(float(values))
        size = canvas.fit(shown, inside.width(), 1.2)
        canvas.say(inside, shown, "g" if look.backward else "y", size, bold=True)
        if look.label is not None:
            word = "predicted “{label}”" if look.found.guessed else "a “{label}”"
            canvas.say(foot, tr_format(word, label=look.label), theme.quiet, 0.85)
        return
    if values.size == len(look.classes) and values.ndim == 1:
        bars(canvas, values, look.classes, inside, most=12)
    elif values.size == 1 and not look.hands_on_picture(number):
        shown = brief(float(values.reshape(-1)[0]))
        size = canvas.fit(shown, inside.width(), 1.2)
        canvas.say(inside, shown, "g" if look.backward else "y", size, bold=True)
    else:
        picture = not look.backward and look.hands_on_picture(number)
        canvas.joined(square_maps(values), inside, picture)
    _size(canvas, values, foot, _sources(look, number))


def _sources(look: ZoomInput, number: int) -> str:
    """From which stages a stage has its numbers, where that is not just the one before it."""
    sources = look.found.stages[number].sources
    if sources == (number - 1,):
        return ""
    names = [look.sample_name if source < 0 else str(source + 1) for source in sources]
    return tr("from {names}").format(names=", ".join(names))


def _size(canvas: ZoomCanvas, values: Array, foot: QRectF, sources: str = "") -> None:
    """How large it is; of maps in a narrow card only how many. `sources` says where it is from."""
    text = size_text(values)
    if values.ndim == 3 and foot.width() < canvas.text * _ROOMY:
        text = str(len(values))
    if sources:
        text = sources if foot.width() < canvas.text * 2 * _ROOMY else f"{text} · {sources}"
    canvas.say(foot, text, themes().theme.quiet, 0.85)


def bars(
    canvas: ZoomCanvas, values: Array, names: tuple[str, ...], rect: QRectF, most: int = 60
) -> None:
    """Bar chart of one number per class; only the largest where there are too many."""
    theme = themes().theme
    order = np.arange(len(values))
    if len(values) > most:
        order = np.sort(np.argsort(-values, kind="stable")[:most])
        foot = QRectF(rect.x(), rect.bottom() - canvas.text, rect.width(), canvas.text * 1.2)
        rect = QRectF(rect.x(), rect.y(), rect.width(), rect.height() - foot.height())
        words = tr_format("the {most} largest of {count}", most=most, count=len(values))
        canvas.say(foot, words, theme.quiet, canvas.fit(words, foot.width(), 0.75))
    high = min(rect.height() / len(order), canvas.text * 2)
    top = rect.center().y() - high * len(order) / 2
    finite = np.nan_to_num(values)
    low, top_value = min(float(finite.min()), 0.0), max(float(finite.max()), 0.0)
    span = (top_value - low) or 1.0
    scale = min(0.9, high / canvas.text * 0.85)
    needed = max(canvas.wide(names[index], scale) for index in order) + canvas.text * 0.3
    heading = min(max(needed, canvas.text * 1.4), rect.width() * 0.4)
    begin = rect.x() + heading + canvas.text * 0.2
    right = canvas.text * 4 if rect.width() > 150 else 0
    room = rect.right() - begin - right
    zero = begin - low / span * room
    for place, index in enumerate(order):
        y = top + place * high
        end = zero + float(finite[index]) / span * room
        colour = theme.positive if finite[index] > 0 else theme.negative
        bar = QRectF(min(zero, end), y + high * 0.2, abs(end - zero), high * 0.6)
        canvas.box(bar, colour, colour, rounded=1)
        left = QRectF(rect.x(), y, heading, high)
        canvas.say(left, names[index], scale=scale, align=Qt.AlignmentFlag.AlignCenter)
        if rect.width() > 150:
            number = QRectF(rect.right() - canvas.text * 4, y, canvas.text * 4, high)
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            canvas.say(number, brief(float(values[index])), theme.quiet, scale, align)


# -- a layer ----------------------------------------------------------------------------------


def layer_scene(look: ZoomInput, number: int, size: QSizeF) -> ZoomCanvas:
    """All units of a layer: what each has of its own, and what it makes of the picture."""
    canvas = ZoomCanvas(size, look.text)
    stage = look.found.stages[number]
    area, values = canvas.area, look.shown(stage)
    if stage.op in SHARES:
        _shares(canvas, look, number, area)
        return canvas
    if max_depth(stage) == 1:
        _plain(canvas, look, number, area)
        return canvas
    maps = as_maps(values)
    own = stage.d_weight if look.backward else stage.weight
    sums = stage.op in SUMS and own is not None
    before = as_maps(look.received(number))
    count = len(maps)
    pair = sums or len(before) == count
    across = best_columns(count, 0.62 if pair else 1.15, area)
    down = -(-count // across)
    caption = look.text * 1.15 if area.height() / down > look.text * 4.5 else 0.0
    theme, grid = themes().theme, canvas.places(area, down, across, range(count))
    first, second = [], []
    for unit in range(count):
        rect = grid.cell(unit).adjusted(2, 2, -2, -2)
        canvas.box(rect, theme.line, theme.raised, rounded=3)
        inside = rect.adjusted(3, 3, -3, -3 - caption)
        half = inside.width() / 2 if pair else 0.0
        first.append(QRectF(inside.x(), inside.y(), half - 2, inside.height()))
        second.append(inside.adjusted(half + 2 if pair else 0, 0, 0, 0))
        if caption:
            foot = QRectF(rect.x() + 2, rect.bottom() - caption - 1, rect.width() - 4, caption)
            single = maps[unit].size == 1
            of_class = count == len(look.classes) and stage.weight is not None
            called = f"“{look.classes[unit]}”" if of_class else str(unit)
            text = f"{called}: {brief(float(maps[unit, 0, 0]))}" if single else called
            canvas.say(foot, text, theme.quiet, 0.75)
    if pair:
        if sums and own is not None:
            canvas.joined_all(unit_weights(look, number, own), first)
        else:
            picture = not look.backward and look.sees_picture(number)
            canvas.joined_all(before[:, None], first, picture)
    canvas.joined_all(maps[:, None], second)
    canvas.words = f"{layer_title(stage)}, {size_text(values)}"
    return canvas


def unit_weights(look: ZoomInput, number: int, weights: Array) -> Array:
    """What every unit has of its own, in the shape of what it looks at (U, C, h, w)."""
    return weights if weights.ndim == 4 else weight_images(weights, unflattened_shape(look, number))


def unflattened_shape(look: ZoomInput, number: int) -> tuple[int, ...]:
    """The shape of the maps that were put in a row before a layer; empty where none were."""
    before = look.found.source(number)
    if before >= 0 and look.found.stages[before].op in ("flatten", "reshape"):
        return look.found.inputs(before).shape
    return ()


def _shares(canvas: ZoomCanvas, look: ZoomInput, number: int, area: QRectF) -> None:
    """Scores on the left, what became of them on the right; a row for each class."""
    stage = look.found.stages[number]
    names = look.names(stage.values)
    line, count = look.text * 1.6, len(names)
    headings = _sides(look, tr("scores a"), tr("log-probabilities y"))
    half = area.width() / 2
    for side, values in enumerate((look.received(number), look.shown(stage))):
        head = QRectF(area.x() + side * half, area.y(), half - 20, line)
        canvas.say(head, *headings[side], bold=True)
        rect = QRectF(head.x(), head.bottom(), half - 20, area.height() - line)
        bars(canvas, values, names, rect)
    high = min((area.height() - line) / count, look.text * 2)
    top = area.y() + line + (area.height() - line - high * count) / 2
    canvas.places(QRectF(area.x(), top, area.width(), high * count), count, 1)
    canvas.words = headings[0][0]


def _sides(look: ZoomInput, before: str, after: str) -> tuple[tuple[str, Role], tuple[str, Role]]:
    """What comes in and what goes out of a layer, or the gradients of both; and their colours."""
    if look.backward:
        return (tr("gradient passed back"), "g"), (tr("gradient in"), "g")
    return (before, "x"), (after, "y")


def _plain(canvas: ZoomCanvas, look: ZoomInput, number: int, area: QRectF) -> None:
    """A layer without units of its own: what comes in and what goes out, or the loss written."""
    stage = look.found.stages[number]
    if not stage.values.ndim:
        _loss(canvas, look, number, area)
        return
    line, half = look.text * 1.6, area.width() / 2
    headings = _sides(look, tr("input x"), tr("result y"))
    for side, values in enumerate((look.received(number), look.shown(stage))):
        rect = QRectF(area.x() + side * half, area.y(), half - 12, area.height())
        head = QRectF(rect.x(), rect.y(), rect.width(), line)
        text, role = headings[side]
        canvas.say(head, f"{text}  ({size_text(values)})", role, bold=True)
        before = look.sees_picture(number)
        seen = before if not side else look.hands_on_picture(number)
        picture = not look.backward and seen
        canvas.joined(square_maps(values), rect.adjusted(0, line + 4, 0, -4), picture)
    middle = QRectF(area.center().x() - 18, area.center().y() - 20, 24, 40)
    canvas.say(middle, "←" if look.backward else "→", scale=1.4)


def _loss(canvas: ZoomCanvas, look: ZoomInput, number: int, area: QRectF) -> None:
    found = look.found
    stage = found.stages[number]
    scores = found.inputs(number)
    label = look.label
    line = look.text * 1.9
    left = QRectF(area.x(), area.y() + line, area.width() / 2 - 12, area.height() - line)
    of_classes = scores.ndim == 1 and scores.size == len(look.classes)
    values = found.slopes(number) if look.backward else scores
    if scores.ndim == 1 or scores.size == 1:
        one = (tr("score") if look.classes else tr("output"),)
        bars(canvas, values.reshape(-1), look.names(scores) if scores.size > 1 else one, left)
    else:
        canvas.joined(square_maps(values), left)
    heading, role = (tr("∂L/∂y"), "g") if look.backward else (tr("input y"), "x")
    canvas.say(QRectF(left.x(), area.y(), left.width(), line), heading, role, bold=True)
    lines = []
    if stage.op == "nll_loss" and label is not None and of_classes:
        chosen = float(scores[found.label])
        lines.append(f"L = −y[“{label}”]")
        lines.append(f"L = −({brief(chosen)}) = {fmt(float(stage.values), 6)}")
        lines.append(f"e^y[“{label}”] = {np.exp(chosen):.4%}".replace("e^y", "p = e^y"))
        if look.backward:
            lines.append(tr("∂L/∂y is −1 there and 0 elsewhere"))
    else:
        lines.append(f"L = {fmt(float(stage.values), 6)}")
        if scores.size == 1:
            word = "score {score}" if look.classes else "output {score}"
            lines.append(tr_format(word, score=brief(float(scores.reshape(-1)[0]))))
            slope = brief(float(found.slopes(number).reshape(-1)[0]))
            lines.append(f"∂L/∂{tr('score') if look.classes else tr('output')} = {slope}")
    top = area.center().y() - line * len(lines) / 2
    for place, text in enumerate(lines):
        rect = QRectF(area.center().x() + 12, top + place * line, area.width() / 2 - 12, line)
        canvas.say(rect, text, scale=1.15, align=Qt.AlignmentFlag.AlignVCenter)
    canvas.words = "; ".join(lines)
