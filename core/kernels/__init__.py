"""Kernels: two engines, `reference` in plain numpy and `numba` (compiled), and aligned memory."""
