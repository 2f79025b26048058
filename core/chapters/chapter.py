"""Chapter: the declaration of a task, its knobs, panels and experiments."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.knobs import Knob, Knobs
from core.ocr.glyph import GlyphStyle
from core.paths import resource
from core.training.loop import KnobSource, fit
from core.training.metrics import Evaluation, StepMetrics
from core.training.settings import check_knob_names
from core.training.task import Task
from core.training.trainer import Trainer
from core.translation import tr


@dataclass(frozen=True)
class Experiment:
    """Named settings with a question that they answer."""

    title: str
    question: str
    values: Mapping[str, float | str]

    def texts(self) -> dict[str, str]:
        """The settings as a person would type them."""
        return {key: str(value) for key, value in self.values.items()}


@dataclass(frozen=True)
class Chapter:
    """Everything the window, the command line and the tests need to know of a chapter.

    `views` name the panels to open, the first `together` of them at once, the others as tabs.
    `steps` is the training loop. `adjust(trainer, knobs)` applies knobs while training is paused;
    most chapters have nothing to apply. `glyphs` says how characters of a page become pictures for
    its network, None where it reads none. `trained` names a weights file. `remarks` adds the
    chapter's own metrics to the result of a run. `true_parameters(knobs)` are those that made the
    data, by the names of the network's own, where somebody knows them.
    """

    key: str
    number: int
    title: str
    tagline: str
    task: Task
    knobs: tuple[Knob, ...]
    views: tuple[str, ...]
    together: int = 4
    experiments: tuple[Experiment, ...] = ()
    glyphs: GlyphStyle | None = None
    steps: Callable[[Trainer, KnobSource], Iterator[StepMetrics]] = fit
    adjust: Callable[[Trainer, Knobs], None] | None = None
    trained: str | None = None
    remarks: Callable[[Trainer, Evaluation], Mapping[str, float]] = lambda trainer, evaluation: {}
    true_parameters: Callable[[Knobs], Mapping[str, NDArray[np.floating]]] | None = None

    def __post_init__(self) -> None:
        check_knob_names({knob.key: knob for knob in self.knobs})

    def story(self) -> str:
        """The chapter's text, Markdown; where nobody has written one, a sentence that says so."""
        name = f"chapters/{self.key}.md"
        try:
            return resource(name).read_text(encoding="utf-8")
        except FileNotFoundError:
            words = tr("This chapter has no text yet. Write it in resources/{name}.")
            return f"# {tr(self.title)}\n\n{words.format(name=name)}\n"

    def glyph_style(self) -> GlyphStyle:
        """How characters become pictures for its network. Raises LabError where it reads none."""
        if self.glyphs is None:
            raise LabError(
                tr("“{title}” reads no characters: open a chapter about digits or letters.").format(
                    title=tr(self.title)
                )
            )
        return self.glyphs

    def defaults(self) -> Knobs:
        """Its knobs at their defaults."""
        return Knobs(self.knobs)

    def settings(self, experiment: Experiment) -> Knobs:
        """Its knobs as an experiment sets them, the rest at their defaults."""
        return self.parsed(experiment.texts())

    def experiment(self, title: str) -> Experiment:
        """The experiment with this title, in any case. Raises LabError naming those there are."""
        for candidate in self.experiments:
            if candidate.title.casefold() == title.casefold():
                return candidate
        known = ", ".join(f"“{candidate.title}”" for candidate in self.experiments)
        raise LabError(
            tr("{chapter} has no experiment “{title}”. It has: {known}.").format(
                chapter=tr(self.title), title=title, known=known
            )
        )

    def parsed(self, texts: Mapping[str, str]) -> Knobs:
        """Its knobs with values typed by a person. Raises KnobError."""
        by_key = {knob.key: knob for knob in self.knobs}
        known = {key: by_key[key].parse(text) for key, text in texts.items() if key in by_key}
        unknown = {key: 0.0 for key in texts if key not in by_key}
        return self.defaults().with_values(**known, **unknown)
