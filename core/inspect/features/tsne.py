"""t-SNE in a process of its own: neighbours stay neighbours (van der Maaten & Hinton 2008).

The process receives one `TsneRequest`, sends a `TsneProgress` a round, and ends. scikit-learn is
imported only when work arrives.
"""

from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float32]

PERPLEXITY = 30.0
MIN_SAMPLES = 8
"""Fewer samples have no neighbourhoods worth unfolding."""

_ROUNDS = (250, 250, 500)  # descents between two reports; the first one holds clusters tight
_TIGHT = 12.0
_START = 1e-4  # how far from the middle the first places lie


@dataclass(frozen=True)
class TsneRequest:
    """Samples in few numbers (n, F), and places (n, 2) to begin from."""

    components: NDArray[np.float32]
    start: Places
    perplexity: float = PERPLEXITY


@dataclass(frozen=True)
class TsneProgress:
    """Places (n, 2) so far, after `done` of `total` rounds."""

    places: Places
    done: int
    total: int


def run_tsne(pipe: Connection) -> None:
    """The process: rounds of descent, each from where the last one ended, so that the way can be
    watched.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    order: TsneRequest = pipe.recv()
    count = len(order.components)
    perplexity = min(order.perplexity, (count - 1) / 3)
    spread = float(order.start[:, 0].std()) or 1.0
    places = np.asarray(order.start / spread * _START, np.float32)
    with threadpool_limits(1):  # the other cores belong to training and the window
        for number, steps in enumerate(_ROUNDS):
            made = TSNE(
                perplexity=perplexity,
                early_exaggeration=_TIGHT if number == 0 else 1.0,
                learning_rate=max(count / _TIGHT / 4, 50.0),
                max_iter=steps,
                init=places,
                random_state=0,
            )
            places = np.asarray(made.fit_transform(order.components), np.float32)
            pipe.send(TsneProgress(places, number + 1, len(_ROUNDS)))
