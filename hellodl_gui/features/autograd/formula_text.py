"""Sentences that explain each step of a formula's forward and backward pass."""

from PySide6.QtCore import QObject

from core.formatting import format_number
from core.inspect.teach.formula import DerivativeCheck
from core.inspect.teach.step_through import BackwardStep, EdgeGradient
from core.translation import tr
from hellodl_gui.features.autograd.formula_run import FormulaRun


def number(value: float, digits: int = 5) -> str:
    """The number with at most `digits` digits."""
    return format_number(value, digits)


class FormulaText(QObject):
    """Sentences for the line below the graph."""

    def moment(self, run: FormulaRun) -> str:
        """What just happened."""
        step, computing = run.stepping(), run.computing()
        if run.position == run.last:
            grads = run.sums()
            found = ", ".join(
                f"d{run.result}/d{name} = {number(grads[id])}"
                for name, id in run.seen.variables().items()
            )
            if run.walks > 1:
                return tr(
                    "{found}. Gradients of {walks} passes are added up: press Zero between passes."
                ).format(found=found, walks=run.walks)
            return tr(
                "{found}. Click a variable to check it; pressing Backward again adds the "
                "gradients once more."
            ).format(found=found)
        if step is not None:
            return self._step(run, step)
        if computing is not None:
            return tr("{text} = {value}").format(text=computing.text, value=number(computing.value))
        if not run.computed:
            return tr(
                "Lazy: the graph is built, no value is computed yet. Press Forward, or step with ▶."
            )
        return tr(
            "{y} = {value}. Backward goes from {y} back to the variables; ▶ does one step."
        ).format(y=run.result, value=number(run.seen.places[run.seen.root].value))

    def _step(self, run: FormulaRun, step: BackwardStep) -> str:
        place = run.seen.places[step.place]
        if not step.shares:
            return tr("The backward pass starts at {y}: d{y}/d{y} = 1.").format(y=run.result)
        parts = [
            tr("{arriving} · {local} = {amount} to {towards}").format(
                towards=share.towards,
                arriving=number(step.arriving),
                local=number(share.local),
                amount=number(share.amount),
            )
            for share in step.shares
        ]
        return tr("Gradient {arriving} reaches {text}; it sends {parts}.").format(
            text=place.text, arriving=number(step.arriving), parts="; ".join(parts)
        )

    def check(self, check: DerivativeCheck, result: str = "y") -> str:
        """What two ways of differentiating have to say."""
        words = (
            tr("d{y}/d{name}: backward pass {tape}, numeric check {difference}.")
            if check.agrees
            else tr(
                "d{y}/d{name}: backward pass {tape}, numeric check {difference}. They "
                "differ: is there a kink or a gap here?"
            )
        )
        return words.format(
            y=result,
            name=check.variable,
            tape=number(check.by_tape, 8),
            difference=number(check.by_difference, 8),
        )

    def place(self, run: FormulaRun, node: int) -> str:
        """Everything about one box."""
        place, sums = run.seen.places[node], run.sums()
        value = number(place.value) if node in run.values_shown() else tr("not computed yet")
        grad = number(sums[node]) if node in sums else tr("none yet")
        return tr("{text} ({kind}): value {value}, gradient {grad}").format(
            text=place.text,
            kind=place.op or tr("variable, click to check"),
            value=value,
            grad=grad,
        )


def local_words(share: EdgeGradient) -> str:
    """“∂ by z: x = 2”; a rule that is a number already is not said twice."""
    local = number(share.local)
    rule = share.rule if share.rule == local else f"{share.rule} = {local}"
    return f"∂/∂{share.towards} = {rule}"
