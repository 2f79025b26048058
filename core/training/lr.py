"""The learning rate of the next step: that of the knob, times what the schedule leaves of it."""

import math

from core.optim import Schedule
from core.training.knobs import Knobs
from core.training.trainer import Trainer


def learning_rate(run: Trainer, knobs: Knobs) -> float:
    """The rate as the knobs stand; that of the knob where a chapter has no schedule.

    How far a schedule has come is counted in epochs, so that a mini-batch of another size does not
    throw it back or end it; a warm-up that is over stays over.
    """
    if "schedule" not in knobs:
        return knobs["lr"]
    per_step = knobs["batch_size"] * knobs.get("accumulate", 1)
    per_epoch = math.ceil(len(run.data.train) / per_step)
    warmup = knobs["warmup"]
    schedule = Schedule(
        knobs.name_of("schedule"),
        total=knobs["schedule_epochs"] * per_epoch,
        warmup=warmup,
        end=knobs["schedule_end"],
    )
    step = max(run.epoch * per_epoch, min(run.step, warmup))
    return knobs["lr"] * schedule.factor(step, run.validation_losses)
