"""Knobs of the craft of training: optimiser, schedule, decay, clipping, averaging, stopping."""

from core.chapters.shared.data_knobs import (
    SEED_KNOB,
    batch_knob,
    epochs_knob,
    rate_knob,
    validate_knob,
)
from core.knobs import Knob
from core.optim import OPTIMIZERS, SCHEDULES


def optimizer_knobs(
    rate: float, optimizer: str, high: float = 2.0, advanced: bool = False
) -> tuple[Knob, ...]:
    """Learning rate, optimiser and momentum; the latter two folded away where `advanced`."""
    return (
        rate_knob(rate, high),
        Knob.choice(
            "optimizer", "Optimiser", OPTIMIZERS, optimizer, live=True, advanced=advanced,
            help="sgd steps straight downhill. momentum keeps part of its last step, nesterov "
                "also looks ahead along it. adagrad and rmsprop give every weight its own "
                "step size, adam adds a mean direction, adamw decouples weight decay. The "
                "last three need a learning rate near 0.001. A new optimiser starts with "
                "empty state.",
        ),
        Knob(
            "momentum", "Momentum", 0.9, 0.0, 0.99, advanced=advanced,
            help="Share of the last step that is kept. Only for the optimisers “momentum” and "
                "“nesterov”.",
        ),
    )  # fmt: skip


def training_knobs(
    rate: float,
    optimizer: str,
    epochs: int,
    validate_every: int,
    *own: Knob,
    last: tuple[Knob, ...] = (),
) -> tuple[Knob, ...]:
    """The usual knobs of a chapter, its `own` before those folded away, its `last` behind them."""
    return (
        *optimizer_knobs(rate, optimizer),
        batch_knob(64),
        epochs_knob(epochs),
        validate_knob(validate_every),
        *own,
        *advanced_knobs(epochs),
        *last,
        SEED_KNOB,
    )


def advanced_knobs(epochs: float) -> tuple[Knob, ...]:
    """What is folded away under the usual knobs; a schedule lasts so many epochs."""
    return (
        Knob.choice(
            "schedule", "Schedule", SCHEDULES, "constant", live=True, advanced=True,
            help="How the learning rate changes with time. step drops twice; exponential and "
                "cosine fall smoothly; one-cycle first rises for a third of the time; "
                "inverse sqrt rises through the warm-up, then falls ever slower; plateau "
                "drops to 0.3 of its value when 4 tests in a row bring no improvement.",
        ),
        Knob(
            "warmup", "Warm-up", 0, 0, 2000, unit="steps", integer=True, advanced=True,
            help="Number of first steps over which the learning rate grows from almost 0 to "
                "its full value. one-cycle has its own.",
        ),
        Knob(
            "schedule_epochs", "Schedule lasts", epochs, 1, 100, unit="epochs", integer=True,
            advanced=True,
            help="When step, exponential, cosine and one-cycle end; the rate then stays "
                "constant.",
        ),
        Knob(
            "schedule_end", "Ends at", 0.01, 1e-4, 1.0, "log", unit="of the rate",
            advanced=True,
            help="Learning rate at the end of the schedule, relative to its full value; the "
                "minimum for plateau.",
        ),
        *_CRAFT_KNOBS,
    )  # fmt: skip


_CRAFT_KNOBS = (
    Knob(
        "weight_decay", "Weight decay (L2)", 0, 0.0, 0.2, advanced=True,
        help="Pulls every weight towards zero in proportion to its size. 0 is off; try "
            "0.0005 with sgd and momentum, 0.01 with adamw.",
    ),
    Knob.choice(
        "decoupled", "Decay acts", ("in the gradient", "on the weights"), "in the gradient",
        live=True, advanced=True,
        help="In the gradient: momentum and adaptive step sizes include the decay. On the "
            "weights: they shrink by learning rate × decay at each step, as adamw always "
            "does.",
    ),
    Knob(
        "l1", "Weight decay (L1)", 0, 0.0, 0.01, advanced=True,
        help="Pulls every weight towards zero with the same force, large or small: pixels that "
        "do not help end near zero. 0 is off; try 0.0001.",
    ),
    Knob(
        "clip_norm", "Clip norm", 0, 0.0, 10.0, advanced=True,
        help="A gradient whose norm over all weights exceeds this is scaled down to it; "
            "its direction stays. 0 is off.",
    ),
    Knob(
        "clip_value", "Clip values", 0, 0.0, 1.0, advanced=True,
        help="Every gradient component is limited to ± this. 0 is off.",
    ),
    Knob(
        "accumulate", "Batches per step", 1, 1, 64, "log", unit="batches", integer=True,
        advanced=True,
        help="Number of mini-batches whose gradients are averaged before the weights "
            "move: a large batch without its memory use.",
    ),
    Knob(
        "ema", "Average over", 1, 1, 10_000, "log", unit="steps", integer=True,
        advanced=True,
        help="Tests use the mean of the weights over about this many steps, which varies "
            "less than the latest. Training itself does not change. 1 is off.",
    ),
    Knob(
        "patience", "Early stop after", 0, 0, 50, unit="looks", integer=True, advanced=True,
        help="Training pauses when this many tests in a row bring no lower loss, and the "
            "best weights are restored. 0 is off.",
    ),
)  # fmt: skip
