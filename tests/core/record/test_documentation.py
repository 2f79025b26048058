"""`docs/records.md` names every table and column, and its questions have the answers it shows."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from core.record.columns import COLUMNS
from core.record.report_codec import _KINDS
from core.record.schema import VERSION
from tests.core.record.runs import ROOT, Recorded

TEXT = (ROOT / "docs" / "records.md").read_text("utf-8")


def test_every_table_column_and_kind_of_report_is_named() -> None:
    sections = dict(re.findall(r"\*\*`(\w+)`\*\*(.*?)(?=\*\*`|\n## |\Z)", TEXT, re.DOTALL))
    assert set(sections) == set(COLUMNS)
    for table, columns in COLUMNS.items():
        missing = [column for column in columns if f"`{column}`" not in sections[table]]
        assert not missing, (table, missing)
    for kind in _KINDS:
        assert f"\n| {kind} |" in TEXT, kind
    assert f"the version of the schema: {VERSION}" in TEXT


def test_each_question_has_an_answer_of_the_form_that_is_shown(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(45)
    film.recorder.on_evaluation(film.run.evaluate(film.knobs))  # by hand, at the same step
    film.recorder.on_evaluation(film.run.evaluate(film.knobs))
    film.recorder.close()
    asked = re.findall(r"```sql\n(.*?)```\n\n\| (.*?) \|\n", TEXT, re.DOTALL)
    assert len(asked) == 3
    answers = []
    with closing(sqlite3.connect(f"{film.path.as_uri()}?mode=ro", uri=True)) as file:
        for query, heads in asked:
            found = file.execute(query)
            assert [column[0] for column in found.description] == heads.split(" | ")
            answers.append(found.fetchall())
    metrics, lowest, epochs = answers
    assert [row[:3] for row in metrics[:6]] == [
        (step, "Accuracy", "%") for step in (7, 14, 21, 28, 35, 38)
    ]
    assert [row[1] for row in metrics].count("Accuracy") == len({row[0] for row in metrics})
    assert [row[2] for row in lowest] == ["accuracy", "top2"] and lowest[0][3] <= lowest[1][3]
    assert [row[0] for row in epochs] == [0, 1] and all(row[4] > 0 for row in epochs)
