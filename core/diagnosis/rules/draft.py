"""The draft of a hint, and the decorator that says of which runs a rule is asked."""

import math
from collections.abc import Callable
from functools import wraps
from types import SimpleNamespace
from typing import Literal

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fact, Fix, Hint
from core.diagnosis.run_summary import Trend
from core.formatting import tr_format


class Draft:
    """A hint that is being written about a run of this `trend`; `facts` are those found so far.

    Sentences may name what the trend and the evidence have, and knobs by their keys.
    """

    def __init__(self, evidence: Evidence, trend: Trend) -> None:
        self.facts: list[Fact] = []
        self.trend = trend
        self._known = trend, evidence, SimpleNamespace(**evidence.knobs)

    def text(self, sentence: str, /, *sources: object, **fields: object) -> str:
        """The sentence, filled as `tr_format` does."""
        return tr_format(sentence, *sources, *self._known, **fields)

    def fact(self, panel: str, sentence: str, /, *sources: object, **fields: object) -> None:
        """Note a fact."""
        self.facts.append(Fact(self.text(sentence, *sources, **fields), panel))

    def loss_fact(self) -> None:
        """Note how much of the loss is left."""
        self.fact(
            "curves",
            "After {count:,} mini-batches the loss is {last:3}; it began at {start:3}.",
        )

    def right_fact(self) -> None:
        """Note how much is read right of the training samples and of the test set, where known."""
        if not self.trend.knows_right:
            return
        self.fact(
            "curves",
            "Of the training samples {train_right:0%} are read right, of the test set {right:0%}.",
        )

    def hint(
        self,
        key: str,
        name: str,
        sentence: str,
        fix: Fix | None,
        confidence: float,
        /,
        *sources: object,
        **fields: object,
    ) -> Hint:
        """The hint with all facts that were noted."""
        text = self.text(sentence, *sources, **fields)
        return Hint(key, name, text, tuple(self.facts), fix, confidence)


Rule = Callable[[Evidence, Trend], Hint | None]


def rule(
    *knobs: str,
    below: float = math.inf,
    early: bool = False,
    broken: bool = False,
    needs: Literal["", "metric", "classification"] = "",
) -> Callable[[Callable[[Evidence, Trend, Draft], Hint | None]], Rule]:
    """A rule for runs that have these knobs and of which less than the share `below` is right.

    Without such a share a rule judges by the loss, unless it `needs` the “metric”; one that
    “classification” is needed for is not asked of tasks without classes. `early`: also before there
    is enough to judge by; `broken`: also of runs that left the numbers.
    """

    def decorate(judge: Callable[[Evidence, Trend, Draft], Hint | None]) -> Rule:
        @wraps(judge)
        def asked(evidence: Evidence, trend: Trend) -> Hint | None:
            known = all(key in evidence.knobs for key in knobs)
            judged = (early or trend.enough) and (broken or not evidence.failure)
            if not known or not judged or trend.right >= below:
                return None
            if needs == "metric" and not trend.knows_right:
                return None
            if needs == "classification" and not evidence.classes:
                return None
            return judge(evidence, trend, Draft(evidence, trend))

        return asked

    return decorate
