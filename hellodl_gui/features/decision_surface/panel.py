"""Decision surface panel: what the network says of every place of the plane."""

import numpy as np

from core.chapters.capabilities import PLANE, SURFACE
from core.data.specs import PointSpec, TableSpec
from core.training.reports import SurfaceReport
from core.translation import tr
from hellodl_gui.features.decision_surface.surface_chart import PlanePoints, SurfaceChart
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.combo_utils import combo_box, replace_items
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.panel import Panel


class DecisionSurfacePanel(Panel):
    """Follows the moment that is shown. Attributes: `chart`."""

    key, title = "surface", "Decision surface"
    help = (
        "What the network says of every place: colours are classes, stronger where it is surer. "
        "Test points lie above, wrong ones with a red rim."
    )
    needs = frozenset({SURFACE, PLANE})

    def __init__(self, state: LabState) -> None:
        super().__init__(state)
        self.chart = SurfaceChart()
        self.chart.read.connect(self._on_read)
        self.chart.picked.connect(state.selection.select)
        self._output = combo_box(
            tr("Output"), tr("Which output of the network"), changed=self._on_output
        )
        self._words = quiet(ElidedLabel())
        parts = self._output, (self.chart, 1), self._words
        self.fill(*parts, margins=(10, 6, 10, 8), spacing=4)
        self.redraw_on(state.timeline.evaluated)
        self.each_run(self._on_restart)

    def _on_restart(self) -> None:
        """Classes share one picture; of several numbers one is shown."""
        replace_items(self._output, [])
        self._output.hide()

    def _on_output(self, *_: object) -> None:
        self.chart.output = max(self._output.currentIndex(), 0)
        self.mark_dirty()

    @property
    def _surface(self) -> SurfaceReport | None:
        seen = self.state.timeline.evaluation
        return None if seen is None else seen.report(SurfaceReport)

    def refresh(self) -> None:
        """Draw the surface of the last look at the test set."""
        surface, test = self._surface, self.state.training.test
        if surface is None:
            self._fallback.explain(
                tr("No test results yet. Press Play to start training.")
                if self.state.timeline.evaluation is None
                else tr("The surface of this moment was not recorded.")
            )
            return
        self._fallback.show_content()
        count = len(surface.values)
        if not test.classes and count > 1 and self._output.count() != count:
            replace_items(self._output, [tr("output {n}").format(n=n + 1) for n in range(count)])
            self._output.show()
        assert isinstance(test.spec, PointSpec | TableSpec)
        names = test.spec.names[0], test.spec.names[1]
        self.chart.set_surface(surface, self._points(), test.classes, names)
        self._on_read("")

    def _points(self) -> PlanePoints:
        """The test points; those that the last look at them found wrong."""
        test, report = self.state.training.test, self.state.classification
        wrong = np.zeros(len(test), bool)
        if report is not None:
            wrong[report.numbers] = report.predictions != test.labels[report.numbers]
        labels = test.labels if test.classes else None
        return PlanePoints(test.inputs.astype(np.float64), np.arange(len(test)), labels, wrong)

    def _on_read(self, text: str) -> None:
        """The place that is read, or how good the predictions are."""
        seen = self.state.timeline.evaluation
        if not text and seen is not None:
            metrics = self.state.training.metrics.tested
            parts = [f"{tr(one.label)} {one.text(seen.metrics[one.key])}" for one in metrics
                     if one.key in seen.metrics]  # fmt: skip
            parts.append(tr("after mini-batch {step}").format(step=f"{seen.step:,}"))
            text = " · ".join(parts)
        self._words.say(text)
        self.setAccessibleDescription(text)

    def numbers(self) -> NumberTable | None:
        """Every place of the grid with all outputs."""
        surface, test = self._surface, self.state.training.test
        if surface is None or not isinstance(test.spec, PointSpec | TableSpec):
            return None
        count, rows, columns = surface.values.shape
        xs = np.linspace(surface.low[0], surface.high[0], columns)
        ys = np.linspace(surface.low[1], surface.high[1], rows)
        places = [np.tile(xs, rows), np.repeat(ys, columns)]
        heads = test.classes or tuple(tr("output {n}").format(n=n + 1) for n in range(count))
        return NumberTable(
            (*test.spec.names, *heads), [*places, *surface.values.reshape(count, -1)]
        )
