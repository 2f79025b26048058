"""A few letters taught to a network that can read already, without making it forget the others.

Variants of the new letters are mixed with pictures of the old data, and of those the network has to
say what it said before (Li, Hoiem 2016, “Learning without forgetting”, arXiv:1606.09282). Its
normalisation stays as it is. The lesson ends as soon as the new letters sit and other pictures are
read about as well as before; then the weights go back towards where they came from as far as the
new letters allow (Wortsman et al. 2022, arXiv:2109.01903).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.data.transforms import Augmentation, augment
from core.errors import LabError
from core.optim import make_optimizer
from core.training.trainer import Trainer
from core.translation import tr

_VARIANTS = Augmentation(
    shift=1, rotate=8, scale=0.08, shear=0.14, elastic=0.8, thickness=0.5, blur=0.5
)
_NEW, _OLD = 8, 56  # pictures in a mini-batch
_POOL, _GUARD = 3000, 1000  # old pictures to keep in mind, and to tell when it is enough
_ASKED = 2000  # of the test set, before and after
_SLACK = 0.001
_ASKED_VARIANTS = 8
_RATE = 8e-4
_SURE, _DOUBT = 0.9, 0.04  # to be sure enough; and no surer than that
_FIRM, _SHARES = 0.8, np.linspace(0.1, 0.95, 18)  # well read; how far is gone in the end
_LEAST, _MOST = 20, 1200  # mini-batches
_FIRST, _EACH = 160, 40  # mini-batches that a lesson may take, and more for each picture
_LOOK = 10
_AT_ONCE = 500


@dataclass(frozen=True)
class FinetuneReport:
    """What a lesson did.

    `before` and `after` are probabilities (N,) of the right class for each new picture. Of `asked`
    old test pictures so many were read right before, `lost` of them no more, and `won` others now.
    It took so many `steps`, mini-batches, and `seconds`.
    """

    before: NDArray[np.float32]
    after: NDArray[np.float32]
    asked: int
    right: int
    won: int
    lost: int
    steps: int
    seconds: float

    @property
    def learnt(self) -> NDArray[np.bool_]:
        """(N,) which of the new pictures are read right now."""
        return np.asarray(self.after > 0.5)


def finetune(
    trainer: Trainer,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    steps: int | None = None,
) -> Iterator[FinetuneReport]:
    """Teach pictures (N, 28, 28) with labels (N,) in at most so many mini-batches, by default more
    for more pictures; so the same lesson ends alike on every machine.

    Yields what is reached so far, again and again; the last one is the result. Raises LabError for
    a lesson without pictures and for labels that the network does not know.
    """
    if not len(images):
        raise LabError(tr("There is nothing to learn yet. Type the right letter for a box first."))
    if int(labels.max()) >= len(classes := trainer.data.test.classes):
        raise LabError(tr("This network only knows {n} classes.").format(n=len(classes)))
    lesson = _Lesson(trainer, images, labels)
    yield from lesson.run(min(_MOST, _FIRST + _EACH * len(images)) if steps is None else steps)


class _Lesson:
    """New pictures, old ones to remember, and what the network said of both before."""

    def __init__(
        self, trainer: Trainer, images: NDArray[np.uint8], labels: NDArray[np.integer]
    ) -> None:
        self._began = time.perf_counter()
        self._trainer, self._images = trainer, images
        self._rng = rng = np.random.default_rng(trainer.step)
        train, test = trainer.data.train, trainer.data.test
        pool, guards = np.split(rng.permutation(len(train))[: _POOL + _GUARD], [_POOL])
        self._remembered = train.images[np.sort(pool)]
        self._guard = train.images[guards], train.labels[guards]
        self._opinions = _read(trainer, self._remembered)
        asked = rng.permutation(len(test))[:_ASKED]
        self._old = test.images[asked], test.labels[asked]
        self._own = np.arange(len(labels)), labels
        self._before = self._probabilities()
        self._hits = _hits(trainer, *self._old)
        self._kept_well = _hits(trainer, *self._guard).mean() - _SLACK
        classes = len(test.classes)
        self._goal = np.full((len(labels), classes), _DOUBT / (classes - 1), np.float32)
        self._goal[self._own] = 1 - _DOUBT
        variants = augment(np.repeat(images, _ASKED_VARIANTS, axis=0), rng, _VARIANTS)
        self._variants = variants, np.repeat(labels, _ASKED_VARIANTS)
        self._optimizer = make_optimizer("adam", trainer.arena)

    def run(self, steps: int) -> Iterator[FinetuneReport]:
        """Train for at most so many steps; a report every `_LOOK` steps and one at the end."""
        start = self._trainer.arena.theta.copy()
        step, over = 0, False
        while not over:
            step += 1
            self._train_batch()
            over = step >= steps
            if over or step % _LOOK == 0:
                after = self._probabilities()
                over = over or self._is_learnt(after, step)
                if over:
                    self._go_back(start)
                    after = self._probabilities()
                yield self._report(after, step, over)
        self._trainer.reset_optimizers()
        self._trainer.ema.reset()

    def _train_batch(self) -> None:
        images, remembered, rng = self._images, self._remembered, self._rng
        new, kept = rng.integers(len(images), size=_NEW), rng.integers(len(remembered), size=_OLD)
        variants = augment(images[new], rng, _VARIANTS)
        _descend(
            self._trainer,
            np.concatenate([variants, remembered[kept]]),
            np.concatenate([self._goal[new], self._opinions[kept]]),
        )
        self._optimizer.step(_RATE)

    def _is_learnt(self, after: NDArray[np.float32], step: int) -> bool:
        """Whether the new pictures and their variants are read well, and the old as before."""
        sits = _hits(self._trainer, *self._variants).mean() >= _SURE and after.min() >= _SURE
        if not sits or step < _LEAST:
            return False
        return bool(_hits(self._trainer, *self._guard).mean() >= self._kept_well)

    def _report(self, after: NDArray[np.float32], step: int, over: bool) -> FinetuneReport:
        spent = time.perf_counter() - self._began
        hits = self._hits
        now = _hits(self._trainer, *self._old) if over else hits
        won, lost = int(np.sum(now & ~hits)), int(np.sum(hits & ~now))
        right = int(hits.sum())
        return FinetuneReport(self._before, after, len(hits), right, won, lost, step, spent)

    def _probabilities(self) -> NDArray[np.float32]:
        """(N,) of the right class of each new picture."""
        return _read(self._trainer, self._images)[self._own]

    def _go_back(self, start: NDArray[np.float32]) -> None:
        """Back towards `start` (P,) while every new picture stays well read, or as it is now."""
        theta = self._trainer.arena.theta
        way = theta - start
        enough = np.minimum(self._probabilities(), _FIRM)
        for share in _SHARES:
            theta[:] = start + np.float32(share) * way
            if (self._probabilities() >= enough).all():
                return
        theta[:] = start + way


def _descend(trainer: Trainer, images: NDArray[np.uint8], wanted: NDArray[np.float32]) -> None:
    """Gradients of the cross-entropy between what is said and what is wanted, (N, C)."""
    trainer.model.train()
    for _, part in trainer.model.named_modules():
        part.training = not part.differs_in_training
    trainer.arena.zero_grad()
    said = F.log_softmax(trainer.task.forward(trainer.model, images))
    loss = (said * Tensor(wanted)).sum() * (-1 / len(images))
    loss.backward()
    trainer.model.train()


def _read(trainer: Trainer, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    parts = np.split(images, range(_AT_ONCE, len(images), _AT_ONCE))
    found = []
    for part in parts:
        found.append(trainer.task.predict_proba(trainer.model, part))
        trainer.on_idle()
    return np.concatenate(found)


def _hits(
    trainer: Trainer, images: NDArray[np.uint8], labels: NDArray[np.integer]
) -> NDArray[np.bool_]:
    return np.asarray(_read(trainer, images).argmax(axis=1) == labels)
