"""Kernels in explicit wide registers, for the loops that a compiler does not widen by itself."""
