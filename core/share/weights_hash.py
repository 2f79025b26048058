"""SHA-256 of weights and of losses, to compare them bit for bit."""

import hashlib

import numpy as np
from numpy.typing import NDArray


def weights_sha256(theta: NDArray[np.float32]) -> str:
    """SHA-256, in hex, of a flat vector of weights (P,) as little-endian float32."""
    return hashlib.sha256(np.ascontiguousarray(theta, "<f4").tobytes()).hexdigest()


def losses_sha256(losses: NDArray[np.float64]) -> str:
    """SHA-256, in hex, of a loss for every mini-batch (N,) as little-endian float64."""
    return hashlib.sha256(np.ascontiguousarray(losses, "<f8").tobytes()).hexdigest()
