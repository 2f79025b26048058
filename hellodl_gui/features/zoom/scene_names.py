"""Names of the places in the zoom, from a layer to one weight."""

from collections.abc import Hashable

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
            return _tr("neuron of “{name}”").format(name=classes[index])
        names = {"conv2d": _tr("kernel {n}"), "linear": _tr("neuron {n}")}
        rest = _tr("map {n}") if stage.values.ndim == 3 else _tr("number {n}")
        return names.get(stage.op, rest).format(n=index)
    return _leaf_name(address[2], stage.values.ndim == 3)


def _scores(look: ZoomInput) -> int:
    """The last layer with weights, whose units are the classes."""
    weighed = [n for n, stage in enumerate(look.found.stages) if stage.weight is not None]
    return weighed[-1] if weighed else -1


def _leaf_name(key: Hashable, maps: bool) -> str:
    assert isinstance(key, tuple)
    if key[0] == "b":
        return _tr("bias")
    if key[0] == "w":
        if len(key) == 2:
            return _tr("weight of input {n}").format(n=key[1])
        text = _tr("weight of map {c}, row {i}, column {j}")
        return text.format(c=key[1], i=key[2], j=key[3])
    if not maps:
        return _tr("number")
    return _tr("row {row}, column {column}").format(row=key[0], column=key[1])


def _tr(text: str) -> str:
    return tr(text)
