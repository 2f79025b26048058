"""Which panel shows which view of a chapter: one file of this package and one name here."""

from hellodl_gui.features.activation_functions.panel import ActivationsPanel
from hellodl_gui.features.augmentation.panel import AugmentationPanel
from hellodl_gui.features.autograd.panel import AutogradPanel
from hellodl_gui.features.calibration.panel import CalibrationPanel
from hellodl_gui.features.class_gallery.panel import PostersPanel
from hellodl_gui.features.class_means.panel import AveragesPanel
from hellodl_gui.features.confusion_matrix.panel import ConfusionPanel
from hellodl_gui.features.convolution.panel import ConvolutionPanel
from hellodl_gui.features.curves.panel import CurvesPanel
from hellodl_gui.features.data.panel import DataPanel
from hellodl_gui.features.draw.panel import DrawPanel
from hellodl_gui.features.dropout_and_norm.panel import RegularisingPanel
from hellodl_gui.features.feature_maps.panel import MapsPanel
from hellodl_gui.features.gradient_descent.panel import DescentPanel
from hellodl_gui.features.hints.panel import HintsPanel
from hellodl_gui.features.image_times_weights.panel import ProductPanel
from hellodl_gui.features.layer_health.panel import HealthPanel
from hellodl_gui.features.learned_vs_handmade.panel import FilmPanel
from hellodl_gui.features.mistakes.panel import MistakesPanel
from hellodl_gui.features.projection.panel import MapPanel
from hellodl_gui.features.quantization.panel import QuantisePanel
from hellodl_gui.features.race.panel import RacePanel
from hellodl_gui.features.robustness.panel import RobustnessPanel
from hellodl_gui.features.runs.panel import RunsPanel
from hellodl_gui.features.saliency.panel import SaliencyPanel
from hellodl_gui.features.samples.panel import SamplesPanel
from hellodl_gui.features.score_histogram.panel import ScoresPanel
from hellodl_gui.features.search.panel import SweepPanel
from hellodl_gui.features.top_activations.panel import DreamPanel
from hellodl_gui.features.weight_decay.panel import DecayPanel
from hellodl_gui.features.weight_histograms.panel import HistogramsPanel
from hellodl_gui.features.weight_traces.panel import TracesPanel
from hellodl_gui.features.weights.panel import WeightsPanel
from hellodl_gui.features.zoom.panel import ZoomPanel
from hellodl_gui.ui.panel import Panel

GROUPS: tuple[tuple[str, tuple[type[Panel], ...]], ...] = (
    ("Learning", (CurvesPanel, ConfusionPanel, SamplesPanel, HintsPanel, HealthPanel)),
    ("Runs", (RunsPanel, RacePanel, SweepPanel)),
    (
        "Looking inside",
        (
            WeightsPanel, MapsPanel, ZoomPanel, SaliencyPanel, DreamPanel, TracesPanel,
            HistogramsPanel, DecayPanel, RegularisingPanel, QuantisePanel,
        ),
    ),
    ("Mistakes", (MistakesPanel, MapPanel, CalibrationPanel, RobustnessPanel, ScoresPanel)),
    ("Pictures", (DataPanel, DrawPanel, PostersPanel, AugmentationPanel, AveragesPanel)),
    (
        "Explained",
        (
            AutogradPanel, ConvolutionPanel, ActivationsPanel, DescentPanel, ProductPanel,
            FilmPanel,
        ),
    ),
)  # fmt: skip
"""All panels, by what they are for; the window's menu is made from it."""

VIEWS: dict[str, type[Panel]] = {panel.key: panel for _, panels in GROUPS for panel in panels}
