"""MNIST, shipped with the lab."""

from dataclasses import dataclass
from pathlib import Path
from threading import Event

from core.data.mnist import mnist
from core.data.sources.source import Needs, Sets
from core.errors import DataError
from core.io.progress import Progress, raise_if_cancelled
from core.io.remote_file import RemoteFile
from core.translation import tr


@dataclass(frozen=True)
class Mnist:
    """60,000 + 10,000 digits."""

    key: str = "mnist"
    name: str = "MNIST digits"
    about: str = (
        "60,000 handwritten digits to learn from and 10,000 to be tested on, by American pupils "
        "and clerks."
    )
    credit: str = "Y. LeCun, C. Cortes, C. Burges; CC BY-SA 3.0"
    how: str = "Included with the lab."
    needs: Needs = Needs.NOTHING
    remote: RemoteFile | None = None
    ready: bool = True

    def at(self, place: Path) -> "Mnist":
        """It needs no file."""
        raise DataError(
            tr("MNIST is included and needs no file; {name} is another source's.").format(
                name=place.name
            )
        )

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """Training and test set."""
        raise_if_cancelled(cancel)
        progress(0, 1, tr("Unpacking MNIST"))
        sets = mnist()
        progress(1, 1, tr("Unpacking MNIST"))
        return sets
