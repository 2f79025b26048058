"""The deep-learning core: numpy and numba, never Qt."""
