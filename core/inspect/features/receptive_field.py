"""Receptive fields: the pixels that a number in a network depends on.

Along one axis, number p of a layer sees the pixels from p·step − before on, `size` of them. Layers
in a line multiply their steps; each window widens the field by what it reaches beyond one number.
"""

from typing import Any, NamedTuple

from core.autograd.ops.convolution import edges, pair, reach
from core.inspect.trace import Call, Trace
from core.nn import AvgPool2d, Conv2d, MaxPool2d

PixelRect = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels; the last two are the first pixels outside."""


_WINDOWED = ("conv2d", "max_pool2d", "avg_pool2d")
_POINTWISE = frozenset(
    [
        "add",
        "sub",
        "mul",
        "div",
        "neg",
        "exp",
        "log",
        "sqrt",
        "abs",
        "clamp",
        "minimum",
        "maximum",
        "cat",
    ]
)
"""Operations whose numbers see what the numbers in the same place before them saw."""


_CONVOLUTION_NAMES = ("x", "weight", "bias", "stride", "padding", "dilation")
_POOL_NAMES = ("x", "kernel_size", "stride", "padding")


class AxisField(NamedTuple):
    """Along one axis: pixels from one number's field to the next, before the first, in each."""

    step: int = 1
    before: int = 0
    size: int = 1

    def behind(self, window: int, stride: int, padding: int) -> "AxisField":
        """The same once a window has moved over these numbers."""
        return AxisField(
            self.step * stride,
            self.before + self.step * padding,
            self.size + self.step * (window - 1),
        )

    def joined(self, other: "AxisField") -> "AxisField | None":
        """What either sees, where both move on by the same number of pixels."""
        if self.step != other.step:
            return None
        before = max(self.before, other.before)
        end = max(self.size - self.before, other.size - other.before)
        return AxisField(self.step, before, before + end)


class ReceptiveField(NamedTuple):
    """Of maps (H, W): how their numbers look down and across the picture."""

    down: AxisField = AxisField()
    across: AxisField = AxisField()

    def sees(self, row: int, column: int) -> PixelRect:
        """The field of one number, as if the picture had no end."""
        top = row * self.down.step - self.down.before
        left = column * self.across.step - self.across.before
        return top, left, top + self.down.size, left + self.across.size

    def field(self, row: int, column: int, size: tuple[int, int]) -> PixelRect:
        """The field of one number inside a picture (height, width)."""
        top, left, bottom, right = self.sees(row, column)
        return max(top, 0), max(left, 0), min(bottom, size[0]), min(right, size[1])

    def joined(self, other: "ReceptiveField") -> "ReceptiveField | None":
        """What either of two sees; None where their numbers do not lie in the same places."""
        axes = [one.joined(two) for one, two in zip(self, other, strict=True)]
        down, across = axes
        return None if down is None or across is None else ReceptiveField(down, across)

    def behind_call(self, call: Call) -> "ReceptiveField | None":
        """The reach of what one computation makes of such maps; None where it is not known."""
        window = moving_window(call)
        if window is None:
            return self if call.keeps_units or call.kind in _POINTWISE else None
        size = pair(window[0], "kernel_size", 1)
        steps = pair(size if window[1] is None else window[1], "stride", 1)
        (above, _), (left, _) = edges(window[2], size, steps)
        return ReceptiveField(
            self.down.behind(size[0], steps[0], above), self.across.behind(size[1], steps[1], left)
        )


def receptive_fields(seen: Trace) -> dict[int, ReceptiveField]:
    """Of every tensor of maps in a pass, by its id, how its numbers look at the picture.

    Where branches come together it is what either of them sees. A tensor is missing where its
    numbers see everything, or where that is not known.
    """
    found = {id(x): ReceptiveField() for x in seen.inputs if x.ndim == 4}
    for call in seen.links:
        fields = [found.get(id(x)) for x in call.inputs]
        together = fields[0] if fields else None
        for other in fields[1:]:
            together = together.joined(other) if together is not None and other else None
        if together is not None and call.output.ndim == 4 and id(call.output) not in found:
            reach = together.behind_call(call)
            if reach is not None:
                found[id(call.output)] = reach
    return found


def moving_window(call: Call) -> tuple[Any, Any, Any] | None:
    """Size, stride and padding of what moves over maps; None where nothing does."""
    module, node = call.module, call.output.node
    match module:
        case Conv2d():
            apart = pair(getattr(module, "dilation", 1), "dilation", 1)
            size = [1 + (k - 1) * d for k, d in zip(module.weight.shape[2:], apart, strict=True)]
            return tuple(size), module.stride, module.padding
        case MaxPool2d():
            apart = pair(module.dilation, "dilation", 1)
            window = reach(pair(module.kernel_size, "kernel_size", 1), apart)
            step = module.kernel_size if module.stride is None else module.stride
            return window, step, module.padding
        case AvgPool2d():
            return module.kernel_size, module.stride, module.padding
    if module is None and node is not None and node.op in _WINDOWED:
        options, operands = node.options, list(node.operands)
        if node.op == "conv2d":
            bound = dict(zip(_CONVOLUTION_NAMES, operands, strict=False)) | options
            apart = pair(bound.get("dilation", 1), "dilation", 1)
            size = [1 + (k - 1) * d for k, d in zip(bound["weight"].shape[2:], apart, strict=True)]
            return tuple(size), bound.get("stride", 1), bound.get("padding", 0)
        names = (*_POOL_NAMES, "dilation") if node.op == "max_pool2d" else _POOL_NAMES
        bound = dict(zip(names, operands, strict=False)) | options
        kernel, stride = bound["kernel_size"], bound.get("stride")
        apart = pair(bound.get("dilation", 1), "dilation", 1)
        window = reach(pair(kernel, "kernel_size", 1), apart)
        return window, kernel if stride is None else stride, bound.get("padding", 0)
    return None
