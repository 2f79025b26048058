"""Makes the sample page: handwritten digits of our own, photographed by arithmetic.

    python -m resources.make.sample_page resources/pages

Every digit is a few pen strokes given by points we chose by hand; each time one is written its points
are shaken, slanted and stretched a little. Paper, grain, shadow and a slight turn are added, and the
true text and boxes are saved beside the picture.
"""

import json
import math
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

LINES = ("3141592653", "58979 32384", "2718281828", "0123456789", "1969 07 20", "86420 13579")
WIDTH, HEIGHT = 1600, 1200
OVERSAMPLING = 2
SEED = 7

Stroke = list[tuple[float, float]]
DIGITS: dict[str, list[list[Stroke]]] = {
    "0": [
        [[(0.55, 0.02), (0.2, 0.2), (0.08, 0.55), (0.25, 0.95), (0.6, 0.98), (0.88, 0.6), (0.8, 0.18),
          (0.5, 0.03)]],
        [[(0.62, 0.06), (0.3, 0.05), (0.1, 0.4), (0.15, 0.8), (0.45, 1.0), (0.82, 0.8), (0.88, 0.35),
          (0.6, 0.05)]],
    ],
    "1": [
        [[(0.3, 0.22), (0.55, 0.02), (0.52, 0.5), (0.5, 1.0)]],
        [[(0.56, 0.0), (0.52, 0.5), (0.46, 1.0)]],
    ],
    "2": [
        [[(0.12, 0.28), (0.3, 0.05), (0.65, 0.04), (0.8, 0.28), (0.6, 0.58), (0.15, 0.96), (0.5, 0.93),
          (0.92, 0.95)]],
        [[(0.15, 0.2), (0.45, 0.0), (0.78, 0.18), (0.68, 0.5), (0.35, 0.8), (0.12, 0.97), (0.3, 0.86),
          (0.55, 0.95), (0.9, 0.93)]],
    ],
    "3": [
        [[(0.15, 0.14), (0.45, 0.0), (0.78, 0.14), (0.7, 0.38), (0.4, 0.47), (0.75, 0.56), (0.84, 0.8),
          (0.5, 1.0), (0.12, 0.88)]],
        [[(0.18, 0.06), (0.5, 0.03), (0.8, 0.1), (0.6, 0.32), (0.42, 0.44), (0.78, 0.58), (0.78, 0.86),
          (0.42, 1.0), (0.12, 0.9)]],
    ],
    "4": [
        [[(0.3, 0.05), (0.2, 0.35), (0.12, 0.6), (0.5, 0.6), (0.92, 0.57)],
         [(0.68, 0.28), (0.66, 0.6), (0.62, 1.0)]],
        [[(0.22, 0.06), (0.18, 0.3), (0.2, 0.52), (0.5, 0.55), (0.8, 0.5)],
         [(0.78, 0.04), (0.76, 0.5), (0.7, 1.0)]],
    ],
    "5": [
        [[(0.85, 0.04), (0.5, 0.04), (0.28, 0.06), (0.22, 0.4), (0.5, 0.36), (0.8, 0.52), (0.8, 0.82),
          (0.5, 1.0), (0.12, 0.9)]],
        [[(0.26, 0.06), (0.22, 0.42), (0.55, 0.38), (0.82, 0.62), (0.66, 0.95), (0.15, 0.92)],
         [(0.26, 0.06), (0.55, 0.05), (0.86, 0.03)]],
    ],
    "6": [
        [[(0.7, 0.02), (0.4, 0.22), (0.18, 0.55), (0.2, 0.86), (0.5, 1.0), (0.8, 0.84), (0.72, 0.58),
          (0.42, 0.56), (0.2, 0.76)]],
        [[(0.6, 0.0), (0.3, 0.3), (0.14, 0.68), (0.34, 0.97), (0.7, 0.94), (0.82, 0.7), (0.56, 0.54),
          (0.24, 0.66)]],
    ],
    "7": [
        [[(0.1, 0.08), (0.45, 0.06), (0.86, 0.05), (0.66, 0.4), (0.5, 0.7), (0.4, 1.0)]],
        [[(0.12, 0.12), (0.5, 0.08), (0.88, 0.06), (0.7, 0.35), (0.52, 0.68), (0.42, 1.0)]],
    ],
    "8": [
        [[(0.72, 0.16), (0.45, 0.02), (0.22, 0.2), (0.45, 0.44), (0.76, 0.68), (0.66, 0.96), (0.32, 0.97),
          (0.2, 0.74), (0.48, 0.48), (0.74, 0.26), (0.66, 0.1)]],
        [[(0.6, 0.04), (0.3, 0.08), (0.3, 0.32), (0.6, 0.5), (0.78, 0.78), (0.5, 1.0), (0.22, 0.82),
          (0.42, 0.54), (0.72, 0.3), (0.6, 0.04)]],
    ],
    "9": [
        [[(0.76, 0.2), (0.5, 0.02), (0.2, 0.18), (0.28, 0.44), (0.6, 0.42), (0.78, 0.18), (0.74, 0.55),
          (0.62, 1.0)]],
        [[(0.78, 0.26), (0.55, 0.03), (0.24, 0.14), (0.24, 0.4), (0.55, 0.46), (0.8, 0.2), (0.76, 0.6),
          (0.6, 0.98)]],
    ],
}  # fmt: skip


def curve(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A smooth line (M, 2) through points (N, 2): a Catmull-Rom spline."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, 24, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(
            0.5
            * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.concatenate([*parts, points[-1:]])


def write(
    sheet: NDArray[np.float32], digit: str, x: float, y: float, size: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Write one digit with its upper left corner near (x, y); its ink's points in page pixels."""
    variants = DIGITS[digit]
    slant, pen = rng.normal(0.10, 0.05), rng.normal(4.6, 0.35)
    stretch = np.array([rng.normal(0.66, 0.04), rng.normal(1.0, 0.03)]) * size
    everything = []
    for stroke in variants[rng.integers(len(variants))]:
        points = np.array(stroke) + rng.normal(0, 0.018, (len(stroke), 2))
        points[:, 0] += slant * (0.5 - points[:, 1])
        line = curve(points * stretch + (x, y))
        pressure = 1 + 0.16 * np.sin(np.linspace(rng.uniform(0, 3), rng.uniform(3, 7), len(line)))
        for (px, py), press in zip(line, pressure, strict=True):
            centre = round(px * OVERSAMPLING * 16), round(py * OVERSAMPLING * 16)
            radius = round(pen * press / 2 * OVERSAMPLING * 16)
            cv2.circle(sheet, centre, radius, 1.0, -1, cv2.LINE_AA, 4)
        everything.append(line)
    return np.concatenate(everything)


def paper(rng: np.random.Generator) -> NDArray[np.float32]:
    """Warm paper (H, W, 3) with grain, under a lamp from the upper left and a soft shadow."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    light = 1.03 - 0.30 * np.hypot(x - 0.25 * WIDTH, y - 0.2 * HEIGHT) / math.hypot(WIDTH, HEIGHT)
    edge = 1 / (1 + np.exp(-(x + 0.35 * y - 1.02 * WIDTH) / 60))
    light -= 0.16 * edge
    fibres = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 1.2)
    coarse = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 9)
    light *= 1 + 0.022 * fibres + 0.12 * coarse
    return light[..., None] * np.array([247, 241, 228], np.float32)


def main(folder: Path) -> None:
    """Write digits.jpg and digits.json into `folder`."""
    rng = np.random.default_rng(SEED)
    ink = np.zeros((HEIGHT * OVERSAMPLING, WIDTH * OVERSAMPLING), np.float32)
    outlines: list[tuple[int, str, NDArray[np.float64]]] = []
    size = 96.0
    for number, text in enumerate(LINES):
        x, y = 240 + rng.normal(0, 8), 120 + number * 168 + rng.normal(0, 4)
        for char in text:
            if char == " ":
                x += size * 0.75
                continue
            tall = size * rng.normal(1, 0.05)
            where = y + rng.normal(0, 4) + (size - tall)
            outlines.append((number, char, write(ink, char, x, where, tall, rng)))
            x += size * rng.normal(1.06, 0.05)
    ink = cv2.resize(ink, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    ink *= 0.93 + 0.07 * cv2.GaussianBlur(
        rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 1
    ).clip(-2, 2)
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -1.6, 1.0)
    ink = cv2.warpAffine(ink, turn, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC).clip(0, 1)
    sheet = paper(rng)
    blue = np.array([38, 48, 92], np.float32) * (sheet.mean(axis=2, keepdims=True) / 240)
    sheet = sheet * (1 - 0.92 * ink[..., None]) + blue * 0.92 * ink[..., None]
    sheet = cv2.GaussianBlur(sheet, (0, 0), 0.7) + rng.normal(0, 2.2, sheet.shape)
    picture = Image.fromarray(sheet.clip(0, 255).astype(np.uint8))
    picture.save(folder / "digits.jpg", quality=82, optimize=True)

    boxes = []
    for number, char, points in outlines:
        turned = points @ turn[:, :2].T + turn[:, 2]
        low, high = turned.min(axis=0) - 3, turned.max(axis=0) + 3
        x, y, w, h = (round(float(v), 1) for v in (*low, *(high - low)))
        boxes.append({"line": number, "char": char, "x": x, "y": y, "w": w, "h": h})
    truth = {"lines": list(LINES), "boxes": boxes}
    (folder / "digits.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
