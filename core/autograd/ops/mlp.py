"""Fused MLP: several linear layers with their activations as one op."""

from collections.abc import Sequence

from core.arguments import describe
from core.autograd.operands import Array, Float
from core.autograd.tape import Result, op
from core.errors import ArgumentError, ShapeError
from core.kernels.engine import kernel
from core.translation import tr

ACTIVATIONS = (None, "relu", "gelu", "sigmoid")


@op
def fused_mlp(
    x: Float,
    *parameters: Float,
    activations: Sequence[str | None],
    needs_input_grad: tuple[bool, ...] = (),
) -> Result:
    """linear after linear, each with its activation: “relu”, “gelu”, “sigmoid” or None.

    x (N, in), then a weight (out, in) and a bias (out,) for each layer → (N, out of the last).
    Small layers cost more to call than to compute; here all of them are one call.
    """
    weights, biases = parameters[::2], parameters[1::2]
    names = activations if isinstance(activations, list | tuple) else [activations]
    for name in names:
        if name not in ACTIVATIONS:
            raise ArgumentError(
                tr("activations has {name}; there are “relu”, “gelu”, “sigmoid” and None").format(
                    name=describe(name)
                )
            )
    if not weights or not len(weights) == len(biases) == len(names):
        raise ShapeError(
            tr(
                "x {shape}: {n} weights, {biases_n} biases and {names_n} activations; each "
                "layer has one of each"
            ).format(shape=x.shape, n=len(weights), biases_n=len(biases), names_n=len(names))
        )
    if x.ndim != 2:
        raise ShapeError(tr("x {shape} is not (N, in)").format(shape=x.shape))
    width = x.shape[1]
    for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        if weight.ndim != 2 or weight.shape[1] != width or bias.shape != weight.shape[:1]:
            raise ShapeError(
                tr(
                    "layer {number}: {width} inputs, weight {shape} and bias {bias_shape} do "
                    "not fit: (out, {width}) and (out,)"
                ).format(number=number, width=width, shape=weight.shape, bias_shape=bias.shape)
            )
        width = len(weight)
    mlp = kernel("FusedMLP")(x, weights, biases, names)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        d_x, d_weights, d_biases = mlp.gradients(g, not needs_input_grad or needs_input_grad[0])
        pairs = zip(d_weights, d_biases, strict=True)
        return d_x, *(gradient for pair in pairs for gradient in pair)

    return mlp.value, pullback
