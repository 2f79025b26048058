"""From photos to characters: are they found, are they read, and how soon?

    python -m tests.benchmarks.page [--pages FOLDER --truth FILE] [--chapter KEY --weights FILE]

The truth is JSON: file name → `lines`, and `boxes` as [character, left, top, right, bottom], or
`boxes_before_rotation` with `rotation_deg_ccw` about the photo's middle. Without weights only boxes
are judged. Prints for each page the share of true boxes met with IoU > 0.5, the characters read
right (letters whatever their case, lines aligned by edit distance), and the time; then what a
photo of 12 megapixels, a moved threshold and the reading of boxes take.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.chapters.registry import chapter
from core.chapters.shared.predictor import Predictor, open_predictor
from core.errors import LabError
from core.ocr.boxes import Rect
from core.ocr.export import as_lines
from core.ocr.oversegmentation import oversegment
from core.ocr.page import Page
from core.ocr.reading import read_boxes
from core.runtime.compute import limit_threads
from tests.core.ocr.pages import iou, rects_of, rotated

PAGES = Path(__file__).resolve().parents[3] / "shared" / "data" / "pages"
TURNS = 5


@dataclass(frozen=True)
class Eyes:
    """A network that reads, and how carefully."""

    reader: Predictor
    shifts: int

    def look(self, page: Page) -> Page:
        """The page, cut anew where that reads better."""
        return oversegment(page, self.reader.classify, self.reader.glyphs, self.shifts)

    def text(self, page: Page) -> list[str]:
        """What it says, line by line."""
        r = self.reader
        readings = read_boxes(page, rects_of(page), r.classify, r.classes, r.glyphs, self.shifts)
        return as_lines(page.boxes, readings)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pages", type=Path, default=PAGES, help="folder of photos")
    parser.add_argument("--truth", type=Path, help="default: truth.json in that folder")
    parser.add_argument("--chapter", default="reading", help="whose network reads")
    parser.add_argument("--weights", type=Path, help="default: the chapter's trained ones")
    parser.add_argument("--shifts", type=int, default=0, help="second looks, pixels")
    options = parser.parse_args()
    limit_threads(1)
    truth = json.loads((options.truth or options.pages / "truth.json").read_text(encoding="utf-8"))
    eyes = open_eyes(options)
    pages = {name: options.pages / name for name in truth if (options.pages / name).is_file()}
    if not pages:
        parser.error(f"none of the truth's pages is in {options.pages}")
    judge(pages, truth, eyes)
    clock(next(iter(pages.values())), eyes)


def open_eyes(options: argparse.Namespace) -> Eyes | None:
    """A reader with weights, or nothing and the reason."""
    try:
        asked = chapter(options.chapter)
        return Eyes(open_predictor(asked, options.weights), options.shifts)
    except LabError as error:
        print(f"Boxes only: {error}\n")
        return None


def judge(pages: dict[str, Path], truth: dict[str, Any], eyes: Eyes | None) -> None:
    """One row a page, and the sums."""
    print(f"{'page':32}{'boxes':>14}{'IoU > 0.5':>14}{'characters':>16}{'ms':>7}")
    sums = np.zeros(4, int)
    for name, path in pages.items():
        begun = time.perf_counter()
        page = Page.open(path)
        if eyes:
            page = eyes.look(page)
        said = eyes.text(page) if eyes else []
        took = 1000 * (time.perf_counter() - begun)
        wanted = plain(truth[name]["lines"])
        boxes = true_boxes(truth[name], page)
        met = sum(any(iou(box, found) > 0.5 for found in rects_of(page)) for box in boxes)
        right = matches(wanted, plain(said))
        total = sum(map(len, wanted))
        sums += (met, len(boxes), right, total)
        counted = f"{len(page.boxes)} of {total}"
        print(
            f"{name:32}{counted:>14}{share(met, len(boxes)):>14}"
            f"{share(right, total) if eyes else '-':>16}{took:7.0f}"
        )
    met, boxes, right, total = sums.tolist()
    print(f"{'all':46}{share(met, boxes):>14}{share(right, total) if eyes else '-':>16}\n")


def true_boxes(known: dict[str, Any], page: Page) -> list[Rect]:
    """Where characters stand on the photo as it is; [] where nobody has noted that."""
    turned = "boxes_before_rotation" in known
    edges = known.get("boxes_before_rotation" if turned else "boxes", [])
    rects = [Rect(x, y, right - x, bottom - y) for _, x, y, right, bottom in edges]
    if not turned:
        return rects
    middle = page.photo.width / 2, page.photo.height / 2
    return rotated(rects, cv2.getRotationMatrix2D(middle, known["rotation_deg_ccw"], 1))


def plain(lines: Sequence[str]) -> list[str]:
    """Lines without spaces and case."""
    return [line.replace(" ", "").casefold() for line in lines]


def matches(wanted: Sequence[str], said: Sequence[str]) -> int:
    """Characters that stand opposite their like; lines in pairs, or where their numbers differ
    the page as a whole."""
    if len(wanted) != len(said):
        return aligned("".join(wanted), "".join(said))
    return sum(map(aligned, wanted, said))


def aligned(a: str, b: str) -> int:
    """Equal pairs in the cheapest alignment of two strings, the most of them where several are."""
    row = [(j, 0) for j in range(len(b) + 1)]  # (edits, −equal pairs)
    for i, x in enumerate(a, 1):
        last, row = row, [(i, 0)]
        for j, y in enumerate(b, 1):
            edits, equal = last[j - 1]
            straight = (edits, equal - 1) if x == y else (edits + 1, equal)
            above, beside = last[j], row[j - 1]
            row.append(min(straight, (above[0] + 1, above[1]), (beside[0] + 1, beside[1])))
    return -row[-1][1]


def share(part: int, whole: int) -> str:
    """As a person reads it."""
    return f"{part}/{whole} {part / whole:4.0%}" if whole else "-"


def clock(path: Path, eyes: Eyes | None) -> None:
    """The times promised."""
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.jpg"
        pixels = cv2.imread(str(path))
        cv2.imwrite(str(large), cv2.resize(pixels, (4000, 3000), interpolation=cv2.INTER_CUBIC))
        report("photo of 12 megapixels → boxes", lambda k: Page.open(large))
        page = Page.open(large)
    moved = [page.settings.changed("sensitivity", 0.3 + 0.05 * k) for k in range(TURNS)]
    report("threshold moved → new boxes", lambda k: page.found_again(moved[k]))
    if eyes is None:
        return
    report("cut by reading, and read", lambda k: eyes.text(eyes.look(page)))
    rects = (rects_of(page) * 50)[:50]
    r, shifts = eyes.reader, eyes.shifts
    report(
        "50 boxes read",
        lambda k: read_boxes(page, rects, r.classify, r.classes, r.glyphs, shifts),
        turns=20,
    )
    report(
        "one box read",
        lambda k: read_boxes(page, [rects[k % 50]], r.classify, r.classes, r.glyphs, shifts),
        turns=200,
    )


def report(what: str, work: Callable[[int], object], turns: int = TURNS) -> None:
    """Median and 95th percentile of some turns, after one that does not count."""
    work(0)
    times = []
    for k in range(turns):
        begun = time.perf_counter()
        work(k)
        times.append(1000 * (time.perf_counter() - begun))
    late = float(np.quantile(times, 0.95))
    print(f"{what:34}{statistics.median(times):9.1f} ms   p95 {late:9.1f} ms")


if __name__ == "__main__":
    main()
