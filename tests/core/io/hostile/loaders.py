"""What the application itself opens files with, by kind."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from core.chapters.registry import chapter
from core.data.handwriting import HandwritingFile
from core.data.sources.cifar10 import Cifar10
from core.data.sources.csv_file import CsvFile
from core.data.sources.emnist import LETTERS
from core.data.sources.folder import PictureFolder
from core.data.sources.idx_files import IdxFiles
from core.data.sources.source import DataSource
from core.errors import DataError
from core.inspect.data.class_balance import summarize
from core.io.download import RetryPolicy, download
from core.io.npz import load_npz
from core.io.progress import no_progress
from core.io.remote_file import RemoteFile
from core.nn.arena import Arena
from core.ocr.page import Page
from core.share.import_lab import open_lab
from core.training.weights_file import classes_in, read_weights
from hellodl_gui.features.page.page_project import is_project, unpack_project
from tests.core.training.hello_dl_weights import read_state

CHAPTER = "learning"


def _source(source: DataSource) -> Callable[[Path], object]:
    """Loaded and looked over, as the Data panel does."""

    def load(path: Path) -> object:
        return summarize(source.at(path).load(no_progress))

    return load


def _folder(path: Path) -> object:
    """The folder around the class that a picture lies in."""
    return summarize(PictureFolder().at(path.parent.parent).load(no_progress))


def _handwriting(path: Path) -> object:
    """A damaged store begins anew and complains once."""
    store = HandwritingFile(path)
    samples = store.all()
    if store.complaint:
        raise DataError(store.complaint)
    return samples


@cache
def network() -> Arena:
    """A small network's parameters."""
    found = chapter(CHAPTER)
    return Arena.adopt(found.task.model(found.defaults(), np.random.default_rng(0)))


def _weights(path: Path) -> object:
    theta = read_weights(path, network().layout, chapter(CHAPTER).task.encoding).theta
    return theta, classes_in(path)


def _page(path: Path) -> object:
    return unpack_project(path) if is_project(path) else Page.open(path)


def _download(path: Path) -> object:
    """Go on with a download whose beginning lies at `path`; nobody answers at that address."""
    remote = RemoteFile("http://127.0.0.1:9/it", path.name.removesuffix(".part"), 5_000, "0" * 64)
    return download(remote, path.parent, patience=RetryPolicy(1, 1, 0))


LOADERS: dict[str, Callable[[Path], object]] = {
    "photo": Page.open,
    "page": _page,
    "project": unpack_project,
    "lab": lambda path: open_lab(path, path.parent),
    "folder": _folder,
    "csv": _source(CsvFile()),
    "idx": _source(IdxFiles()),
    "emnist": _source(LETTERS),
    "cifar": _source(Cifar10()),
    "arrays": lambda path: load_npz(path, "images", "labels", most=2**24),
    "handwriting": _handwriting,
    "weights": _weights,
    "state": read_state,
    "download": _download,
}
