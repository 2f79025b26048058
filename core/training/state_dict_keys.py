"""State dict keys matched by order and shapes, where the same layers have other names."""

import re
from collections.abc import Mapping

from core.translation import tr

Shapes = Mapping[str, tuple[int, ...]]
Layers = dict[str, dict[str, tuple[int, ...]]]

_NAMED = 4  # in a sentence
_UNCOUNTED = ("num_batches_tracked",)


def match_names(found: Shapes, expected: Shapes) -> dict[str, str]:
    """For each expected name what it is called in the file, where names differ.

    Nothing where all expected ones are there, and where layers do not fit one to one: then the
    names are as they are, and one of them is missing.
    """
    if all(name in found for name in expected):
        return {}
    theirs, ours = _layers(found), _layers(expected)
    if len(theirs) != len(ours):
        return {}
    free = sorted(theirs, key=_natural)
    names: dict[str, str] = {}
    for layer, shapes in ours.items():
        same = next((name for name in free if theirs[name] == shapes), None)
        if same is None:
            return {}
        free.remove(same)
        names |= {_joined(layer, leaf): _joined(same, leaf) for leaf in shapes}
    return names


def describe_renames(names: Mapping[str, str]) -> str:
    """A sentence on layers that were taken for others; empty where none were."""
    pairs = list(dict.fromkeys(
        (there.rpartition(".")[0] or there, here.rpartition(".")[0] or here)
        for here, there in names.items()
    ))  # fmt: skip
    if not pairs:
        return ""
    shown = ", ".join(f"“{there}” as “{here}”" for there, here in pairs[:_NAMED])
    more = tr(" and {n} more").format(n=len(pairs) - _NAMED) if len(pairs) > _NAMED else ""
    return tr("Its layers were matched by order and shape: {shown}{more}.").format(
        shown=shown, more=more
    )


def _layers(shapes: Shapes) -> Layers:
    """Tensors by their layer, in order."""
    layers: Layers = {}
    for name, shape in shapes.items():
        layer, _, leaf = name.rpartition(".")
        if leaf not in _UNCOUNTED:
            layers.setdefault(layer, {})[leaf] = shape
    return layers


def _joined(layer: str, leaf: str) -> str:
    return f"{layer}.{leaf}" if layer else leaf


def _natural(name: str) -> list[tuple[int, int, str]]:
    """So that fc2 comes before fc10."""
    parts = re.findall(r"\d{1,9}|\D+|\d+", name)
    return [(0, int(p), "") if p.isdigit() and len(p) < 10 else (1, 0, p) for p in parts]
