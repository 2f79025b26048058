"""Prints a hash of what optimisers compute with and without decay: run it twice, compare."""

import hashlib

import numpy as np

from core.kernels.numba import optim
from core.kernels.reference.optim import WeightDecay


def main() -> None:
    """Twenty steps of two optimisers, plain and with every kind of decay."""
    rng = np.random.default_rng(0)
    digest = hashlib.sha1()
    for decay in (WeightDecay(), WeightDecay(0.001, 0.002, 0.999)):
        theta, m, v = rng.standard_normal((3, 5001), np.float32)
        for _ in range(20):
            grad = rng.standard_normal(5001, np.float32)
            optim.momentum(theta, grad, m, 0.01, 0.9, decay)
            optim.adam(theta, grad, m, np.abs(v), 0.01, 0.9, 0.999, 1.0, 1e-8, decay)
        digest.update(theta.tobytes())
    print(digest.hexdigest())


if __name__ == "__main__":
    main()
