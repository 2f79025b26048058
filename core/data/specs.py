"""Specs: what one sample of a dataset is, for every kind of data the lab knows."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.translation import tr


class DataSpec(ABC):
    """What one sample of a dataset is; the base of all specs.

    `kind` names it in records and messages. `classes` are the names of the classes, empty where
    the targets are no classes.
    """

    kind: ClassVar[str]
    classes: tuple[str, ...]

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample as a dataset stores it."""

    def with_classes(self, classes: tuple[str, ...]) -> Self:
        """The same with other classes."""
        return replace(self, classes=classes)  # type: ignore[type-var]

    def stored(self, inputs: NDArray[Any], name: str) -> NDArray[Any]:
        """`inputs` in the type in which datasets hold them. Raises DataError for a misfit."""
        if inputs.shape[1:] != self.shape:
            raise DataError(
                tr(
                    "{name}: samples of shape {wanted} are wanted, these are {shape}. Reshape them "
                    "or describe them by another spec."
                ).format(name=name, wanted=self.shape, shape=inputs.shape[1:])
            )
        return inputs


@dataclass(frozen=True)
class ImageSpec(DataSpec):
    """Pictures of bytes: (H, W) with one channel, white on black; (C, H, W) with more."""

    kind = "image"
    channels: int
    height: int
    width: int
    classes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one picture as a dataset stores it."""
        size = self.height, self.width
        return size if self.channels == 1 else (self.channels, *size)

    def stored(self, inputs: NDArray[Any], name: str) -> NDArray[Any]:
        """Pictures (N, H, W) or (N, C, H, W) of bytes. Raises DataError for others."""
        if inputs.dtype != np.uint8:
            raise DataError(
                tr(
                    "{name}: pictures must be bytes (N, H, W) or (N, 3, H, W), not {dtype} "
                    "{shape}. Convert them first."
                ).format(name=name, dtype=inputs.dtype, shape=inputs.shape)
            )
        return super().stored(inputs, name)


@dataclass(frozen=True)
class _NumberSpec(DataSpec):
    """Rows of named numbers (D,), float32."""

    names: tuple[str, ...]
    units: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.units and len(self.units) != len(self.names):
            raise DataError(
                tr(
                    "{names} names of columns need as many units, not {units}; leave the units out "
                    "or give each column one, empty where it has none."
                ).format(names=len(self.names), units=len(self.units))
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """(D,)"""
        return (len(self.names),)

    def stored(self, inputs: NDArray[Any], name: str) -> NDArray[Any]:
        """Rows (N, D) as float32. Raises DataError for other shapes, NaN and infinity."""
        found = super().stored(inputs, name)
        if found.dtype.kind not in "fiub":
            raise DataError(
                tr("{name}: rows must be numbers, not {dtype}. Convert them first.").format(
                    name=name, dtype=found.dtype
                )
            )
        with np.errstate(over="ignore"):
            rows = found.astype(np.float32, copy=False)
        wrong = np.argwhere(~np.isfinite(rows))
        if len(wrong):
            row, column = map(int, wrong[0])
            raise DataError(
                tr(
                    "{name}: “{column}” in row {row:,} is no finite number. Mend or remove "
                    "that row."
                ).format(name=name, column=self.names[column], row=row + 1)
            )
        return rows


@dataclass(frozen=True)
class PointSpec(_NumberSpec):
    """Points (D,) of named coordinates, float32: on a line, in the plane, in space."""

    kind = "point"


@dataclass(frozen=True)
class TableSpec(_NumberSpec):
    """Rows (D,) of a table, float32: `names` are those of its columns."""

    kind = "table"


@dataclass(frozen=True)
class TokenSpec(DataSpec):
    """Sequences (T,) of token numbers, int64: text, DNA. `vocabulary` holds the tokens' texts.

    Raises DataError for a vocabulary in which a text stands twice.
    """

    kind = "token"
    vocabulary: tuple[str, ...]
    length: int
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for token in self.vocabulary:
            if token in seen:
                raise DataError(
                    tr(
                        "The vocabulary holds “{token}” twice, so its number is not known. Leave "
                        "one out."
                    ).format(token=token[:40])
                )
            seen.add(token)

    @property
    def shape(self) -> tuple[int, ...]:
        """(T,)"""
        return (self.length,)

    def stored(self, inputs: NDArray[Any], name: str) -> NDArray[Any]:
        """Token numbers (N, T) as int64. Raises DataError for numbers out of the vocabulary."""
        tokens = super().stored(inputs, name)
        if tokens.dtype.kind not in "iu":
            raise DataError(
                tr("{name}: tokens must be whole numbers, not {dtype}.").format(
                    name=name, dtype=tokens.dtype
                )
            )
        if tokens.size and not 0 <= int(tokens.min()) <= int(tokens.max()) < len(self.vocabulary):
            raise DataError(
                tr(
                    "{name}: token {number} is not in the vocabulary of {n:,}. Do the file and "
                    "the vocabulary belong together?"
                ).format(
                    name=name,
                    number=int(tokens.min()) if int(tokens.min()) < 0 else int(tokens.max()),
                    n=len(self.vocabulary),
                )
            )
        return tokens.astype(np.int64, copy=False)

    def decode(self, tokens: NDArray[np.integer]) -> str:
        """The text that token numbers (T,) stand for."""
        return "".join(self.vocabulary[token] for token in tokens)

    def encode(self, text: str) -> NDArray[np.int64]:
        """Token numbers (T,) of a text of single-character tokens. Raises DataError."""
        number = {token: index for index, token in enumerate(self.vocabulary)}
        unknown = next((character for character in text if character not in number), None)
        if unknown is not None:
            raise DataError(
                tr("“{character}” is not among the {n} characters that the network knows.").format(
                    character=unknown, n=len(self.vocabulary)
                )
            )
        return np.array([number[character] for character in text], np.int64)
