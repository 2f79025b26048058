"""Which panel shows which view of a chapter: one file of this package and one name here."""

from hellodl_gui.features.activation_functions.panel import ActivationFunctionsPanel
from hellodl_gui.features.augmentation.panel import AugmentationPanel
from hellodl_gui.features.autograd.panel import AutogradPanel
from hellodl_gui.features.calibration.panel import CalibrationPanel
from hellodl_gui.features.class_gallery.panel import ClassGalleryPanel
from hellodl_gui.features.class_means.panel import ClassMeansPanel
from hellodl_gui.features.confusion_matrix.panel import ConfusionMatrixPanel
from hellodl_gui.features.convolution.panel import ConvolutionPanel
from hellodl_gui.features.curves.panel import CurvesPanel
from hellodl_gui.features.data.panel import DataPanel
from hellodl_gui.features.draw.panel import DrawPanel
from hellodl_gui.features.dropout_and_norm.panel import DropoutAndNormPanel
from hellodl_gui.features.feature_maps.panel import FeatureMapsPanel
from hellodl_gui.features.gradient_descent.panel import DescentPanel
from hellodl_gui.features.hints.panel import HintsPanel
from hellodl_gui.features.image_times_weights.panel import ImageTimesWeightsPanel
from hellodl_gui.features.layer_health.panel import LayerHealthPanel
from hellodl_gui.features.learned_vs_handmade.panel import LearnedVsHandmadePanel
from hellodl_gui.features.mistakes.panel import MistakesPanel
from hellodl_gui.features.projection.panel import ProjectionPanel
from hellodl_gui.features.quantization.panel import QuantizationPanel
from hellodl_gui.features.race.panel import RacePanel
from hellodl_gui.features.robustness.panel import RobustnessPanel
from hellodl_gui.features.runs.panel import RunsPanel
from hellodl_gui.features.saliency.panel import SaliencyPanel
from hellodl_gui.features.samples.panel import SamplesPanel
from hellodl_gui.features.score_histogram.panel import ScoreHistogramPanel
from hellodl_gui.features.search.panel import SearchPanel
from hellodl_gui.features.top_activations.panel import TopActivationsPanel
from hellodl_gui.features.weight_decay.panel import WeightDecayPanel
from hellodl_gui.features.weight_histograms.panel import WeightHistogramsPanel
from hellodl_gui.features.weight_traces.panel import WeightTracesPanel
from hellodl_gui.features.weights.panel import WeightsPanel
from hellodl_gui.features.zoom.panel import ZoomPanel
from hellodl_gui.ui.panel import Panel

GROUPS: tuple[tuple[str, tuple[type[Panel], ...]], ...] = (
    ("Learning", (CurvesPanel, ConfusionMatrixPanel, SamplesPanel, HintsPanel, LayerHealthPanel)),
    ("Runs", (RunsPanel, RacePanel, SearchPanel)),
    (
        "Looking inside",
        (
            WeightsPanel, FeatureMapsPanel, ZoomPanel, SaliencyPanel, TopActivationsPanel,
            WeightTracesPanel, WeightHistogramsPanel, WeightDecayPanel, DropoutAndNormPanel,
            QuantizationPanel,
        ),
    ),
    (
        "Mistakes",
        (
            MistakesPanel, ProjectionPanel, CalibrationPanel, RobustnessPanel,
            ScoreHistogramPanel,
        ),
    ),
    ("Pictures", (DataPanel, DrawPanel, ClassGalleryPanel, AugmentationPanel, ClassMeansPanel)),
    (
        "Explained",
        (
            AutogradPanel, ConvolutionPanel, ActivationFunctionsPanel, DescentPanel,
            ImageTimesWeightsPanel, LearnedVsHandmadePanel,
        ),
    ),
)  # fmt: skip
"""All panels, by what they are for; the window's menu is made from it."""

VIEWS: dict[str, type[Panel]] = {panel.key: panel for _, panels in GROUPS for panel in panels}
