"""A chapter is a declaration: what is learnt, with which knobs, and what is worth looking at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from core.ocr.glyph import GlyphRecipe
from core.paths import resource
from core.train.fit import KnobSource, fit
from core.train.knobs import Knob, Knobs
from core.train.run import Run
from core.train.step import Step
from core.train.task import Task


@dataclass(frozen=True)
class Experiment:
    """Named settings with a question that they answer."""

    title: str
    question: str
    values: Mapping[str, float | str]


@dataclass(frozen=True)
class Chapter:
    """Everything the window, the command line and the tests need to know of a chapter.

    `views` name the panels to open. `steps` is the training loop. `adjust(run, knobs)` applies
    knobs at once while training stands still; most chapters have nothing to apply.
    """

    key: str
    number: int
    title: str
    tagline: str
    task: Task
    knobs: tuple[Knob, ...]
    views: tuple[str, ...]
    experiments: tuple[Experiment, ...] = ()
    glyphs: GlyphRecipe = GlyphRecipe()
    steps: Callable[[Run, KnobSource], Iterator[Step]] = fit
    adjust: Callable[[Run, Knobs], None] | None = None
    trained: str | None = None
    captions: Mapping[str, str] = field(default_factory=dict)

    def story(self) -> str:
        """The chapter's text, Markdown."""
        return resource(f"chapters/{self.key}.md").read_text(encoding="utf-8")

    def defaults(self) -> Knobs:
        """Its knobs at their defaults."""
        return Knobs(self.knobs)

    def settings(self, experiment: Experiment) -> Knobs:
        """Its knobs as an experiment sets them, the rest at their defaults."""
        return self.parsed({key: str(value) for key, value in experiment.values.items()})

    def parsed(self, texts: Mapping[str, str]) -> Knobs:
        """Its knobs with values typed by a person. Raises KnobError."""
        by_key = {knob.key: knob for knob in self.knobs}
        known = {key: by_key[key].parse(text) for key, text in texts.items() if key in by_key}
        unknown = {key: 0.0 for key in texts if key not in by_key}
        return self.defaults().with_values(**known, **unknown)
