"""CSV files: every usual form is read, and every fault is named with its line."""

from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from core.data.dataset import Dataset
from core.data.sources.csv_file import CsvFile
from core.errors import DataError
from core.io.progress import Cancelled, no_progress

RNG = np.random.default_rng(0)
ROWS = np.column_stack([np.arange(100) % 10, RNG.integers(0, 256, (100, 784))])
HEAD = "label," + ",".join(f"{row}x{column}" for row in range(28) for column in range(28))


def lines(rows: np.ndarray) -> list[str]:
    return [",".join(map(str, row)) for row in rows]


def read(folder: Path, text: str | bytes, name: str = "mine.csv") -> Dataset:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    (found,) = CsvFile().at(path).load(no_progress)
    return found


FORMS: dict[str, Callable[[list[str]], str]] = {
    "plain": lambda rows: "\n".join(rows),
    "closed by a line end": lambda rows: "\n".join(rows) + "\n",
    "headed": lambda rows: "\n".join([HEAD, *rows]) + "\n",
    "Windows": lambda rows: "\ufeff" + "\r\n".join([HEAD, *rows]) + "\r\n",
    "spaced": lambda rows: "\n".join(row.replace(",", ", ") for row in rows),
    "quoted": lambda rows: "\n".join('"' + row.replace(",", '","') + '"' for row in rows),
    "fractions": lambda rows: "\n".join(row.replace(",", ".0,") + ".0" for row in rows),
    "gaps": lambda rows: "\n\n".join(rows) + "\n\n\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_usual_form_gives_the_same_pictures(tmp_path: Path, form: str) -> None:
    found = read(tmp_path, FORMS[form](lines(ROWS)))
    assert np.array_equal(found.images, ROWS[:, 1:].reshape(-1, 28, 28))
    assert np.array_equal(found.labels, ROWS[:, 0])
    assert found.classes == tuple("0123456789")


WORDS = ROWS.astype(object)
WORDS[:, 0] = [("cat", "dog", "ant")[label % 3] for label in ROWS[:, 0]]
ODD_FORMS: dict[str, Callable[[], str | bytes]] = {
    "label last": lambda: "\n".join(lines(np.roll(ROWS, -1, axis=1))),
    "semicolons": lambda: "\n".join(lines(ROWS)).replace(",", ";"),
    "tabs": lambda: "\n".join(lines(ROWS)).replace(",", "\t"),
    "semicolons and decimal commas": lambda: "\n".join(
        line.replace(",", ",0;") + ",0" for line in lines(ROWS)
    ),
    "UTF-16": lambda: "\n".join([HEAD, *lines(ROWS)]).encode("utf-16"),
    "UTF-16 without a mark": lambda: "\n".join(lines(ROWS)).encode("utf-16-le"),
    "numbered lines": lambda: "\n".join(f"{n},{line}" for n, line in enumerate(lines(ROWS))),
    "numbered under headings": lambda: "\n".join(
        ["," + HEAD, *(f"{n + 7},{line}" for n, line in enumerate(lines(ROWS)))]
    ),
    "numbered, label last": lambda: "\n".join(
        f"{n},{line}" for n, line in enumerate(lines(np.roll(ROWS, -1, axis=1)))
    ),
    "pixels numbered in the headings": lambda: "\n".join(
        ["label," + ",".join(map(str, range(784))), *lines(ROWS)]
    ),
    "label in the middle": lambda: "\n".join(
        [
            ",".join(["a"] * 300 + ["Label"] + ["b"] * 484),
            *lines(np.column_stack([ROWS[:, 1:301], ROWS[:, 0], ROWS[:, 301:]])),
        ]
    ),
    "levels to 1": lambda: "\n".join(
        f"{row[0]}," + ",".join(f"{value / 255:.6f}" for value in row[1:]) for row in ROWS
    ),
}


@pytest.mark.parametrize("form", ODD_FORMS)
def test_odd_forms_are_read_rightly(tmp_path: Path, form: str) -> None:
    found = read(tmp_path, ODD_FORMS[form]())
    assert np.array_equal(found.labels, ROWS[:, 0])
    assert np.array_equal(found.images, ROWS[:, 1:].reshape(-1, 28, 28))
    if "label last" in form or "middle" in form:
        assert "Labels were taken from" in found.notes[0]


def test_an_empty_edge_is_no_label(tmp_path: Path) -> None:
    rows = ROWS.copy()
    rows[:, [1, -1]] = 0  # the corners of MNIST's pictures
    assert np.array_equal(read(tmp_path, "\n".join(lines(rows))).labels, ROWS[:, 0])
    last = read(tmp_path, "\n".join(lines(np.roll(rows, -1, axis=1))))
    assert np.array_equal(last.labels, ROWS[:, 0])


def test_labels_may_be_words_in_any_column(tmp_path: Path) -> None:
    for rows in (WORDS, np.roll(WORDS, -1, axis=1)):
        found = read(tmp_path, "\n".join(lines(rows)))
        assert found.classes == ("ant", "cat", "dog")
        assert [found.classes[label] for label in found.labels] == list(WORDS[:, 0])
        assert np.array_equal(found.images.reshape(100, -1), ROWS[:, 1:])


def test_smaller_pictures_and_fewer_levels_are_brought_to_ours_and_it_says_so(
    tmp_path: Path,
) -> None:
    levels = RNG.integers(0, 17, (100, 64))
    levels[0, 0] = 16
    found = read(tmp_path, "\n".join(lines(np.column_stack([ROWS[:, 0], levels]))))
    assert found.images.shape == (100, 28, 28) and found.images.max() == 255
    assert "0 to 16" in found.notes[0] and "8×8" in found.notes[1]
    binary = np.column_stack([ROWS[:, 0], ROWS[:, 1:] > 127]).astype(int)
    assert set(np.unique(read(tmp_path, "\n".join(lines(binary))).images)) == {0, 255}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS[:, 1:], "28×28 without its label"),
        (np.column_stack([ROWS[:, 0], RNG.integers(0, 256, (100, 3072))]), "32×32 in colour"),
        (ROWS[:, :3], r"a table of numbers, no pictures.*28×28"),
        (ROWS[:, :500], r"500 columns; a label and 784 levels are 785.*semicolons"),
        (RNG.integers(100, 256, (100, 785)), "neither in the first column nor in the last"),
        (np.column_stack([ROWS[:, 0], ROWS[:, 1:-1], ROWS[:, 0]]), "first or in the last column"),
        (np.column_stack([ROWS[:, 0], RNG.normal(size=(100, 784))]), "were standardised"),
        (np.column_stack([ROWS[:, 0], RNG.integers(0, 9, (100, 6400))]), "Reduce them"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_helps(
    tmp_path: Path, rows: np.ndarray, said: str
) -> None:
    text = "\n".join(",".join(f"{value:g}" for value in row) for row in rows)
    with pytest.raises(DataError, match=said):
        read(tmp_path, text)


def test_files_longer_than_one_bite_are_read_whole(tmp_path: Path) -> None:
    rows = np.tile(ROWS, (12, 1))
    seen: list[tuple[int, int]] = []
    path = tmp_path / "long.csv"
    path.write_text("\n".join(lines(rows)))
    (found,) = CsvFile().at(path).load(lambda done, total, what: seen.append((done, total)))
    assert np.array_equal(found.images, rows[:, 1:].reshape(-1, 28, 28))
    assert len(seen) > 2 and seen[-1][0] == seen[-1][1] == path.stat().st_size


@pytest.mark.parametrize(
    ("labels", "classes", "first"),
    [(range(1, 27), "abcdefghijklmnopqrstuvwxyz", 0), (range(26), "abcdefghijklmnopqrstuvwxyz", 0)],
)
def test_labels_of_letters_are_recognised(
    tmp_path: Path, labels: range, classes: str, first: int
) -> None:
    rows = np.column_stack([list(labels), RNG.integers(0, 256, (26, 784))])
    found = read(tmp_path, "\n".join(lines(rows)))
    assert "".join(found.classes) == classes and found.labels[0] == first


def test_emnists_mirrored_pictures_are_turned_upright_and_it_says_so(tmp_path: Path) -> None:
    found = read(tmp_path, "\n".join(lines(ROWS)), "emnist-letters-train.csv")
    assert np.array_equal(found.images, ROWS[:, 1:].reshape(-1, 28, 28).transpose(0, 2, 1))
    assert "upright" in found.notes[0]


def spoilt(line: int, column: int, value: str) -> str:
    rows = [row.split(",") for row in lines(ROWS)]
    rows[line - 1][column - 1] = value
    return "\n".join(",".join(row) for row in rows)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (spoilt(7, 3, "300"), r"mine\.csv, line 7, column 3: a level of 300 is more than 255"),
        (spoilt(7, 3, "-1"), r"line 7, column 3: “-1” is no level"),
        (spoilt(9, 1, "x"), r"line 9, column 1: “x” is no label"),
        (spoilt(9, 5, ""), r"line 9, column 5: “” is no level"),
        (spoilt(9, 5, "1,2"), r"line 9 has 786 columns; a label and 784 levels are 785"),
        (HEAD + "\n" + spoilt(4, 2, "nan"), r"line 5, column 2: “nan” is no level"),
        (spoilt(3, 2, "9" * 4000), r"line 3, column 2: “9{20}” is no level"),
        ("1,2,3\n", r"line 1 has 3 columns"),
        ("", "holds no pictures"),
        (HEAD, "holds no pictures"),
        (b"\x00" * 2_000_000, r"line 1 has more than 32,768 characters"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff", "is a picture, not a CSV file"),
        (b"PK\x03\x04 sheet", "is a spreadsheet"),
    ],
)
def test_each_fault_is_named_with_its_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path, text)


def test_no_file_and_a_folder_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No CSV file selected"):
        CsvFile().load(no_progress)
    for place in (tmp_path, tmp_path / "gone.csv"):
        with pytest.raises(DataError, match="cannot be read"):
            CsvFile().at(place).load(no_progress)


def test_it_can_be_called_off(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(lines(ROWS)))
    cancel = Event()
    cancel.set()
    with pytest.raises(Cancelled):
        CsvFile().at(path).load(no_progress, cancel)


def drawn(count: int = 100) -> np.ndarray:
    """Levels (N, 784) of drawings: ink in the middle, 0 around it as in MNIST."""
    images = np.zeros((count, 28, 28), int)
    images[:, 4:-4, 4:-4] = RNG.integers(0, 256, (count, 20, 20))
    return images.reshape(count, -1)


def text_of(rows: Iterable[Iterable[object]], delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(map(str, row)) for row in rows)


@pytest.mark.parametrize(
    ("labels", "place"),
    [([0] * 100, 0), ([0] * 100, 784), (list(range(10)) * 10, 300), (["7"] * 100, 300)],
)
def test_labels_that_cannot_be_told_from_a_pictures_edge_are_asked_for(
    tmp_path: Path, labels: list[object], place: int
) -> None:
    rows = np.insert(drawn().astype(object), place, labels, axis=1)
    with pytest.raises(DataError, match=r"label.*headings"):
        read(tmp_path, text_of(rows))
    heading = [f"pixel{number}" for number in range(784)]
    heading.insert(place, "Etikett")  # the only one that is not numbered
    found = read(tmp_path, text_of([heading, *rows]))
    assert [found.classes[label] for label in found.labels] == list(map(str, labels))


@pytest.mark.parametrize("place", [0, 784])
@pytest.mark.parametrize("labels", [[3] * 100, [250, 251, 252, 253] * 25, [0, 1] * 50])
def test_labels_are_told_from_an_edge_that_is_always_paper(
    tmp_path: Path, labels: list[int], place: int
) -> None:
    levels = drawn()
    found = read(tmp_path, text_of(np.insert(levels, place, labels, axis=1)))
    assert [found.classes[label] for label in found.labels] == list(map(str, labels))
    assert np.array_equal(found.images.reshape(100, -1), levels)


@pytest.mark.parametrize(
    "labels",
    [range(100), range(1, 101), [f"{number:03}.png" for number in range(100)]],
)
def test_numbers_and_names_of_lines_are_no_labels(tmp_path: Path, labels: Iterable[object]) -> None:
    rows = np.insert(drawn().astype(object), 0, list(labels), axis=1)
    with pytest.raises(DataError, match="no label in its lines"):
        read(tmp_path, text_of(rows))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "latin-1"])
def test_labels_outside_ascii_stay_apart(tmp_path: Path, encoding: str) -> None:
    rows = np.insert(drawn().astype(object), 0, ["ä", "ö"] * 50, axis=1)
    found = read(tmp_path, text_of(rows).encode(encoding))
    assert found.classes == ("ä", "ö")
    assert np.array_equal(found.labels, [0, 1] * 50)


def test_digits_and_letters_as_labels(tmp_path: Path) -> None:
    rows = np.insert(drawn().astype(object), 0, list("0123456abc") * 10, axis=1)
    assert read(tmp_path, text_of(rows)).classes == tuple("0123456abc")


def test_fractions_that_begin_late_are_no_zeros(tmp_path: Path) -> None:
    levels = np.zeros((500, 784))
    levels[-100:] = 0.5
    found = read(tmp_path, text_of(np.insert(levels, 0, np.arange(500) % 10, axis=1)))
    assert set(np.unique(found.images)) == {0, 128}


@pytest.mark.parametrize(
    "form",
    [
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace(",", " "),
        lambda text: "# written by numpy\n" + text,
        lambda text: '"' + text.replace(",", ',0","').replace("\n", ',0"\n"') + ',0"',
    ],
    ids=["line ends of the first Macs", "spaces", "a remark on top", "decimal commas in quotes"],
)
def test_rarer_forms_give_the_same_pictures(tmp_path: Path, form: Callable[[str], str]) -> None:
    found = read(tmp_path, form(text_of(ROWS)))
    assert np.array_equal(found.images, ROWS[:, 1:].reshape(-1, 28, 28))
    assert np.array_equal(found.labels, ROWS[:, 0])


def test_a_comma_inside_quotes_is_part_of_a_label(tmp_path: Path) -> None:
    rows = np.insert(drawn().astype(object), 0, ['"a,b"', '"c"'] * 50, axis=1)
    assert read(tmp_path, text_of(rows)).classes == ("a,b", "c")


def test_one_column_too_many_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="786 columns, one more than a label and the 784 levels"):
        read(tmp_path, text_of(np.column_stack([ROWS, RNG.integers(1000, 9999, 100)])))
