"""Names of the places in the zoom, from a layer to one weight."""

from collections.abc import Hashable

from core.formatting import tr_format
from core.inspect.zoom.forward_backward import as_maps
from core.translation import tr
from hellodl_gui.features.zoom.layer_scenes import SHARES, Address, layer_title
from hellodl_gui.features.zoom.zoom_input import ZoomInput
from hellodl_gui.features.zoom.zoom_style import brief


def describe_place(look: ZoomInput, address: Address) -> str:
    """The name of a place; of a single number also the number."""
    name = place_name(look, address)
    match address:
        case (int() as number, int() as index, (int() as row, int() as column)):
            shown = as_maps(look.shown(look.found.stages[number]))
            return f"{name}: {brief(float(shown[index, row, column]))}"
    return name


def place_name(look: ZoomInput, address: Address) -> str:
    """The last part of an address below the network itself."""
    number = address[0]
    assert isinstance(number, int)
    stage, classes = look.found.stages[number], look.classes
    if len(address) == 1:
        return f"{number + 1} · {layer_title(stage)}"
    index = address[1]
    assert isinstance(index, int)
    if len(address) == 2:
        if stage.op in SHARES:
            return f"“{classes[index]}”" if len(classes) == stage.values.size else str(index)
        if number == _scores(look) and len(classes) == stage.values.size:
            return tr_format("neuron of “{name}”", name=classes[index])
        names = {"conv2d": "kernel {n}", "linear": "neuron {n}"}
        rest = "map {n}" if stage.values.ndim == 3 else "number {n}"
        return tr_format(names.get(stage.op, rest), n=index)
    return _leaf_name(address[2], stage.values.ndim == 3)


def _scores(look: ZoomInput) -> int:
    """The last layer with weights, whose units are the classes."""
    weighed = [n for n, stage in enumerate(look.found.stages) if stage.weight is not None]
    return weighed[-1] if weighed else -1


def _leaf_name(key: Hashable, maps: bool) -> str:
    match key:
        case ("b",):
            return tr("bias")
        case ("w", n):
            return tr_format("weight of input {n}", n=n)
        case ("w", c, i, j):
            return tr_format("weight of map {c}, row {i}, column {j}", c=c, i=i, j=j)
        case (row, column) if maps:
            return tr_format("row {row}, column {column}", row=row, column=column)
    return tr("number")
