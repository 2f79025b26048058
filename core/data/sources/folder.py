"""A folder of the person's own: in it a folder for each class, and in those pictures."""

import os
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np

from core.data.dataset import Dataset
from core.data.glyph_preprocessing import EMNIST_STYLE, MNIST_STYLE
from core.data.sources.source import FileSource, Needs, Sets
from core.errors import DataError
from core.io.progress import Progress, raise_if_cancelled
from core.io.safe_open import as_lab_error
from core.translation import tr

_MOST = 100_000
_CLASSES = 255
_NAMED = 3  # skipped files that are called by name
_ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
_INK = 8  # levels: a picture that is more even than that shows nothing
_SYSTEM = {"Thumbs.db", "desktop.ini"}
_TRAIN = {"train", "training"}
_TEST = {"test", "testing", "validation", "valid", "val"}


@dataclass(frozen=True)
class PictureFolder(FileSource):
    """Pictures of any size and colour, in `place/class/*.png` or `place/train/class/…`."""

    key = "folder"
    name = "Folder of pictures"
    about = (
        "Pictures of your own, a folder for each class: “a” with all the a's, “b” with all the "
        "b's. Any size; they become 28×28 in grey, cut to their ink unless all are 28×28. Folders "
        "“train” and “test” around them are kept apart."
    )
    way = "Choose the folder that holds a folder for each class."
    refusal = "No folder selected yet. Choose one."
    needs = Needs.FOLDER

    def load(self, progress: Progress, cancel: Event | None = None) -> Sets:
        """One set, or training and test set; files that were skipped are in their notes."""
        place = self.chosen()
        folders = _folders(place)
        halves = {name.casefold(): path for name, path in folders.items()}
        train = next((halves[name] for name in halves if name in _TRAIN), None)
        test = next((halves[name] for name in halves if name in _TEST), None)
        if train is None or test is None:
            files = _files(folders)
            keep = _all_glyphs([files], cancel)
            return (_read(place, files, tuple(folders), keep, progress, cancel),)
        classes = tuple(sorted({*_folders(train), *_folders(test)}))
        halves_files = [_files(_folders(half)) for half in (train, test)]
        keep = _all_glyphs(halves_files, cancel)
        return tuple(
            _read(half, files, classes, keep, progress, cancel)
            for half, files in zip((train, test), halves_files, strict=True)
        )


def _all_glyphs(halves: list[dict[str, list[Path]]], cancel: Event | None) -> bool:
    """Whether every file that is named like a picture is one of 28×28: one rule for a whole set."""
    from core.data.image_to_glyph import has_other_size

    for files in halves:
        for paths in files.values():
            for path in paths:
                raise_if_cancelled(cancel)
                if path.suffix.casefold() in _ENDINGS and has_other_size(path):
                    return False
    return True


def _read(
    place: Path,
    files: dict[str, list[Path]],
    classes: tuple[str, ...],
    keep: bool,
    progress: Progress,
    cancel: Event | None,
) -> Dataset:
    from core.data.image_to_glyph import read_picture  # loads Pillow: only when wanted

    total = sum(len(paths) for paths in files.values())
    if len(classes) > _CLASSES or total > _MOST:
        raise DataError(
            tr(
                "{name} holds {n:,} folders with {total:,} files; up to {classes} classes and "
                "{most:,} pictures are read. Choose a smaller folder."
            ).format(name=place.name, n=len(classes), total=total, classes=_CLASSES, most=_MOST)
        )
    style = MNIST_STYLE if all(name.isdigit() for name in classes) else EMNIST_STYLE
    images, labels, skipped = [], [], []
    partly, blank, done = [], [], 0
    for label, name in enumerate(classes):
        for path in files.get(name, []):
            raise_if_cancelled(cancel)
            progress(done, total, tr("Reading {name}").format(name=name))
            done += 1
            remarks: list[str] = []
            try:
                image = read_picture(path, style, keep, remarks)
                images.append(image)
                labels.append(label)
                partly += [f"{name}/{path.name} ({remark})" for remark in remarks]
                blank += [f"{name}/{path.name}"] if int(image.max()) - image.min() < _INK else []
            except DataError as error:
                skipped.append(f"{name}/{path.name} ({error})")
    if not images:
        more = tr(" Skipped: {skipped}.").format(skipped=_list(skipped)) if skipped else ""
        raise DataError(
            tr(
                "{place} holds no pictures in folders of their own.{more} Choose a folder "
                "with a folder for each class, and PNG or JPEG pictures in those."
            ).format(place=place, more=more)
        )
    notes = [
        f"{what}: {_list(found)}."
        for what, found in (
            (tr("Skipped {n:,} of {total:,} files").format(n=len(skipped), total=total), skipped),
            (tr("Read in part {n:,}").format(n=len(partly)), partly),
            (tr("Without any ink {n:,}").format(n=len(blank)), blank),
        )
        if found
    ]
    if empty := [name for number, name in enumerate(classes) if number not in set(labels)]:
        notes.append(
            tr("Without any picture {n:,} of {classes_n:,} classes: {empty}.").format(
                n=len(empty), classes_n=len(classes), empty=_list(empty)
            )
        )
    stacked = np.stack(images)
    return Dataset.from_images(place.name, stacked, np.array(labels), classes, tuple(notes))


def _list(skipped: list[str]) -> str:
    more = len(skipped) - _NAMED
    return ", ".join(skipped[:_NAMED]) + (
        tr(" and {more:,} more").format(more=more) if more > 0 else ""
    )


def _files(folders: dict[str, Path]) -> dict[str, list[Path]]:
    return {name: _entries(path, folders=False) for name, path in folders.items()}


def _folders(place: Path) -> dict[str, Path]:
    return {path.name: path for path in _entries(place, folders=True)}


def _entries(place: Path, folders: bool) -> list[Path]:
    """In order of their names, without hidden ones and without what lies elsewhere (links)."""
    unreadable = "{path} cannot be read ({strerror}). Choose a folder that you may read."
    with as_lab_error(place, unreadable), os.scandir(place) as entries:
        found = [
            Path(entry.path)
            for entry in entries
            if not entry.name.startswith(".")
            and (entry.is_dir if folders else entry.is_file)(follow_symlinks=False)
            and entry.name not in _SYSTEM
        ]
    return sorted(found)
