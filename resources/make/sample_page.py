"""Draws the sample pages: digits and letters in our own hand, as if photographed under a lamp.

Run as `python -m resources.make.sample_page [FOLDER]`; writes digits.jpg and letters.jpg, each with
a .json of what is written and where. Everything is drawn from the stroke models beside this file
with a fixed seed.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.paths import resource
from resources.make.digit_strokes import DIGITS, Form, Stroke
from resources.make.letter_strokes import LETTERS, WIDTHS

Floats = NDArray[np.float32]

DIGIT_LINES = (
    "3141592653",
    "06 4457 3908",
    "2718281828",
    "079 360 1425",
    "1618033988",
    "555 1290 764",
)
LETTER_LINES = (
    "every letter here",
    "was written by hand",
    "drag a box and see",
    "what the network",
    "makes of just that",
    "quick puzzle fox",
)
WIDTH, HEIGHT = 1600, 1200
_FINE = 2  # drawn this much larger
_PAPER = (250, 240, 221)  # RGB of warm paper under the lamp
_INK = (38, 46, 88)  # a blue-black gel pen
_SHADE = (1.03, 1.0, 0.96)  # shadows are a little blue: the sky lights them
_LEFT = 250.0  # where lines begin, pixels
_FIRST, _PITCH = 262.0, 152.0  # the first line, and from line to line
_QUALITY = 84


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, np.float32)


@dataclass(frozen=True)
class Written:
    """One character on the flat page: its points (n, 2) and half the pen's width there (n,)."""

    char: str
    line: int
    points: Floats
    radius: Floats


@dataclass(frozen=True)
class Hand:
    """How one kind of characters is written: their `forms`, and (mean, deviation) in pixels of the
    height `tall`, of the `gap` between characters and of the `space` more between words.

    `width` is a share of the height, `widths` a factor of it for some characters; `unsteady` is how
    far the base line is left, in pixels.
    """

    forms: Mapping[str, list[Form]]
    tall: tuple[float, float]
    width: tuple[float, float]
    widths: Mapping[str, float]
    gap: tuple[float, float]
    space: tuple[float, float]
    unsteady: float


DIGIT_HAND = Hand(DIGITS, (96, 0.05), (0.64, 0.045), {"1": 0.55}, (36, 7), (62, 6), 3)
LETTER_HAND = Hand(LETTERS, (46, 0.04), (1, 0.05), WIDTHS, (18, 4), (44, 4), 2)


def write_page(
    lines: Sequence[str], hand: Hand, rng: np.random.Generator, pen: float = 3.3
) -> list[Written]:
    """All lines, each character a fresh variation of one of its forms. `pen`: radius, pixels."""
    page = []
    for row, text in enumerate(lines):
        x = _LEFT + rng.normal(0, 12)
        base = _FIRST + _PITCH * row + rng.normal(0, 2)
        drift = rng.normal(0, 0.004)
        for char in text:
            if char == " ":
                x += rng.normal(*hand.space)
                continue
            forms = hand.forms[char]
            strokes = _varied(forms[rng.integers(len(forms))], rng)
            tall = hand.tall[0] * rng.normal(1, hand.tall[1])
            wide = tall * rng.normal(*hand.width) * hand.widths.get(char, 1)
            over = rng.normal(0, hand.unsteady)
            place = _floats([x, base + drift * (x - _LEFT) - tall + over])
            paths = [_smooth(stroke) * _floats([wide, tall]) + place for stroke in strokes]
            radii = [_pressure(len(path), pen, rng) for path in paths]
            page.append(Written(char, row, np.concatenate(paths), np.concatenate(radii)))
            x += wide + hand.gap[0] + abs(rng.normal(0, hand.gap[1]))
    return page


def _varied(form: Form, rng: np.random.Generator) -> Form:
    """The form as the hand makes it this time: slanted, leaning, every point a little off."""
    slant, turn = rng.normal(0.07, 0.045), rng.normal(0, 0.03)
    nudges: dict[tuple[float, float], Floats] = {}
    varied = []
    for stroke in form:
        points = []
        for x, y in stroke:
            # The same point keeps its nudge, so that corners stay sharp and strokes still meet.
            dx, dy = nudges.setdefault((x, y), rng.normal(0, 0.022, 2).astype(np.float32))
            points.append((x + dx + slant * (0.5 - y) * 1.5 + turn * y, y + dy - turn * x))
        varied.append(points)
    return varied


def _smooth(stroke: Stroke) -> Floats:
    """Points (n, 2) along the centripetal Catmull-Rom curve through the stroke's points."""
    runs, run = [], [stroke[0]]
    corners = {p for p, q in pairwise(stroke) if p == q}
    for point in stroke[1:]:
        if point != run[-1]:
            run.append(point)
            if point in corners:
                runs.append(run)
                run = [point]
    runs = [r for r in [*runs, run] if len(r) > 1]
    return np.concatenate([_curve(np.array(r, np.float32)) for r in runs])


def _curve(through: Floats) -> Floats:
    ends = np.concatenate(
        [2 * through[:1] - through[1:2], through, 2 * through[-1:] - through[-2:-1]]
    )
    pieces = []
    for p in (ends[k : k + 4] for k in range(len(ends) - 3)):
        knots = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1) ** 0.5)])
        t = np.linspace(knots[1], knots[2], 24, dtype=np.float32)[:, None]
        # Barry and Goldman's pyramid of linear interpolations
        a = [_between(p[i], p[i + 1], knots[i], knots[i + 1], t) for i in range(3)]
        b = [_between(a[i], a[i + 1], knots[i], knots[i + 2], t) for i in range(2)]
        pieces.append(_between(b[0], b[1], knots[1], knots[2], t))
    return np.concatenate(pieces).astype(np.float32)


def _between(a: Floats, b: Floats, ta: float, tb: float, t: Floats) -> Floats:
    return np.asarray((tb - t) / (tb - ta) * a + (t - ta) / (tb - ta) * b, np.float32)


def _pressure(count: int, pen: float, rng: np.random.Generator) -> Floats:
    """Half the pen's width along a stroke: it lands softly, leans, and leaves thinner."""
    along = np.linspace(0, 1, count)
    lean = 1 + 0.12 * np.sin(2 * np.pi * (along * rng.uniform(0.6, 1.6) + rng.uniform()))
    landing = np.clip(0.75 + 6 * along, 0, 1) * np.clip(0.62 + 4 * (1 - along), 0, 1)
    return (pen * rng.normal(1, 0.05) * lean * landing).astype(np.float32)


def _ink_layer(page: list[Written], rng: np.random.Generator) -> Floats:
    """How much ink covers each pixel (H, W), 0..1: a pen that skips a little on the grain."""
    size = (HEIGHT * _FINE, WIDTH * _FINE)
    layer = np.zeros(size, np.uint8)
    shift = 4
    for char in page:
        centres = np.rint(char.points * _FINE * (1 << shift)).astype(int)
        for (x, y), radius in zip(centres, char.radius, strict=True):
            reach = round(float(radius) * _FINE * (1 << shift))
            cv2.circle(layer, (int(x), int(y)), reach, 255, -1, cv2.LINE_AA, shift)
    small = (
        cv2.resize(layer, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    )
    edge = cv2.GaussianBlur(small, (0, 0), 1.6)  # gel gathers in the middle of the stroke
    flow = 0.90 + 0.10 * edge + 0.05 * _grain(rng, 9) + 0.05 * _grain(rng, 1.1)
    return np.clip(small * flow, 0, 1)


def _grain(rng: np.random.Generator, sigma: float, across: float | None = None) -> Floats:
    """Smooth noise (H, W) of deviation 1 with blotches of about `sigma` pixels."""
    noise = rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), across or sigma, sigmaY=sigma)
    return np.asarray((noise - noise.mean()) / noise.std(), np.float32)


def _paper(rng: np.random.Generator) -> Floats:
    """(H, W, 3) 0..1: cloudy pulp, a few fibres, fine tooth."""
    tone = 1 + 0.008 * _grain(rng, 40) + 0.008 * _grain(rng, 3) + 0.012 * _grain(rng, 0.8)
    tone += 0.004 * _grain(rng, 1.0, across=9)
    return tone[..., None] * (_floats(_PAPER) / 255)


def _desk(rng: np.random.Generator) -> Floats:
    """(H, W, 3) 0..1: dark wood that looks out beside the sheet."""
    tone = 0.30 + 0.03 * _grain(rng, 2, across=120) + 0.02 * _grain(rng, 0.8, across=30)
    return tone[..., None] * _floats((1.15, 0.86, 0.62))


def _light(rng: np.random.Generator) -> Floats:
    """(H, W) 0..1: a lamp at the upper left, a vignette, the soft shadow of whoever holds on."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    u, v = x / WIDTH, y / HEIGHT
    lamp = 1.0 - 0.22 * np.hypot(u - 0.22, 0.8 * (v - 0.12)) ** 1.3
    vignette = 1 - 0.16 * np.hypot(u - 0.5, 0.75 * (v - 0.5)) ** 2 * 2
    x, y = (0.70, 0.70, 0.76, 0.88, 1.0, 1.2, 1.2), (1.2, 0.93, 0.78, 0.70, 0.58, 0.52, 1.2)
    outline = np.stack([_floats(x), _floats(y)], axis=1)
    shadow = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.fillPoly(shadow, [np.rint(outline * (WIDTH, HEIGHT)).astype(np.int32)], 1.0)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 34) * 0.8 + cv2.GaussianBlur(shadow, (0, 0), 90) * 0.2
    return np.asarray(lamp * vignette * (1 - 0.30 * shadow) * (1 + 0.004 * _grain(rng, 60)))


def _camera() -> Floats:
    """(3, 3): from the flat sheet to the photo, held a little askew and not quite from above."""
    sheet = _floats([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)])
    seen = _floats([(26, -34), (1572, 6), (1618, 1232), (-44, 1186)])
    return np.asarray(cv2.getPerspectiveTransform(sheet, seen), np.float32)


def photograph(page: list[Written], rng: np.random.Generator) -> tuple[NDArray[np.uint8], Floats]:
    """The photo (H, W, 3) RGB of the written page and its camera matrix (3, 3)."""
    camera = _camera()
    size = (WIDTH, HEIGHT)
    ink = _ink_layer(page, rng)[..., None]
    sheet = _paper(rng) * (1 - ink * (1 - _floats(_INK) / 255))
    seen = cv2.warpPerspective(
        sheet, camera, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    covered = cv2.warpPerspective(np.ones((HEIGHT, WIDTH), np.float32), camera, size)
    cast = cv2.GaussianBlur(np.roll(covered, (7, 9), axis=(0, 1)), (0, 0), 9)
    desk = _desk(rng) * (1 - 0.55 * cast[..., None])
    scene = seen * covered[..., None] + desk * (1 - covered[..., None])

    light = _light(rng)[..., None]
    photo = scene * light ** _floats(_SHADE)
    photo = cv2.GaussianBlur(photo, (0, 0), 0.75)
    noise = rng.standard_normal(photo.shape).astype(np.float32) * 0.35 + _grain(rng, 0.9)[..., None]
    photo = photo + 0.006 * noise
    return np.rint(np.clip(photo, 0, 1) * 255).astype(np.uint8), camera


def truth_of(page: list[Written], lines: Sequence[str], camera: Floats) -> dict[str, object]:
    """The text and the boxes (x, y, w, h: pixels of the photo), in reading order."""
    boxes = []
    for char in page:
        seen = cv2.perspectiveTransform(char.points[None], camera)[0]
        low = (seen - char.radius[:, None]).min(axis=0)
        high = (seen + char.radius[:, None]).max(axis=0)
        x, y, w, h = (round(float(v), 1) for v in (*low, *(high - low)))
        boxes.append({"char": char.char, "line": char.line, "x": x, "y": y, "w": w, "h": h})
    return {"lines": list(lines), "boxes": boxes}


def main(folder: Path) -> None:
    """Write both pages, each as NAME.jpg and NAME.json, into `folder`."""
    for name, seed, hand, lines in (
        ("digits", 20, DIGIT_HAND, DIGIT_LINES),
        ("letters", 21, LETTER_HAND, LETTER_LINES),
    ):
        rng = np.random.default_rng(seed)
        page = write_page(lines, hand, rng)
        photo, camera = photograph(page, rng)
        quality = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
        cv2.imwrite(str(folder / f"{name}.jpg"), cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), quality)
        text = json.dumps(truth_of(page, lines, camera), indent=1)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else resource("pages"))
