"""Panel registry: which panel shows which view of a chapter."""

from hellodl_gui.features.activation_functions import ActivationFunctionsPanel
from hellodl_gui.features.augmentation import AugmentationPanel
from hellodl_gui.features.autograd import AutogradPanel
from hellodl_gui.features.calibration import CalibrationPanel
from hellodl_gui.features.class_gallery import ClassGalleryPanel
from hellodl_gui.features.class_means import ClassMeansPanel
from hellodl_gui.features.confusion_matrix import ConfusionMatrixPanel
from hellodl_gui.features.convolution import ConvolutionPanel
from hellodl_gui.features.curves import CurvesPanel
from hellodl_gui.features.data import DataPanel
from hellodl_gui.features.decision_surface import DecisionSurfacePanel
from hellodl_gui.features.draw import DrawPanel
from hellodl_gui.features.dropout_and_norm import DropoutAndNormPanel
from hellodl_gui.features.feature_maps import FeatureMapsPanel
from hellodl_gui.features.generated_text import GeneratedTextPanel
from hellodl_gui.features.gradient_descent import DescentPanel
from hellodl_gui.features.hints import HintsPanel
from hellodl_gui.features.image_times_weights import ImageTimesWeightsPanel
from hellodl_gui.features.layer_health import LayerHealthPanel
from hellodl_gui.features.learned_vs_handmade import LearnedVsHandmadePanel
from hellodl_gui.features.mistakes import MistakesPanel
from hellodl_gui.features.projection import ProjectionPanel
from hellodl_gui.features.quantization import QuantizationPanel
from hellodl_gui.features.race import RacePanel
from hellodl_gui.features.regression import RegressionPanel
from hellodl_gui.features.robustness import RobustnessPanel
from hellodl_gui.features.runs import RunsPanel
from hellodl_gui.features.saliency import SaliencyPanel
from hellodl_gui.features.samples import SamplesPanel
from hellodl_gui.features.score_histogram import ScoreHistogramPanel
from hellodl_gui.features.search import SearchPanel
from hellodl_gui.features.top_activations import TopActivationsPanel
from hellodl_gui.features.weight_decay import WeightDecayPanel
from hellodl_gui.features.weight_histograms import WeightHistogramsPanel
from hellodl_gui.features.weight_traces import WeightTracesPanel
from hellodl_gui.features.weights import WeightsPanel
from hellodl_gui.features.zoom import ZoomPanel
from hellodl_gui.ui.panel import Panel

GROUPS: tuple[tuple[str, tuple[type[Panel], ...]], ...] = (
    (
        "Learning",
        (
            CurvesPanel, ConfusionMatrixPanel, RegressionPanel, DecisionSurfacePanel,
            GeneratedTextPanel, SamplesPanel, HintsPanel, LayerHealthPanel,
        ),
    ),
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
