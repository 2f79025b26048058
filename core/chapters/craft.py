"""Knobs of the craft of training: optimiser, schedule, decay, clipping, averaging, stopping."""

from core.chapters.common import rate_knob
from core.optim import OPTIMIZERS, SCHEDULES
from core.train.knobs import Knob


def optimizer_knobs(
    rate: float, optimizer: str, high: float = 2.0, advanced: bool = False
) -> tuple[Knob, ...]:
    """Learning rate, optimiser and momentum; the latter two folded away where `advanced`."""
    return (
        rate_knob(rate, high),
        Knob.choice(
            "optimizer", "Optimiser", OPTIMIZERS, optimizer, live=True, advanced=advanced,
            help="sgd steps straight downhill. momentum keeps some of its last direction, nesterov "
            "also looks where that will lead. adagrad and rmsprop give every weight its own pace, "
            "adam adds a mean direction, adamw shrinks weights apart from that. The last three "
            "want a learning rate near 0.001. A new choice begins without memory.",
        ),
        Knob(
            "momentum", "Momentum", 0.9, 0.0, 0.99, advanced=advanced,
            help="How much of the last step is kept. Only for the optimisers “momentum” and "
            "“nesterov”.",
        ),
    )  # fmt: skip


def craft_knobs(epochs: float) -> tuple[Knob, ...]:
    """What is folded away under the usual knobs; a schedule lasts so many epochs."""
    return (*_schedule(epochs), *_decay(), *_gradient(), *_weights())


def _schedule(epochs: float) -> tuple[Knob, ...]:
    return (
        Knob.choice(
            "schedule", "Schedule", SCHEDULES, "constant", live=True, advanced=True,
            help="How the learning rate changes with time. step drops twice; exponential and "
            "cosine fall smoothly; one-cycle first rises for a third of the time; inverse sqrt "
            "rises through the warm-up, then falls ever slower; plateau drops to 0.3 of itself "
            "when 4 looks at the test set in a row bring nothing better.",
        ),
        Knob(
            "warmup", "Warm-up", 0, 0, 2000, unit="steps", integer=True, advanced=True,
            help="Over so many first steps the learning rate grows from almost nothing to its "
            "full size. one-cycle has its own.",
        ),
        Knob(
            "schedule_epochs", "Schedule lasts", epochs, 1, 100, unit="epochs", integer=True,
            advanced=True,
            help="When step, exponential, cosine and one-cycle have come to their end; the rate "
            "stays there.",
        ),
        Knob(
            "schedule_end", "Ends at", 0.01, 1e-4, 1.0, "log", unit="of the rate",
            advanced=True,
            help="What is left of the learning rate when the schedule is over; plateau does not "
            "go below it.",
        ),
    )  # fmt: skip


def _decay() -> tuple[Knob, ...]:
    return (
        Knob(
            "weight_decay", "Weight decay (L2)", 0, 0.0, 0.2, advanced=True,
            help="Pulls every weight towards zero in proportion to its size, so that none grows "
            "without need. 0 is off; try 0.0005 with sgd and momentum, 0.01 with adamw.",
        ),
        Knob.choice(
            "decoupled", "Decay acts", ("in the gradient", "on the weights"), "in the gradient",
            live=True, advanced=True,
            help="In the gradient, momentum and the pace of each weight see the decay too. On the "
            "weights, they shrink by learning rate × decay at each step; adamw always does that.",
        ),
        Knob(
            "l1", "Weight decay (L1)", 0, 0.0, 0.01, advanced=True,
            help="Pulls every weight towards zero with the same force, large or small: pixels that "
            "do not help end near zero. 0 is off; try 0.0001.",
        ),
    )  # fmt: skip


def _gradient() -> tuple[Knob, ...]:
    return (
        Knob(
            "clip_norm", "Clip length", 0, 0.0, 10.0, advanced=True,
            help="A gradient longer than this, over all weights together, is shortened to it; its "
            "direction stays. 0 is off.",
        ),
        Knob(
            "clip_value", "Clip values", 0, 0.0, 1.0, advanced=True,
            help="No single number of the gradient is let past ± this. 0 is off.",
        ),
        Knob(
            "accumulate", "Batches per step", 1, 1, 64, "log", unit="batches", integer=True,
            advanced=True,
            help="The gradients of so many mini-batches are averaged before the weights move: a "
            "large batch without its memory.",
        ),
    )  # fmt: skip


def _weights() -> tuple[Knob, ...]:
    return (
        Knob(
            "ema", "Average over", 1, 1, 10_000, "log", unit="steps", integer=True,
            advanced=True,
            help="The test set is read with the mean of about the last so many weights, which is "
            "calmer than the newest. Training itself is not changed. 1 is off.",
        ),
        Knob(
            "patience", "Early stop after", 0, 0, 50, unit="looks", integer=True, advanced=True,
            help="Training pauses when so many looks at the test set in a row bring no lower "
            "loss, and the best weights are put back. 0 is off.",
        ),
    )  # fmt: skip
