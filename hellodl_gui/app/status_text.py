"""Texts of the Play button and of the status beside it."""

from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status


def play_text(state: LabState) -> tuple[str, str]:
    """Text and tip of the button that plays."""
    if state.training.queued is not None:
        return tr("Starts when ready"), tr("Press again to cancel (Space)")
    playing = state.training.status is Status.PLAYING and state.training.opening is None
    return tr("Pause") if playing else tr("Play"), tr(
        "Train on from the latest step, or pause (Space)"
    )


def status_text(state: LabState) -> tuple[str, int | None, int]:
    """What is going on; how much is done (None where that is no question), and of how much."""
    opening, preparation = state.training.opening, state.training.preparation
    if opening is not None:
        text = tr("Opening “{title}”").format(title=opening.chapter.title)
        return text, opening.done, opening.total
    if state.training.status is Status.PREPARING and preparation is not None and preparation.name:
        text = tr("Getting ready, first start only: {done} of {total}").format(
            done=preparation.done + 1, total=preparation.total
        )
        return text, preparation.done, preparation.total
    words = {
        Status.PREPARING: tr("Getting ready"),
        Status.STARTING: tr("Starting"),
        Status.IDLE: tr("Ready"),
        Status.PLAYING: tr("Learning"),
        Status.FINISHED: tr("Finished"),
        Status.LOST: tr("Stopped"),
        Status.FAILED: tr("Failed"),
    }
    return words[state.training.status], None, 0
