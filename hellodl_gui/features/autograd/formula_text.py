"""Sentences that explain each step of a formula's forward and backward pass."""

from core.formatting import format_number, tr_format
from core.inspect.teach.formula import DerivativeCheck
from core.inspect.teach.step_through import BackwardStep, EdgeGradient
from core.translation import tr
from hellodl_gui.features.autograd.formula_run import FormulaRun


def moment_text(run: FormulaRun) -> str:
    """What just happened."""
    step, computing = run.stepping(), run.computing()
    if run.position == run.last:
        grads = run.sums()
        found = ", ".join(
            f"d{run.result}/d{name} = {format_number(grads[id], 5)}"
            for name, id in run.seen.variables().items()
        )
        if run.walks > 1:
            words = "{found}. Gradients of {walks} passes are added up: press Zero between passes."
        else:
            words = (
                "{found}. Click a variable to check it; pressing Backward again adds the "
                "gradients once more."
            )
        return tr_format(words, run, found=found)
    if step is not None:
        return _step_text(run, step)
    if computing is not None:
        return tr_format("{text} = {value:5}", computing)
    if not run.computed:
        return tr(
            "Lazy: the graph is built, no value is computed yet. Press Forward, or step with ▶."
        )
    return tr_format(
        "{y} = {value:5}. Backward goes from {y} back to the variables; ▶ does one step.",
        run.seen.places[run.seen.root],
        y=run.result,
    )


def _step_text(run: FormulaRun, step: BackwardStep) -> str:
    if not step.shares:
        return tr_format("The backward pass starts at {y}: d{y}/d{y} = 1.", y=run.result)
    parts = "; ".join(
        tr_format("{arriving:5} · {local:5} = {amount:5} to {towards}", share, step)
        for share in step.shares
    )
    return tr_format(
        "Gradient {arriving:5} reaches {text}; it sends {parts}.",
        step,
        run.seen.places[step.place],
        parts=parts,
    )


def check_text(check: DerivativeCheck, result: str = "y") -> str:
    """What two ways of differentiating have to say."""
    words = "d{y}/d{variable}: backward pass {by_tape:8}, numeric check {by_difference:8}."
    if not check.agrees:
        words = (
            "d{y}/d{variable}: backward pass {by_tape:8}, numeric check {by_difference:8}. They "
            "differ: is there a kink or a gap here?"
        )
    return tr_format(words, check, y=result)


def place_text(run: FormulaRun, node: int) -> str:
    """Everything about one box."""
    place, sums = run.seen.places[node], run.sums()
    value = format_number(place.value, 5) if node in run.values_shown() else tr("not computed yet")
    return tr_format(
        "{text} ({kind}): value {value}, gradient {grad}",
        place,
        kind=place.op or tr("variable, click to check"),
        value=value,
        grad=format_number(sums[node], 5) if node in sums else tr("none yet"),
    )


def local_words(share: EdgeGradient) -> str:
    """“∂ by z: x = 2”; a rule that is a number already is not said twice."""
    local = format_number(share.local, 5)
    rule = share.rule if share.rule == local else f"{share.rule} = {local}"
    return f"∂/∂{share.towards} = {rule}"
