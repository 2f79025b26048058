"""`hellodl film`: the three films that present the chapters, each trained from scratch."""

import argparse
import os
import signal
import time
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter as find
from core.chapters.shared.page_network import chapter_for
from core.cli.main import Progress, knob_texts, parser, refuse
from core.errors import LabError
from core.inspect.teach.gradient_descent import LANDSCAPES, MOST_STEPS
from core.io.safe_output import say
from core.io.temporary_folder import scratch_folder
from core.kernels.engine import set_engine
from core.ocr.page import Page
from core.ocr.reading import glyphs_of
from core.paths import resource
from core.share.headless_film import FilmBudget, PageGlyphs, record_film_run
from hellodl_gui.commands.interrupts import Interrupts, until_written
from hellodl_gui.commands.replay import render_film
from hellodl_gui.commands.shots import size_of
from hellodl_gui.features.export import ENDINGS, FilmSettings, Frame, MovieWriter, grab_frame
from hellodl_gui.features.gradient_descent import DescentState, DescentView
from hellodl_gui.theming.theme_manager import themes

_SMALLEST = 160, 120
_HUNDREDTHS, _USUAL_FPS = 100, 30  # GIF counts time in hundredths of a second
_TELL_EVERY = 0.5
_PERCENT = 100
_REST = 0.005  # seconds, while the encoder is behind


def film(arguments: Sequence[str]) -> int:
    """The exit code. Raises LabError for what cannot be filmed, KeyboardInterrupt on Ctrl+C."""
    options, rest = parser().parse_known_args(list(arguments))
    _check(options)
    # As for Ctrl+C: what was begun is put away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    match options.film:
        case "weights":
            _film_weights(options, rest)
        case "descents":
            refuse(rest)
            for path in _film_descents(options):
                say(path, aside=True)
            return 0
        case _:
            _film_reading(options, rest)
    say(options.out, aside=True)
    return 0


def _check(options: argparse.Namespace) -> None:
    """What would only be noticed after training is refused at once."""
    if not 0 < options.seconds <= 3600 or not 1 <= (options.fps or 1) <= 60:
        raise LabError("A film lasts up to 3600 seconds, with 1 to 60 frames per second.")
    size_of(options.size, _SMALLEST)
    out: Path = options.out
    if out.suffix.lower() not in ENDINGS:
        raise LabError(f"{out.name} is not a film: the name must end in {' or '.join(ENDINGS)}.")
    if not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        raise LabError(f"There is no folder {out.parent} that can be written to. Choose another.")
    steps = getattr(options, "steps", 1)
    if steps < 1 or getattr(options, "train_for", 1.0) <= 0:
        raise LabError("Training takes at least one step, and more than 0 seconds.")


class _Share:
    """Says on stderr how much of the film is there, twice a second."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, share: float) -> None:
        now = time.perf_counter()
        if now >= self._next or share == 1:
            self._next = now + _TELL_EVERY
            say(f"filmed {share * _PERCENT:3.0f} %", aside=True)


# -- films of a run -------------------------------------------------------------------------------


def _film_weights(options: argparse.Namespace, rest: Sequence[str]) -> None:
    """One sample at a time until 98 % are read right, as chapter 2 does it."""
    _film_run(options, rest, find("learning"), FilmBudget(), "film")


def _film_reading(options: argparse.Namespace, rest: Sequence[str]) -> None:
    """A network learns while it reads a page."""
    path = options.page or resource("pages/digits.jpg")
    page = Page.open(path)
    if not page.boxes:
        raise LabError(f"No writing was found on {path}. Choose a photo with more contrast.")
    declared = find(options.chapter) if options.chapter else chapter_for(page)
    say(f"{declared.title}: {len(page.boxes)} characters on the page", aside=True)
    rects = [box.rect for box in page.boxes]
    glyphs = PageGlyphs(glyphs_of(page, rects, declared.glyph_style()), path.name)
    budget = FilmBudget(options.steps, options.train_for)
    _film_run(options, rest, declared, budget, "page", path, glyphs)


def _film_run(
    options: argparse.Namespace,
    rest: Sequence[str],
    declared: Chapter,
    budget: FilmBudget,
    view: str,
    page: Path | None = None,
    glyphs: PageGlyphs | None = None,
) -> None:
    """Train, recorded in a folder that goes away again, then film the moments of that run."""
    knobs = declared.parsed(knob_texts(rest))
    with scratch_folder() as folder:
        watch = Progress(declared.task.measured_by(), calm=True)
        record = record_film_run(declared, knobs, budget, folder, watch, glyphs)
        say("Preparing the window; the first start takes a while.", aside=True)
        set_engine("reference")  # as in the window, which only reads
        cut = FilmSettings(options.seconds, options.fps)
        size = size_of(options.size, _SMALLEST)
        says = view != "film"  # that one has a line of its own
        render_film(record, options.out, view, cut, size, options.theme, _Share(), page, says)


# -- balls on hills -------------------------------------------------------------------------------


def _film_descents(options: argparse.Namespace) -> list[Path]:
    """The chapter's two hills, a film each; their paths."""
    out: Path = options.out
    paths = [out, out.with_name(f"{out.stem}-2{out.suffix}")]
    size = size_of(options.size, _SMALLEST)
    usual = _HUNDREDTHS if out.suffix.lower() == ".gif" else _USUAL_FPS
    pictures = min(options.steps, MOST_STEPS) + 1
    told = _Share()
    themes().use(options.theme)
    with Interrupts() as stop:
        for number, (path, hill) in enumerate(zip(paths, LANDSCAPES, strict=False)):
            view = _Standing(DescentState(hill), size)
            movie = MovieWriter(path, options.fps or usual)
            ends = [round(options.seconds * movie.fps * n / pictures) for n in range(pictures + 1)]
            times = [max(end - begin, 1) for begin, end in pairwise(ends)]
            give = partial(_give, view, movie, times, stop)
            try:
                until_written(movie, stop, give, movie.cancel)
            finally:
                view.close()
            told((number + 1) / len(paths))
    return paths


def _give(view: "_Standing", movie: MovieWriter, times: list[int], stop: Interrupts) -> None:
    """One picture a step, so many frames each, unless somebody has enough or the disk refuses."""
    for step, count in enumerate(times):
        while movie.full and not movie.over:
            time.sleep(_REST)
        if movie.over or stop.wanted:
            return
        movie.add(view.at(step), count)
    movie.finish()


class _Standing(DescentView):
    """Balls on a hill as a picture that stands alone."""

    def __init__(self, rolling: DescentState, size: tuple[int, int]) -> None:
        super().__init__(fixed=True)
        self.setObjectName("panel")
        self._shown_rolling = rolling
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setContentsMargins(8, 8, 12, 10)
        self.resize(*size)
        self.show()

    def at(self, step: int) -> Frame:
        """The picture after so many steps."""
        self._shown_rolling.go(step - self._shown_rolling.step)
        self.show_descent(self._shown_rolling)
        return grab_frame(self)
