"""Precompiles the numba kernels, one by one, so that no click has to wait for the compiler.

Where they have to be compiled, a second process starts at the other end of the list, and both share
the cache. Run as a program, this file is that process.
"""

import subprocess
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

Progress = Callable[[int, int, str], None]


_COMPILED = 0.3
"""Seconds. A kernel that takes longer to be ready was compiled; the cache has it in 0.02."""


def precompile(progress: Progress) -> None:
    """Compile every fast kernel or load it from the cache; `progress(done, total, name)` each."""
    steps = _steps()
    helper: subprocess.Popen[bytes] | None = None
    try:
        for done, (name, run) in enumerate(steps):
            progress(done, len(steps), name)
            began = perf_counter()
            run()
            if helper is None and perf_counter() - began > _COMPILED:
                helper = _helper()
    finally:
        if helper is not None:
            helper.kill()
            helper.wait()
    progress(len(steps), len(steps), "")


def _helper() -> subprocess.Popen[bytes]:
    """Whatever becomes of it: what it leaves undone is compiled here."""
    return subprocess.Popen(
        [sys.executable, "-m", __name__], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _steps() -> list[tuple[str, Callable[[], object]]]:
    from core.kernels import numba

    flat, pair = np.zeros(32, np.float32), np.zeros((2, 2), np.float32)
    picture = np.zeros((1, 1, 4, 4), np.float32)
    pooled, where = np.zeros((1, 1, 2, 2), np.float32), np.zeros((1, 1, 2, 2), np.int32)
    columns = np.zeros((1, 9, 4), np.float32)
    scores, labels = np.zeros((1, 2), np.float32), np.zeros(1, np.uint8)
    sequence, state = np.zeros((1, 2, 2), np.float32), np.zeros((2, 2), np.float32)
    packed = np.zeros((1, 2, 6), np.float32)
    return [
        ("gradient step", lambda: numba.sgd(flat, flat.copy(), 0.1)),
        ("momentum step", lambda: numba.momentum(flat, flat.copy(), flat.copy(), 0.1, 0.9)),
        ("cross-entropy", lambda: numba.softmax_cross_entropy(scores, labels)),
        ("Adam step", lambda: numba.adam(flat, flat, flat, flat, 0.1, 0.9, 0.9, 1.0, 1e-8)),
        ("RMSprop step", lambda: numba.rmsprop(flat, flat.copy(), flat.copy(), 0.1, 0.9, 1e-8)),
        ("mean of weights", lambda: numba.ema_update(flat, flat.copy(), 0.9)),
        ("linear layer", lambda: _linear(numba, pair)),
        ("linear layers", lambda: _chain(numba, pair)),
        ("convolution with max-pool", lambda: _conv_pool(numba, picture)),
        ("GELU", lambda: numba.scaled(*numba.gelu(flat))),
        ("convolution", lambda: numba.im2col(picture, (3, 3), (1, 1))),
        ("convolution gradient", lambda: numba.col2im(columns, (1, 1, 4, 4), (3, 3), (1, 1))),
        ("max-pool", lambda: numba.max_pool(picture, (2, 2), (2, 2))),
        ("max-pool, other windows", lambda: numba.max_pool(picture, (3, 3), (1, 1))),
        ("max-pool gradient", lambda: numba.max_unpool(pooled, where, (1, 1, 4, 4))),
        ("one sample at a time", lambda: _online(numba, pair)),
        ("batch normalisation", lambda: _batch_norm(numba, pair)),
        ("layer normalisation", lambda: _layer_norm(numba, pair)),
        ("RNN", lambda: _both_ways(numba.rnn(sequence, state, *_gates(1), True))),
        ("GRU", lambda: _both_ways(numba.gru(sequence, state, *_gates(3)))),
        ("LSTM", lambda: _both_ways(numba.lstm(sequence, state, state, *_gates(4)))),
        ("attention", lambda: _both_ways(numba.self_attention_forward(packed, 1, True, 1.0))),
    ]


def _both_ways(result: tuple[Any, Callable[[Any], object]]) -> None:
    value, pullback = result
    pullback(value)


def _linear(numba: Any, pair: Any) -> None:
    y = numba.linear_forward(pair, pair, pair[0].copy(), True)
    numba.linear_backward(y, pair, pair, y, (True, True, True))


def _chain(numba: Any, pair: Any) -> None:
    layers = numba.FusedMLP(pair, [pair] * 2, [pair[0].copy()] * 2, ["gelu", None])
    layers.gradients(layers.value, True)


def _conv_pool(numba: Any, picture: Any) -> None:
    both = numba.ConvPool(picture, np.zeros((1, 1, 3, 3), np.float32), None, False)
    both.gradients(both.value, (True, True, True))


def _batch_norm(numba: Any, pair: Any) -> None:
    mean, var = numba.batch_moments(pair)
    numba.batch_norm_backward(pair, pair, mean, var, None, True)


def _layer_norm(numba: Any, pair: Any) -> None:
    y, standard, inverse = numba.layer_norm_forward(pair, None, None, 1e-5)
    numba.layer_norm_backward(y, standard, inverse, None)


def _online(numba: Any, pair: Any) -> None:
    weights, biases = [pair.copy(), pair.copy()], [np.zeros(2, np.float32) for _ in range(2)]
    numba.online_descent(weights, biases, ["sigmoid"] * 2, pair, pair, 0.1, "squared_error")


def _gates(count: int) -> tuple[Any, Any, Any, Any]:
    """Weights and biases of a recurrent layer of two units."""
    weight, bias = np.zeros((2 * count, 2), np.float32), np.zeros(2 * count, np.float32)
    return weight, weight, bias, bias


if __name__ == "__main__":
    for _, make_ready in reversed(_steps()):
        make_ready()
