"""Units: the kernels, neurons, features and states of every layer with weights."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.nn.arena import ArenaLayout, ParamSpec

Array = NDArray[np.float32]

_EMBEDDING, _TRANSPOSED = "Embedding", ("ConvTranspose1d", "ConvTranspose2d")
_REVERSE = "_reverse"
_ATTENTION = ("in_proj_weight", "q_proj_weight")


@dataclass(frozen=True)
class UnitLayer:
    """A layer with `units` kernels, neurons, features of an embedding, or states.

    `path` is the module's, `weight` the name of the parameter in which each unit has its own part;
    `kernels`: whether it is a convolution, whose units are maps; `last`: whether its units are the
    scores; `kind` the class of the module, empty where a layout does not tell.
    """

    path: str
    units: int
    kernels: bool
    last: bool
    weight: str = ""
    kind: str = ""

    @property
    def axis(self) -> int:
        """Along which axis of its output the units lie."""
        return 1 if self.kernels else -1


def unit_layers(layout: ArenaLayout) -> tuple[UnitLayer, ...]:
    """The layers of a network with units of their own, first one first.

    Convolutions, linear layers, embeddings, recurrent layers (the last of their `num_layers`),
    and attention, whose units are those of its output projection.
    """
    shapes = {spec.name: spec.shape for spec in layout.specs}
    found: dict[str, UnitLayer] = {}
    for spec in layout.specs:
        layer = _unit_layer(spec, shapes)
        if layer is not None:
            found[layer.path] = layer
    last = next(reversed(found), None)
    return tuple(
        UnitLayer(one.path, one.units, one.kernels, one.path == last, one.weight, one.kind)
        for one in found.values()
    )


def _unit_layer(spec: ParamSpec, shapes: Mapping[str, tuple[int, ...]]) -> UnitLayer | None:
    path, _, name = spec.name.rpartition(".")
    shape, kind = spec.shape, spec.kind
    if name.startswith("weight_hh_l") and len(shape) == 2 and not name.endswith(_REVERSE):
        both = 1 + (spec.name + _REVERSE in shapes)
        own = spec.name.replace("weight_hh", "weight_ih")
        return UnitLayer(path, shape[1] * both, False, False, own, kind)
    projection = f"{path}.out_proj.weight" if path else "out_proj.weight"
    if name in _ATTENTION and projection in shapes:
        return UnitLayer(path, shapes[projection][0], False, False, projection, kind)
    if name != "weight" or len(shape) < 2:
        return None
    around = path.removesuffix("out_proj")
    if path.endswith("out_proj") and any(f"{around}{own}" in shapes for own in _ATTENTION):
        return None  # attention's own
    axis = 1 if kind == _EMBEDDING or kind in _TRANSPOSED else 0
    return UnitLayer(path, shape[axis], len(shape) > 2, False, spec.name, kind)


def unit_weights(views: Mapping[str, Array], layer: UnitLayer, unit: int) -> Array:
    """A unit's own weights, a view: (in, kh, kw), (in,), of a recurrent unit (gates, in)."""
    whole = views[layer.weight]
    if layer.kind == _EMBEDDING or layer.kind in _TRANSPOSED:
        return whole[:, unit]
    if "weight_ih_l" in layer.weight:
        hidden = views[layer.weight.replace("weight_ih", "weight_hh")].shape[1]
        if unit >= hidden:  # of the other direction
            whole = views[layer.weight + _REVERSE]
        return whole.reshape(len(whole) // hidden, hidden, -1)[:, unit % hidden]
    return whole[unit]


def at_units(values: Array, axis: int) -> Array:
    """Numbers (N, …) with their units second and all positions after them, (N, units, …)."""
    return values if axis == 1 or values.ndim < 3 else np.moveaxis(values, axis, 1)
