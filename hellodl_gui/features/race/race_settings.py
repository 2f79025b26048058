"""Race settings: seeds, mini-batches, parallel runs."""

from core.chapters.chapter import Chapter
from core.search.worker_group import default_workers
from core.translation import tr
from hellodl_gui.ui.controls.labelled_fields import LabelledFields, number_field

_USUAL_SEEDS, _MOST_SEEDS = 3, 5
_USUAL_STEPS, _MOST_STEPS = 500, 1_000_000


class RaceSettings(LabelledFields):
    """Attributes: `seeds`, `steps` and `workers` as chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._seeds = number_field(1, _MOST_SEEDS, _USUAL_SEEDS)
        self._steps = number_field(0, _MOST_STEPS, _USUAL_STEPS, 100)
        self._steps.setSpecialValueText(tr("to the goal"))
        self._workers = number_field(1, default_workers(), default_workers())
        self._has_chance = True
        self.add(
            tr("s&eeds"),
            self._seeds,
            tr("Runs per row, with seeds 1, 2, 3 …: shows how much of a difference is chance"),
        )
        self.add(
            tr("&mini-batches"),
            self._steps,
            tr("Longest run in mini-batches; 0: no limit, runs end at their own goal"),
            2,
        )
        self.add(
            tr("proce&sses"),
            self._workers,
            tr("Number of parallel runs, each on one core"),
        )

    def set_chapter(self, chapter: Chapter) -> None:
        """Where there is no chance there is nothing to repeat."""
        self._has_chance = "seed" in chapter.defaults()
        self._seeds.setEnabled(self._has_chance)

    def set_steps(self, steps: int) -> None:
        """End runs there."""
        self._steps.setValue(steps)

    def set_seeds(self, seeds: int) -> None:
        """Train every setting so often."""
        self._seeds.setValue(seeds)

    @property
    def seeds(self) -> list[int] | None:
        """The seeds; None where the chapter has no chance in it."""
        return list(range(1, self._seeds.value() + 1)) if self._has_chance else None

    @property
    def steps(self) -> int | None:
        """Mini-batches at most; None: to the goal."""
        return self._steps.value() or None

    @property
    def workers(self) -> int:
        """Processes."""
        return self._workers.value()
