"""The learning rate of the next step: the knob times the schedule's factor."""

import math

from core.knobs import Knobs
from core.optim import Schedule
from core.training.trainer import Trainer


def learning_rate(trainer: Trainer, knobs: Knobs) -> float:
    """The learning rate at the trainer's step; the knob's own where a chapter has no schedule.

    Progress is counted in epochs, so that a change of the batch size neither rewinds nor ends a
    schedule; a warm-up that is over stays over.
    """
    if "schedule" not in knobs:
        return knobs["lr"]
    per_step = knobs["batch_size"] * knobs.get("accumulate", 1)
    per_epoch = math.ceil(len(trainer.data.train) / per_step)
    warmup = knobs["warmup"]
    schedule = Schedule(
        knobs.name_of("schedule"),
        total=knobs["schedule_epochs"] * per_epoch,
        warmup=warmup,
        end=knobs["schedule_end"],
    )
    step = max(trainer.epoch * per_epoch, min(trainer.step, warmup))
    return knobs["lr"] * schedule.factor(step, trainer.test_losses)
