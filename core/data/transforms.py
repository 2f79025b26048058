"""Data augmentation: random affine and elastic distortion, stroke thickness, blur, pixel noise.

After Simard, Steinkraus, Platt 2003, and chapter 7 of *Hello Deep Learning*.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

_BORDER = 2
BENDS = 4
_MOST_AT_ONCE = 500  # pictures lie under each other, and OpenCV counts rows in 16 bits


@dataclass(frozen=True)
class Augmentation:
    """Largest amounts of each random distortion; all zero is the identity.

    `shift` in pixels; `rotate` in degrees; `scale` and `shear` as fractions; `elastic`, how far
    parts are pulled about, in pixels; `thickness` from 0 to 1, one pixel more or less around all
    ink; `blur` from 0 to 1; `flip`, the share of pixels that turn from ink to paper or back.
    """

    shift: float = 0.0
    rotate: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    thickness: float = 0.0
    blur: float = 0.0
    flip: float = 0.0

    @property
    def moves(self) -> bool:
        """Whether pixels go to other places."""
        return any((self.shift, self.rotate, self.scale, self.shear, self.elastic))


def augment(
    images: NDArray[np.uint8], rng: np.random.Generator, how: Augmentation
) -> NDArray[np.uint8]:
    """Augment images (N, H, W) of bytes, white on black, each with its own random distortion."""
    if len(images) > _MOST_AT_ONCE:
        cuts = range(_MOST_AT_ONCE, len(images), _MOST_AT_ONCE)
        return np.concatenate([augment(part, rng, how) for part in np.split(images, cuts)])
    if not images.size:
        return images.copy()
    changed = images
    if how.thickness or how.blur or how.moves:
        sheet = _Sheet(images)
        if how.thickness:
            sheet.thicken(rng.uniform(-how.thickness, how.thickness, len(images)))
        if how.blur:
            sheet.blur(rng.uniform(0, how.blur, len(images)))
        changed = sheet.sampled(*_sources(images.shape, rng, how)) if how.moves else sheet.pictures
    if how.flip:
        changed = np.where(rng.random(images.shape, np.float32) < how.flip, 255 - changed, changed)
    return changed.copy() if changed is images else changed


class _Sheet:
    """All pictures under each other with margins, so that one call of OpenCV treats them all."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        margins = ((0, 0), (_BORDER, _BORDER), (_BORDER, _BORDER))
        self._tiles = np.pad(images, margins)

    @property
    def pictures(self) -> NDArray[np.uint8]:
        """Without margins."""
        return self._tiles[:, _BORDER:-_BORDER, _BORDER:-_BORDER]

    def thicken(self, by: NDArray[np.floating]) -> None:
        """Each picture `by` −1…1: towards its largest or its smallest neighbours."""
        cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
        flat = self._flat()
        thick, thin = cv2.dilate(flat, cross), cv2.erode(flat, cross)
        self._mix(np.maximum(by, 0), thick)
        self._mix(np.maximum(-by, 0), thin)

    def blur(self, by: NDArray[np.floating]) -> None:
        """Each picture `by` 0…1 towards its softened self."""
        self._mix(by, cv2.GaussianBlur(self._flat(), (3, 3), 0))

    def sampled(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Pictures whose pixel (i, r, c) is what lies at x, y (N, H, W) of picture i."""
        _, high, wide = self._tiles.shape
        x = np.clip(x + _BORDER, 0, wide - 1)
        y = np.clip(y + _BORDER, 0, high - 1)
        y += np.arange(0, len(y) * high, high, dtype=np.float32)[:, None, None]
        tall = (-1, x.shape[2])
        found = cv2.remap(self._flat(), x.reshape(tall), y.reshape(tall), cv2.INTER_LINEAR)
        return np.asarray(found, np.uint8).reshape(x.shape)

    def _flat(self) -> NDArray[np.uint8]:
        return self._tiles.reshape(-1, self._tiles.shape[2])

    def _mix(self, share: NDArray[np.floating], other: NDArray[np.uint8]) -> None:
        share = share.astype(np.float32)[:, None, None]
        mixed = self._tiles + share * (
            other.reshape(self._tiles.shape).astype(np.float32) - self._tiles
        )
        self._tiles = mixed.astype(np.uint8)


def _sources(
    shape: tuple[int, ...], rng: np.random.Generator, how: Augmentation
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each new pixel comes from: x and y (N, H, W)."""
    n, high, wide = shape

    def chance(most: float) -> NDArray[np.float64]:
        return rng.uniform(-most, most, n)

    angle, shear = np.radians(chance(how.rotate)), chance(how.shear)
    across, down = np.exp(chance(how.scale)), np.exp(chance(how.scale))
    cosine, sine = np.cos(angle), np.sin(angle)
    from_x = [across * cosine, across * (shear * cosine - sine), chance(how.shift) + (wide - 1) / 2]
    from_y = [down * sine, down * (shear * sine + cosine), chance(how.shift) + (high - 1) / 2]
    place = _places(high, wide)
    x = np.stack(from_x, 1).astype(np.float32) @ place
    y = np.stack(from_y, 1).astype(np.float32) @ place
    if how.elastic:
        pulls = rng.standard_normal((2, n, BENDS**2), np.float32) * np.float32(how.elastic)
        bends = elastic_basis(high, wide)
        x += pulls[0] @ bends
        y += pulls[1] @ bends
    return x.reshape(shape), y.reshape(shape)


@cache
def _places(high: int, wide: int) -> NDArray[np.float32]:
    """x, y from the middle, and 1, of every pixel: (3, H·W)."""
    y, x = np.mgrid[:high, :wide]
    rows = (x - (wide - 1) / 2, y - (high - 1) / 2, np.ones((high, wide)))
    return np.stack([row.ravel() for row in rows]).astype(np.float32)


@cache
def elastic_basis(high: int, wide: int) -> NDArray[np.float32]:
    """How much each of 4×4 points pulls at every pixel, smoothly: (16, H·W)."""
    points = np.eye(BENDS**2, dtype=np.float32).reshape(-1, BENDS, BENDS)
    spread = [cv2.resize(point, (wide, high), interpolation=cv2.INTER_CUBIC) for point in points]
    return np.stack([np.asarray(one, np.float32).ravel() for one in spread])
