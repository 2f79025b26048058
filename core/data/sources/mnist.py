"""MNIST, shipped with the lab."""

from dataclasses import dataclass
from threading import Event

from core.data.mnist import mnist
from core.data.sources.source import DataSource, Sets
from core.io.progress import Progress, raise_if_cancelled
from core.translation import tr


@dataclass(frozen=True)
class Mnist(DataSource):
    """60,000 + 10,000 digits."""

    key = "mnist"
    name = "MNIST digits"
    about = (
        "60,000 handwritten digits to learn from and 10,000 to be tested on, by American pupils "
        "and clerks."
    )
    credit = "Y. LeCun, C. Cortes, C. Burges; CC BY-SA 3.0"
    way = "Included with the lab."
    refusal = "MNIST is included and needs no file; {name} is another source's."

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """Training and test set."""
        raise_if_cancelled(cancel)
        progress(0, 1, tr("Unpacking MNIST"))
        sets = mnist()
        progress(1, 1, tr("Unpacking MNIST"))
        return sets
