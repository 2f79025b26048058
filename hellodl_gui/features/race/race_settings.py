"""Race settings: seeds, mini-batches, parallel runs."""

from core.chapters.chapter import Chapter
from core.search.worker_group import default_workers
from core.translation import tr
from hellodl_gui.ui.controls.labelled_fields import LabelledFields, number_field

_USUAL_SEEDS, _MOST_SEEDS = 3, 5
_USUAL_STEPS, _MOST_STEPS = 500, 1_000_000


class RaceSettings(LabelledFields):
    """Attributes: `steps`, mini-batches at most, 0: to the goal; `workers`, processes."""

    def __init__(self) -> None:
        super().__init__()
        self.seed_count = number_field(1, _MOST_SEEDS, _USUAL_SEEDS)
        self.steps = number_field(0, _MOST_STEPS, _USUAL_STEPS, 100)
        self.steps.setSpecialValueText(tr("to the goal"))
        self.workers = number_field(1, default_workers(), default_workers())
        self.add(
            tr("s&eeds"),
            self.seed_count,
            tr("Runs per row, with seeds 1, 2, 3 …: shows how much of a difference is chance"),
        )
        self.add(
            tr("&mini-batches"),
            self.steps,
            tr("Longest run in mini-batches; 0: no limit, runs end at their own goal"),
            2,
        )
        self.add(
            tr("proce&sses"),
            self.workers,
            tr("Number of parallel runs, each on one core"),
        )

    def set_chapter(self, chapter: Chapter) -> None:
        """Where there is no chance there is nothing to repeat."""
        self._has_chance = "seed" in chapter.defaults()
        self.seed_count.setEnabled(self._has_chance)

    @property
    def seeds(self) -> list[int] | None:
        """The seeds; None where the chapter has no chance in it."""
        return list(range(1, self.seed_count.value() + 1)) if self._has_chance else None
