"""Average pictures of classes (chapter 1)."""

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset


def class_mean(data: Dataset, label: int) -> NDArray[np.float32]:
    """The mean (28, 28) of all pictures with this label, from 0 to 1; zeros where there is none."""
    mine = data.images[data.labels == label]
    if not len(mine):
        return np.zeros(data.images.shape[1:], np.float32)
    return mine.mean(axis=0, dtype=np.float32) / np.float32(255)
