"""The compiled engine: the loops of `reference` in numba, without temporaries.

Every kernel releases the GIL. A file is loaded, and at first compiled, when one of its kernels is
asked for: nobody waits for an LSTM who trains a perceptron.
"""

from importlib import import_module
from typing import Any

from core.kernels.threads import apply_threads, prepare_threads

prepare_threads()  # before numba is imported, which the next line does
from core.kernels.compile_cache import keep_kernels  # noqa: E402

keep_kernels()

_FILES: dict[str, tuple[str, ...]] = {
    "activations": ("gelu", "scaled"),
    "batch_norm": ("batch_moments", "batch_norm_forward", "batch_norm_backward"),
    "mlp": ("FusedMLP",),
    "unfold": ("im2col", "col2im"),
    "conv_pool": ("ConvPool",),
    "linear": ("linear_forward", "linear_backward"),
    "losses": ("softmax_cross_entropy",),
    "layer_norm": ("layer_norm_forward", "layer_norm_backward"),
    "online": ("online_descent",),
    "optim": (
        "adagrad",
        "adam",
        "momentum",
        "rmsprop",
        "rmsprop_momentum",
        "ema_update",
        "sgd",
    ),
    "pooling": ("max_pool", "max_unpool"),
    "recurrent": ("gru", "lstm", "rnn"),
    "attention": ("attention_forward", "self_attention_forward"),
}
_HOMES = {kernel: file for file, kernels in _FILES.items() for kernel in kernels}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"{__name__} has no kernel “{name}”")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # the next time Python finds it without asking here
    return found


apply_threads()
