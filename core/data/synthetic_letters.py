"""Synthetic letters: rendered from handwriting fonts with random distortion.

A font's letter is kept as its signed distance (how deep a point lies in the ink), so that a pen of
any width, in between pixels too, is one subtraction. Affine and elastic variation as in Simard,
Steinkraus, Platt 2003; brought to 28×28 as EMNIST's letters were (Cohen et al. 2017).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from string import ascii_lowercase
from threading import Event

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.data.glyph_preprocessing import EMNIST_STYLE, FINE, SIDE, compose_glyph
from core.data.transforms import BENDS, elastic_basis
from core.errors import DataError
from core.io.progress import Progress, no_progress, raise_if_cancelled
from core.paths import resource
from core.translation import tr

FACES = ("Caveat", "Delius", "IndieFlower", "Kalam", "ShadowsIntoLight", "Zeyada")

_TEMPLATE = 96  # a template's side, pixels
_TALL = 48  # its letter's longest side
_RENDERED = 3  # letters are rendered this much larger, which makes the distances smooth
_AT_ONCE = 64
_BLURS = tuple(replace(EMNIST_STYLE, blur=blur) for blur in (0.4, 0.5, 0.6, 0.75, 0.9))


@dataclass(frozen=True)
class LetterVariation:
    """How far letters may differ from the font's, at most (`elastic`: on average).

    `turn` in degrees; `slant`, from where to where, positive to the right, and
    `stretch` as fractions; `elastic` as a share of the letter's size;
    `thin` and `thick`, the stroke's width in pixels of 28; `capitals`, the share of upper case.
    """

    turn: float = 12.0
    slant: tuple[float, float] = (-0.15, 0.4)
    stretch: float = 0.2
    elastic: float = 0.03
    thin: float = 1.9
    thick: float = 4.2
    capitals: float = 0.5


DEFAULT_VARIATION = LetterVariation()


def draw_letters(
    labels: NDArray[np.integer],
    rng: np.random.Generator,
    faces: Sequence[str] = FACES,
    hand: LetterVariation = DEFAULT_VARIATION,
    progress: Progress = no_progress,
    cancel: Event | None = None,
) -> NDArray[np.uint8]:
    """Labels 0…25 (N,) → letters a…z (N, 28, 28), upright, white on black, in either case.

    The same `rng` state gives the same pictures. Raises DataError where a font is missing and
    Cancelled.
    """
    count = len(labels)
    upper = rng.random(count) < hand.capitals
    face = rng.integers(0, len(faces), count)
    width = rng.uniform(hand.thin, hand.thick, count)
    soft = rng.uniform(0.5, 1.5, count)
    blur = rng.integers(0, len(_BLURS), count)
    press = rng.uniform(1.0, 1.6, count)
    moves = _moves(count, rng, hand)
    letters = np.empty((count, SIDE, SIDE), np.uint8)
    for start in range(0, count, _AT_ONCE):
        raise_if_cancelled(cancel)
        progress(start, count, tr("Drawing letters"))
        sources = (moves[start : start + _AT_ONCE] @ _basis()).reshape(-1, 2, _TEMPLATE, _TEMPLATE)
        for i, (x, y) in enumerate(sources, start):
            name = ascii_lowercase[labels[i]]
            template = _template(faces[face[i]], name.upper() if upper[i] else name)
            depth = cv2.remap(template.depth, x, y, cv2.INTER_LINEAR, borderValue=-_TEMPLATE)
            letter = _inked(depth, template.pen, float(width[i]), float(soft[i]), int(blur[i]))
            letters[i] = cv2.convertScaleAbs(letter, alpha=float(press[i]))
    progress(count, count, tr("Drawing letters"))
    return letters


@dataclass(frozen=True)
class _Template:
    """`depth` (96, 96): pixels to the edge, positive in the ink. `pen`: the stroke's width."""

    depth: NDArray[np.float32]
    pen: float


@lru_cache(maxsize=512)
def _template(face: str, letter: str) -> _Template:
    side = _TEMPLATE * _RENDERED
    font = _font(face)
    left, top, right, bottom = font.getbbox(letter)
    sheet = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(sheet).text((2 - left, 2 - top), letter, font=font, fill=255)
    scale = _TALL * _RENDERED / max(right - left, bottom - top)
    middle = [side / 2 - scale * extent / 2 for extent in sheet.size]
    place = np.array([[scale, 0, middle[0]], [0, scale, middle[1]]], np.float32)
    drawn = cv2.warpAffine(np.asarray(sheet), place, (side, side), flags=cv2.INTER_LINEAR)
    ink = (drawn >= 128).astype(np.uint8)
    within = cv2.distanceTransform(ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    beyond = cv2.distanceTransform(1 - ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    small = (_TEMPLATE, _TEMPLATE)
    depth = cv2.resize((within - beyond) / _RENDERED, small, interpolation=cv2.INTER_AREA)
    # Across a stroke the distance to its edge averages a quarter of its width.
    pen = 4 * float(within.sum()) / max(int(ink.sum()), 1) / _RENDERED
    return _Template(np.asarray(depth, np.float32), pen)


@cache
def _font(face: str) -> ImageFont.FreeTypeFont:
    path = resource(f"fonts/{face}.ttf")
    try:
        return ImageFont.truetype(path, _TALL * _RENDERED)
    except OSError as error:
        raise DataError(
            tr("The font {name} cannot be opened in {parent}. Install the lab again.").format(
                name=path.name, parent=path.parent
            )
        ) from error


def _moves(count: int, rng: np.random.Generator, hand: LetterVariation) -> NDArray[np.float32]:
    """(N, 2, 19): of each part of `_basis`, how much goes into the x and y that are looked up."""

    def chance(most: float) -> NDArray[np.float64]:
        return rng.uniform(-most, most, count)

    angle, slant = np.radians(chance(hand.turn)), rng.uniform(*hand.slant, count)
    across, down = np.exp(chance(hand.stretch)), np.exp(chance(hand.stretch))
    cosine, sine = np.cos(angle), np.sin(angle)
    moves = np.zeros((count, 2, 3 + BENDS**2), np.float32)
    moves[:, 0, 0], moves[:, 0, 1] = across * cosine, across * (sine + slant * cosine)
    moves[:, 1, 0], moves[:, 1, 1] = -down * sine, down * cosine
    moves[:, :, 2] = _TEMPLATE / 2 - 0.5
    moves[:, :, 3:] = rng.standard_normal((count, 2, BENDS**2)) * hand.elastic * _TALL
    return _exact(moves, 9)


@cache
def _basis() -> NDArray[np.float32]:
    """(19, 96·96): x and y from the middle, 1, and how 4×4 points each pull at every pixel."""
    y, x = np.indices((_TEMPLATE, _TEMPLATE), np.float32) - np.float32(_TEMPLATE / 2 - 0.5)
    affine = np.stack([x, y, np.ones_like(x)]).reshape(-1, _TEMPLATE**2)
    return _exact(np.concatenate([affine, elastic_basis(_TEMPLATE, _TEMPLATE)]), 8)


def _exact(values: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Rounded to 2⁻ᵇⁱᵗˢ, so that no sum of products loses a digit of float32.

    Letters are then the same whatever the order in which BLAS adds, which changes with its threads.
    """
    return np.asarray(np.rint(values * 2.0**bits) / 2.0**bits, np.float32)


def _inked(
    depth: NDArray[np.float32], pen: float, width: float, soft: float, blur: int
) -> NDArray[np.uint8]:
    """The letter with a stroke of `width` (pixels of 28) and an edge `soft` (of the template's)."""
    style = _BLURS[blur]
    # Where half a pen's width is taken away, hairlines break: a fat font stays a little fat.
    grow = max((width * _TALL / style.target - pen) / 2, -0.3 * pen)
    ink = np.clip(depth * (1 / soft) + (0.5 + grow / soft), 0, 1)
    columns = np.flatnonzero(ink.max(axis=0) > 0.3)
    rows = np.flatnonzero(ink.max(axis=1) > 0.3)
    if not len(columns):
        return np.zeros((SIDE, SIDE), np.uint8)
    own = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = style.target * FINE / max(own.shape)
    size = tuple(max(1, round(side * scale)) for side in own.shape[::-1])
    return compose_glyph(cv2.resize(own, size, interpolation=cv2.INTER_LINEAR), style)
