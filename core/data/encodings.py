"""Encodings: from stored samples to what a network takes. They travel with the weights."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.translation import tr

_FLOAT32 = np.finfo(np.float32)
_MOST_COLUMNS = 100_000


class Encoding(Protocol):
    """Maps stored samples (N, …) to a network's input (N, …)."""

    def __call__(self, inputs: NDArray[Any]) -> NDArray[Any]:
        """The network's input."""

    def fitted(self, inputs: NDArray[Any]) -> "Encoding":
        """The same with what it has to know of the training set's inputs (N, …)."""

    def decode(self, encoded: NDArray[Any]) -> NDArray[Any]:
        """The way back: from the network's input to what is stored, pictures in levels 0 to 255."""

    def card(self) -> dict[str, Any]:
        """What it is, in JSON, for the file of weights."""


@dataclass(frozen=True)
class Normalize:
    """Maps bytes 0…255 to (byte / 255 − mean) / std. Saved with the weights."""

    mean: float = 0.0
    std: float = 1.0

    def __call__(self, inputs: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Bytes (N, H, W) → (N, 1, H, W) float32; (N, C, H, W) keeps its shape."""
        scaled = np.multiply(inputs, np.float32(1 / (255 * self.std)), dtype=np.float32)
        scaled -= np.float32(self.mean / self.std)
        return scaled[:, None] if inputs.ndim == 3 else scaled

    def fitted(self, inputs: NDArray[Any]) -> Self:
        """Itself: mean and deviation are declared."""
        return self

    def decode(self, encoded: NDArray[Any]) -> NDArray[Any]:
        """(N, C, H, W) → levels 0 to 255 of the same shape, not rounded."""
        return np.asarray((encoded * self.std + self.mean) * 255)

    def card(self) -> dict[str, Any]:
        """Mean and standard deviation."""
        return asdict(self)


@dataclass(frozen=True)
class Standardize:
    """Maps each column of rows (N, D) to mean 0 and standard deviation 1 of the training set."""

    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def __call__(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Rows (N, D) → (N, D) float32, unchanged before it is `fitted`.

        Raises DataError for rows of other columns.
        """
        rows = np.asarray(inputs, np.float32)
        if not self.mean:
            return rows
        if rows.shape[-1] != len(self.mean):
            raise DataError(
                tr(
                    "These rows have {found:,} columns, {known:,} are standardised. Choose the "
                    "data that the network was trained on."
                ).format(found=rows.shape[-1], known=len(self.mean))
            )
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        return np.asarray((rows - mean) / std, np.float32)

    @classmethod
    def of_card(cls, card: Any) -> "Standardize | None":
        """What a `card()` says; None where it is none of this kind."""
        if not isinstance(card, dict) or card.keys() != {"means", "stds"}:
            return None
        try:
            mean, std = np.array(card["means"]), np.array(card["stds"])
        except (TypeError, ValueError):
            return None
        fits = mean.ndim == 1 and mean.shape == std.shape and 0 < mean.size <= _MOST_COLUMNS
        if not fits or not {mean.dtype.kind, std.dtype.kind} <= set("fi"):
            return None
        inside = (np.abs(mean) <= _FLOAT32.max) & (std >= _FLOAT32.tiny) & (std <= _FLOAT32.max)
        if not inside.all():
            return None
        mean, std = mean.astype(np.float64), std.astype(np.float64)
        return cls(tuple(mean.tolist()), tuple(std.tolist()))

    def fitted(self, inputs: NDArray[Any]) -> "Standardize":
        """With mean and standard deviation of these rows (N, D).

        A column that is constant, but for rounding errors of the mean, is only shifted.
        """
        std = inputs.std(axis=0, dtype=np.float64)
        mean = inputs.mean(axis=0, dtype=np.float64)
        rounding = len(inputs) * np.finfo(np.float64).eps * np.abs(mean)
        varies = (std > rounding) & (std >= _FLOAT32.tiny)
        return Standardize(tuple(mean.tolist()), tuple(np.where(varies, std, 1.0).tolist()))

    def decode(self, encoded: NDArray[Any]) -> NDArray[Any]:
        """(N, D) → rows in their units."""
        if not self.mean:
            return encoded
        return np.asarray(encoded * np.array(self.std) + np.array(self.mean))

    def card(self) -> dict[str, Any]:
        """Means and standard deviations of the columns."""
        return {"means": list(self.mean), "stds": list(self.std)}


@dataclass(frozen=True)
class Identity:
    """Leaves the samples as they are: points, and tokens for an embedding."""

    def __call__(self, inputs: NDArray[Any]) -> NDArray[Any]:
        """The same array."""
        return inputs

    def fitted(self, inputs: NDArray[Any]) -> Self:
        """Itself."""
        return self

    def decode(self, encoded: NDArray[Any]) -> NDArray[Any]:
        """The same array."""
        return encoded

    def card(self) -> dict[str, Any]:
        """Nothing to know."""
        return {}
