"""Quantization service: evaluates quantized weights in the worker, one request at a time."""

import numpy as np
from numpy.typing import NDArray

from core.chapters.capabilities import GLYPHS
from core.inspect.weights.quantization import QuantizationSettings
from core.inspect.weights.quantization_eval import EVALUATED_AT_ONCE, QuantizationResult
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status, Weights

_CALM = 1.0  # seconds between two looks at weights that change all the time
_REST = 0.4  # seconds that nothing was wanted otherwise before the whole test set is read
_PATIENCE = 10.0  # seconds after which nothing is expected any more: it was refused
_GLYPHS, _MOST_GLYPHS = 48, 400


class QuantizationService:
    """Never blocks: `want` sets the request; `poll` takes a step and says if anything changed.

    Attributes: `how`, what is wanted; `plain`, the effect of weights as they are; `found`, that of
    weights squeezed as `found_for` says; `images` (N, 28, 28), the glyphs of the open page, else
    some test samples, with their `labels` (N,) where these are known; `whole`, the sum of the
    task's metric over those of the test set that were read, and their number, None before that
    began; `whole_plain`, its mean with weights as they are, None where that was not counted.
    """

    def __init__(self, state: LabState) -> None:
        self._state = state
        self.how = QuantizationSettings()
        self.found_for = QuantizationSettings()
        self._tensor: str | None = None
        self._wanted_at = 0.0
        self._asked_at = 0.0
        self._number = 0
        self._off = False
        self.forget()

    def forget(self) -> None:
        """Another run: nothing is known of it."""
        self.plain: QuantizationResult | None = None
        self.found: QuantizationResult | None = None
        self.whole: tuple[float, int] | None = None
        self.whole_plain: float | None = None
        self.images: NDArray[np.uint8] = np.empty((0, 28, 28), np.uint8)
        self.labels: NDArray[np.integer] | None = None
        self._of: Weights | None = None
        self._settled: tuple[QuantizationSettings, str | None] | None = None
        self._busy = False
        self._news = True
        self._number += 1

    def want(self, how: QuantizationSettings, tensor: str | None, now: float) -> None:
        """From here on this is what is wanted; what was begun for something else ends."""
        if (how, tensor) == (self.how, self._tensor):
            return
        self.how, self._tensor = how, tensor
        self._wanted_at = now
        self.whole, self._off = None, False

    def cancel(self) -> None:
        """Cancel the evaluation of the whole test set."""
        self._off, self.whole, self._news = True, None, True

    @property
    def total(self) -> int:
        """Pictures in the test set."""
        return len(self._state.training.test)

    @property
    def calm(self) -> bool:
        """Whether the weights are fixed, so that the whole test set is read with the same ones."""
        return (
            self._state.training.status is not Status.PLAYING
            or self._state.timeline.moment is not None
        )

    @property
    def counting(self) -> bool:
        """Whether the whole test set is being read."""
        return self.whole is not None and self.whole[1] < self.total

    @property
    def has_news(self) -> bool:
        """Whether there is something to be shown that `poll` has not told yet."""
        return self._news

    @property
    def pending(self) -> bool:
        """Whether `poll` has something to do before long."""
        if self._busy or self._state.timeline.weights is not self._of:
            return True
        wanted = (self.how, self._tensor) != self._settled
        return wanted or self._whole_due

    @property
    def _whole_due(self) -> bool:
        done = self.whole[1] if self.whole is not None else 0
        return self.calm and not self._off and self.total > EVALUATED_AT_ONCE and done < self.total

    def poll(self, now: float) -> bool:
        """Ask what is to be asked next; whether there is something new to be shown."""
        self._step(now)
        news, self._news = self._news, False
        return news

    def _step(self, now: float) -> None:
        state = self._state
        if self._busy and now - self._asked_at >= _PATIENCE:
            self._busy, self._off = False, True
        if self._busy or not state.training.answers or state.timeline.weights is None:
            return
        if self._look_at_page() or (
            state.timeline.weights is not self._of and (self.calm or now - self._asked_at >= _CALM)
        ):
            self._of = state.timeline.weights
            self._settled = self.whole = self.whole_plain = None
            self._ask(now, QuantizationSettings(), None)
        elif (self.how, self._tensor) != self._settled:
            self._ask(now, self.how, None)
        elif self._whole_due and now - self._wanted_at >= _REST:
            self._ask(now, self.how, self.whole[1] if self.whole is not None else 0)

    def _look_at_page(self) -> bool:
        """Take the glyphs of the page that is open; whether they are others than before."""
        watched, test = self._state.timeline.page_probe, self._state.training.test
        reads = GLYPHS in self._state.training.capabilities
        if reads and watched is not None and len(watched.images):
            images, labels = watched.images[:_MOST_GLYPHS], None
        else:
            numbers = np.arange(min(_GLYPHS, len(test))) * len(test) // _GLYPHS
            images, labels = test.images[numbers], test.labels[numbers]
        if self._of is not None and np.array_equal(images, self.images):
            return False
        self.images, self.labels = images, labels
        return True

    def _ask(self, now: float, how: QuantizationSettings, first: int | None) -> None:
        self._busy, self._asked_at = True, now
        self._number += 1
        number, of, tensor = self._number, self._of, self._tensor
        if first is None and how == self.how:
            self._settled = how, tensor  # asked once: what is refused is not asked again

        def then(answer: QuantizationResult) -> None:
            if number != self._number:
                return
            self._busy = False
            if first is not None:
                if how == self.how and of is self._of and not self._off:
                    total = self.whole[0] if self.whole is not None else 0.0
                    self.whole = total + answer.total, first + answer.count
                    if how.idle and not self.counting:
                        self.whole_plain = self.whole[0] / self.total
            else:
                if how == QuantizationSettings():
                    self.plain = answer
                if how == self.how or how != QuantizationSettings():
                    self.found, self.found_for = answer, how
            self._news = True

        images = self.images if first is None else None
        question = {"how": how, "first": first, "images": images, "tensor": tensor}

        def otherwise(ended: bool) -> None:
            if ended and number == self._number:
                self._busy, self._settled = False, None

        self._state.probes.ask("quantization", question, then, otherwise)
