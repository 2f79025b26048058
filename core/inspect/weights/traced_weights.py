"""Traced weights: the parameters recorded at every mini-batch, in groups to plot."""

from dataclasses import dataclass

from core.formatting import tr_format
from core.nn.arena import ArenaLayout, ParamSpec
from core.record.weight_traces import KERNELS, NUMBERS
from core.translation import tr

_IN_A_GROUP = 8
_TEXT_KERNEL = 20  # that of the text's own plot, of the second convolution


@dataclass(frozen=True)
class TraceGroup:
    """Numbers of a parameter from place `first` on, as a grid: a kernel, or a few in a row.

    `about` says more than the title, or nothing.
    """

    title: str
    about: str
    first: int
    rows: int
    columns: int

    @property
    def places(self) -> range:
        """Flat places in the parameter."""
        return range(self.first, self.first + self.rows * self.columns)

    def name(self, number: int) -> str:
        """What to call the number at a place of the grid: (row, column), or its flat place."""
        row, column = divmod(number, self.columns)
        return f"({row}, {column})" if self.rows > 1 else str(self.first + number)


def traced_parameters(layout: ArenaLayout) -> list[ParamSpec]:
    """The parameters of which some numbers are followed: all that are trained."""
    return [slot for slot in layout.specs if slot.offset < layout.num_params]


def trace_groups(slot: ParamSpec) -> list[TraceGroup]:
    """What is followed of one parameter: its first kernels, or its first numbers."""
    match slot.shape:
        case (out, inputs, height, width):
            each = height * width
            return [
                TraceGroup(
                    tr_format("kernel {number}", number=number),
                    _way(number, inputs),
                    number * each,
                    height,
                    width,
                )
                for number in range(min(out * inputs, KERNELS))
            ]
        case _:
            count = min(slot.size, NUMBERS)
            firsts = range(0, count, _IN_A_GROUP)
            return [_row(first, min(first + _IN_A_GROUP, count)) for first in firsts]


def default_trace(layout: ArenaLayout) -> tuple[int, int]:
    """Parameter and group to begin with: kernel 20 of the second convolution, or what there is.

    Without one, the middle of the second matrix: the first begins with corners of the picture,
    where nothing ever moves.
    """
    slots = traced_parameters(layout)
    convolutions = [n for n, slot in enumerate(slots) if len(slot.shape) == 4]
    if not convolutions:
        matrices = [n for n, slot in enumerate(slots) if len(slot.shape) == 2] or [0]
        chosen = matrices[min(1, len(matrices) - 1)]
        return chosen, len(trace_groups(slots[chosen])) // 2
    chosen = convolutions[min(1, len(convolutions) - 1)]
    return chosen, min(_TEXT_KERNEL, len(trace_groups(slots[chosen])) - 1)


def _way(number: int, inputs: int) -> str:
    out, source = divmod(number, inputs)
    words = tr("from picture {source} of the layer before to picture {out} of this one")
    return words.format(source=source, out=out)


def _row(first: int, end: int) -> TraceGroup:
    title = tr("numbers {first}–{last}") if end - first > 1 else tr("number {first}")
    return TraceGroup(title.format(first=first, last=end - 1), "", first, 1, end - first)
