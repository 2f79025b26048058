"""Race panel: several settings from the same start, each with several seeds, side by side."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu

from core.errors import LabError
from core.formatting import format_fixed
from core.search.messages import RunOptions
from core.search.race import Race
from core.training.metrics import LOSS
from core.translation import tr, tr_count
from hellodl_gui.features.race import race_entries
from hellodl_gui.features.race.add_bar import AddBar
from hellodl_gui.features.race.band_plot import BandSeries, line_style
from hellodl_gui.features.race.race_entries import RaceEntries
from hellodl_gui.features.race.race_plots import RacePlots
from hellodl_gui.features.race.race_service import RaceService, validation_knobs
from hellodl_gui.features.race.race_settings import RaceSettings
from hellodl_gui.features.race.race_table import RaceRow, RaceTable
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.start_bar import StartBar, duration
from hellodl_gui.ui.controls.undo_change import UndoChange
from hellodl_gui.ui.layout.boxes import Part
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.run_group_panel import RunGroupPanel

_MOST = 24
_UNKNOWN = float("nan"), float("nan")


class RacePanel(RunGroupPanel):
    """Attributes: `entries`, the settings; `race`, `table`, `terms`, `plots`."""

    key, title = "race", "Race"
    help = (
        "Compare settings, each trained with several seeds: lines are means, bands one standard "
        "deviation. Every run is recorded."
    )
    poll_ms = 60

    def __init__(self, state: LabState) -> None:
        self.race = RaceService()
        super().__init__(
            state,
            self.race,
            StartBar(
                tr("Start the race"),
                tr(
                    "Train every row with every seed, in separate processes. This pauses "
                    "training in the window; Play resumes it and shares the cores."
                ),
                tr("Stop"),
            ),
        )
        self.paused_words = tr(
            "Training is paused so that the race has all cores. Play resumes it."
        )
        self.entries = RaceEntries(self._chapter)
        self._lists: dict[str, RaceEntries] = {}
        self.table = RaceTable()
        self.table.opened.connect(self._open)
        self.table.removed.connect(self._remove)
        self.table.chosen.connect(self._on_chosen)
        self.table.menu_wanted.connect(self._fill_menu)
        self.table.settings.typed.connect(self._on_typed)
        self.adding = AddBar(self._offers, self._add_present, self._add, self.undo)
        self.terms = RaceSettings()
        self.plots = RacePlots()
        self.plots.changed.connect(self.mark_dirty)
        self._take_metrics()
        left: list[Part] = [self.adding, (self.table, 1), self.terms, self.bar]
        self.lay_out(tr("The race"), left, self.plots, (5, 5, 6, 6))
        self.terms.set_chapter(self._chapter)
        self.list_entries(())

    def _take_metrics(self) -> None:
        """Show what the runs of the chapter are measured by."""
        self._metrics = self._chapter.task.measured_by()
        self.plots.set_metrics(self._metrics)
        self.table.settings.rank_by(self._metrics.goal)

    def _offers(self) -> list[tuple[str, list[str]]]:
        chapter, knobs = self._chapter, self.state.training.knobs
        return [
            (tr("Every optimiser"), race_entries.optimisers(chapter, knobs)),
            (tr("Learning rates ×0.1 to ×10"), race_entries.rates(chapter, knobs)),
            (tr("Batch sizes ×¼ to ×4"), race_entries.batch_sizes(chapter, knobs)),
            (tr("The chapter's experiments"), race_entries.experiments(chapter, knobs)),
        ]

    # -- the list -----------------------------------------------------------------------------

    def list_entries(self, texts: Sequence[str]) -> None:
        """Show these settings; what is known of them is shown again."""
        self.entries.texts = tuple(texts)
        try:
            self.entries.settings()
        except LabError as error:
            self.bar.show_wrong(str(error))
        else:
            self.bar.show_wrong("")
        if not texts:
            self.bar.show_progress(0, tr("Add settings above, then start."))
        elif not self.race.running:
            self.bar.show_progress(0, tr_count("{n} settings", "{n} settings", len(texts)))
        self.show_news()
        self.mark_dirty()

    def _change(self, then: Sequence[str], text: str) -> None:
        """Another list of settings, to be undone."""
        self.undo.push(UndoChange(self.list_entries, self.entries.texts, tuple(then), text))

    def _add_present(self) -> None:
        self._add([race_entries.current_settings(self._chapter, self.state.training.knobs)])

    def _add(self, texts: Sequence[str]) -> None:
        before = self.entries.texts
        fresh = self.entries.fresh(texts)
        if not fresh:
            self.state.messages.notify("info", tr("Already in the list."))
        elif len(before) + len(fresh) > _MOST:
            words = tr("A race takes at most {most} rows. Remove some first.")
            self.state.messages.notify("warning", words.format(most=_MOST))
        else:
            self._change([*before, *fresh], tr("add settings"))

    def _remove(self, places: Sequence[int]) -> None:
        if not self.race.running:
            then = [text for at, text in enumerate(self.entries.texts) if at not in places]
            self._change(then, tr("remove settings"))

    def _on_typed(self, place: int, text: str) -> None:
        then = list(self.entries.texts)
        then[place] = " ".join(text.split())
        if tuple(then) != self.entries.texts:
            self._change(then, tr("change a setting"))

    def _on_chapter(self, *_: object) -> None:
        self._lists[self._chapter.key] = self.entries
        self._chapter = self.state.training.chapter
        self._take_metrics()
        self.entries = self._lists.get(self._chapter.key) or RaceEntries(self._chapter)
        self.undo.clear()
        self.terms.set_chapter(self._chapter)
        self.list_entries(self.entries.texts)

    def lock(self, running: bool) -> None:
        """While they race the list stays as it is."""
        if running is not self.table.settings.locked:
            self.table.settings.locked = running
            self.adding.lock(running)
            self.terms.setEnabled(not running)

    # -- racing -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Let them race."""
        terms, key = self.terms, self._chapter.key
        settings = self.entries.settings()
        if not settings:
            raise LabError(tr("Nothing to race yet. Add some settings above."))
        options = RunOptions(steps=terms.steps.value() or None)
        base = validation_knobs(key, options)
        self.race.begin(Race(key, settings, terms.seeds, base, options, terms.workers.value()))

    def show_begun(self) -> None:
        """From the first mini-batch to the last."""
        self.plots.show_all()

    def progress_words(self) -> str:
        """How many runs are over, and how long the others take."""
        race = self.race.group
        if race is None:
            return ""
        over = sum(run.over for run in race.runs)
        words = tr("{done} of {count} runs").format(done=over, count=len(race.runs))
        if race.chapter.key != self._chapter.key:
            words = f"{race.chapter.title}: {words}"
        if not self.race.running:
            return f"{words} · {duration(self.race.seconds)}"
        if not any(run.step for run in race.runs):
            return tr("Getting ready")
        left = duration(self.race.left)
        return tr("{words} · {left} left").format(words=words, left=left) if left else words

    # -- showing ------------------------------------------------------------------------------

    def _place_in_race(self, text: str) -> int | None:
        """Which setting of the race an entry is."""
        race, values = self.race.group, self.entries.values(text)
        if race is None or race.chapter.key != self._chapter.key or isinstance(values, LabError):
            return None
        known = race.settings.index(values) if values in race.settings else None
        return known if known is not None and known < len(self.race.summaries) else None

    def show_news(self) -> None:
        """The settings as they stand."""
        places = [self._place_in_race(text) for text in self.entries.texts]
        goal = self._metrics.goal
        found = [
            _UNKNOWN[0] if at is None else self.race.summaries[at].final[goal.key][0]
            for at in places
        ]
        better = (lambda a, b: a > b) if goal.better == "up" else (lambda a, b: a < b)
        ranks = [1 + sum(better(other, mine) for other in found) for mine in found]
        rows = []
        names = self.entries.names()
        for number, (text, at) in enumerate(zip(self.entries.texts, places, strict=True)):
            values = self.entries.values(text)
            if isinstance(values, LabError):
                rows.append(RaceRow(text, text, number, problem=str(values)))
            elif at is None:
                rows.append(RaceRow(text, names[number], number))
            else:
                rows.append(self._row(text, names[number], at, ranks[number]))
        self.table.set_rows(rows)

    def _row(self, text: str, name: str, at: int, rank: int) -> RaceRow:
        standing, runs = self.race.summaries[at], self.race.runs(at)
        key = self._metrics.goal.key
        goal, loss = standing.final[key], standing.final[LOSS.key]
        if not standing.done and len(standing.tested[LOSS.key].mean):
            goal = float(standing.tested[key].mean[-1]), _UNKNOWN[1]
            loss = float(standing.tested[LOSS.key].mean[-1]), _UNKNOWN[1]
        over = sum(run.over for run in runs)
        broken = all(run.state == "failed" for run in runs)
        return RaceRow(
            text,
            name,
            at,
            rank if standing.done and np.isfinite(goal[0]) else 0,
            goal,
            loss,
            tr("failed") if broken else f"{over}/{len(runs)}",
            next((run.problem for run in runs if run.state == "failed"), ""),
            self.race.best(at) is not None,
            self.race.picture(at),
        )

    def refresh(self) -> None:
        """Draw the curves."""
        lines: dict[str, list[BandSeries]] = {key: [] for key in self.plots.plots}
        for text, named in zip(self.entries.texts, self.entries.names(), strict=True):
            at = self._place_in_race(text)
            if at is None:
                continue
            standing = self.race.summaries[at]
            colour, dashed = line_style(at)
            bands = standing.tested if self.plots.tested else standing.trained
            for key in lines.keys() & bands.keys():
                band, scale = bands[key], 100 if self._metrics.metric(key).percent else 1
                mean, spread = band.mean * scale, band.spread * scale
                lines[key].append(BandSeries(named, colour, band.steps, mean, spread, dashed))
        self.plots.show_lines(lines)

    def numbers(self) -> NumberTable | None:
        """The table, means and spreads apart."""
        rows = self.table.settings.rows
        if not rows:
            return None
        goal, loss = np.array([row.goal for row in rows]), np.array([row.loss for row in rows])
        name = tr(self._metrics.goal.name)
        head = ("setting", name, f"{name} spread", "loss", "loss spread", "runs")
        texts, states = [row.text for row in rows], [row.state for row in rows]
        return NumberTable(head, [texts, *goal.T, *loss.T, states])

    @Slot(object)
    def _on_chosen(self, place: int | None) -> None:
        """One line strongly, the others faintly."""
        names = self.entries.names()
        self.plots.mean_only(names[place] if place is not None and place < len(names) else "")

    # -- doing --------------------------------------------------------------------------------

    @Slot(int)
    def _open(self, place: int) -> None:
        """The best run of a setting onto the table."""
        at = self._place_in_race(self.entries.texts[place])
        path = None if at is None else self.race.best(at)
        if path is None:
            self.state.messages.notify("info", tr("Nothing is recorded for this row yet."))
            return
        self.state.training.open_run(path)

    def _fill_menu(self, menu: QMenu, place: int) -> None:
        text = self.entries.texts[place]
        at, values = self._place_in_race(text), self.entries.values(text)
        for run in self.race.runs(at) if at is not None else []:
            if run.record is not None:
                seed = format_fixed(run.values.get("seed", 0), 0)
                words = tr("Open the run with seed {seed}").format(seed=seed)
                menu.addAction(words, partial(self.state.training.open_run, run.record))
        if not isinstance(values, LabError):
            rest = {key: v for key, v in self._chapter.defaults().items() if key != "seed"}
            turn = partial(self.state.training.set_knobs, {**rest, **values})
            menu.addAction(tr("Apply these settings"), turn)
        remove = menu.addAction(tr("Remove"), partial(self._remove, [place]))
        remove.setEnabled(not self.race.running)
