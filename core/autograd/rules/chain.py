"""Linear layers one behind the other, as one operation."""

from collections.abc import Sequence

from core.autograd.tape import Array, Pullback, op
from core.errors import ShapeError
from core.kernels.engine import kernel

Result = tuple[Array, Pullback]


@op
def linear_chain(
    x: Array, *parameters: Array, activations: Sequence[str | None], needs: tuple[bool, ...] = ()
) -> Result:
    """linear after linear, each with its activation: “relu”, “gelu”, “sigmoid” or None.

    x (N, in), then a weight (out, in) and a bias (out,) for each layer → (N, out of the last).
    Small layers cost more to call than to compute; here all of them are one call.
    """
    weights, biases = parameters[::2], parameters[1::2]
    if x.ndim != 2:
        raise ShapeError(f"x {x.shape} is not (N, in)")
    width = x.shape[1]
    for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        if weight.shape[1] != width or bias.shape != weight.shape[:1]:
            raise ShapeError(
                f"layer {number}: {width} numbers arrive, weight {weight.shape} and bias "
                f"{bias.shape} expect {weight.shape[1]} and give {weight.shape[0]}"
            )
        width = len(weight)
    all_of_them = kernel("LinearChain")(x, weights, biases, activations)

    def pullback(g: Array) -> tuple[Array | None, ...]:
        d_x, d_weights, d_biases = all_of_them.gradients(g, not needs or needs[0])
        pairs = zip(d_weights, d_biases, strict=True)
        return d_x, *(gradient for pair in pairs for gradient in pair)

    return all_of_them.value, pullback
