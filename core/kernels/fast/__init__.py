"""The compiled engine: the loops of `reference` in numba, without temporaries.

Every kernel releases the GIL. A file is loaded, and at first compiled, when one of its kernels is
asked for: nobody waits for an LSTM who trains a perceptron.
"""

from importlib import import_module
from typing import Any

from core.kernels.threads import apply_threads, prepare_threads

prepare_threads()  # before numba is imported, which the next line does
from core.kernels.cache import keep_kernels  # noqa: E402

keep_kernels()

_FILES: dict[str, tuple[str, ...]] = {
    "activations": ("gelu", "scaled"),
    "batch_statistics": ("batch_moments", "batch_norm", "batch_norm_gradients"),
    "chain": ("LinearChain",),
    "columns": ("im2col", "col2im"),
    "conv_pool": ("ConvPool",),
    "dense": ("linear", "linear_gradients"),
    "losses": ("nll_of_softmax",),
    "normalization": ("layer_norm", "layer_norm_gradients"),
    "online": ("online_descent",),
    "optim": (
        "adagrad",
        "adam",
        "momentum",
        "nesterov",
        "rmsprop",
        "rmsprop_momentum",
        "running_mean",
        "sgd",
    ),
    "pooling": ("max_pool", "max_unpool"),
    "recurrent": ("gru", "lstm", "rnn"),
    "sdpa": ("attention", "self_attention"),
}
_HOMES = {kernel: file for file, kernels in _FILES.items() for kernel in kernels}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"{__name__} has no kernel “{name}”")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # the next time Python finds it without asking here
    return found


apply_threads()
