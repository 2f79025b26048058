"""Prints a hash of what the optimisers and layer normalisation compute: run it twice, compare."""

import hashlib

import numpy as np

from core.kernels.numba import layer_norm, optim
from core.kernels.reference.optim import WeightDecay


def main() -> None:
    """Twenty steps of two optimisers with each kind of decay, then a layer back and forth."""
    rng = np.random.default_rng(0)
    digest = hashlib.sha1()
    for decay in (WeightDecay(), WeightDecay(0.001, 0.002, 0.999)):
        theta, m, v = rng.standard_normal((3, 5001), np.float32)
        for _ in range(20):
            grad = rng.standard_normal(5001, np.float32)
            optim.momentum(theta, grad, m, 0.01, 0.9, decay)
            optim.adam(theta, grad, m, np.abs(v), 0.01, 0.9, 0.999, 1.0, 1e-8, decay)
        digest.update(theta.tobytes())
    x, g = rng.standard_normal((2, 50, 129), np.float32)
    weight, bias = rng.standard_normal((2, 129), np.float32)
    y, standard, inverse = layer_norm.layer_norm_forward(x, weight, bias, 1e-5)
    for part in (y, *layer_norm.layer_norm_backward(g, standard, inverse, weight)):
        digest.update(part.tobytes())
    print(digest.hexdigest())


if __name__ == "__main__":
    main()
