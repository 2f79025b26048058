"""All sources, in the order in which they are offered: one file of this package, one line here."""

from functools import cache

from core.data.sources.cifar10 import Cifar10
from core.data.sources.csv_file import CsvFile
from core.data.sources.emnist import BALANCED, DIGITS, LETTERS
from core.data.sources.folder import PictureFolder
from core.data.sources.handwriting import HandwritingSource
from core.data.sources.idx_files import IdxFiles
from core.data.sources.mnist import Mnist
from core.data.sources.source import DataSource
from core.data.sources.synthetic import SyntheticLetters
from core.errors import LabError
from core.translation import tr


@cache
def sources() -> tuple[DataSource, ...]:
    """Every source there is."""
    return (
        Mnist(),
        SyntheticLetters(),
        LETTERS,
        DIGITS,
        BALANCED,
        Cifar10(),
        CsvFile(),
        IdxFiles(),
        PictureFolder(),
        HandwritingSource(),
    )


def source(key: str) -> DataSource:
    """The source called `key`. Raises LabError naming those that exist."""
    for candidate in sources():
        if candidate.key == key:
            return candidate
    known = ", ".join(candidate.key for candidate in sources())
    raise LabError(
        tr("There is no data source “{key}”. The sources are: {known}.").format(
            key=key, known=known
        )
    )
