"""Optimisers on an Arena: one pass over one flat vector."""

from core.optim.optimizers import SGD, Adam, Optimizer, make_optimizer

__all__ = ["SGD", "Adam", "Optimizer", "make_optimizer"]
