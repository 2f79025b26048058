"""Labs, weights, a study and handwriting that older code wrote."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.data.handwriting import HandwritingFile
from core.nn.arena import Arena
from core.record.reader import RunFile
from core.runtime import protocol as say
from core.runtime.compute import ComputeSettings
from core.search.journal import Journal
from core.search.messages import RunOptions
from core.search.plan import StudyPlan
from core.search.search_space import parse_dimension
from core.share.import_lab import write_record
from core.share.lab_file import unpack
from core.share.weights_hash import weights_sha256
from core.training.weights_file import classes_in, read_weights
from tests.core.compat.old_files import EXPECTED, FILES, demand_theta, digest
from tests.core.runtime.desk import SessionDesk
from tests.core.training.hello_dl_weights import read_state


@pytest.mark.parametrize("name", ["learning.hdllab", "fork.hdllab"])
def test_a_lab_opens_and_goes_on_bit_for_bit(name: str, tmp_path: Path) -> None:
    was = EXPECTED["labs"][name]
    lab = unpack(FILES / name)
    for key in ("chapter", "step", "moment", "seeded", "whole"):
        assert getattr(lab, key) == was[key], key
    assert lab.window.decode() == was["window"]
    assert weights_sha256(lab.theta) == was["theta"]
    assert digest(lab.curves["loss"].astype("<f8")) == was["losses"]
    laid = write_record(lab, tmp_path)
    with RunFile(laid) as film:
        step = film.last_step
        assert film.knobs_at(step) == was["goes_on"]["values"]
    origin = say.Origin(record=str(laid), step=step)
    desk = SessionDesk(lab.chapter, "reference", origin, **was["goes_on"]["values"])
    desk.train(was["goes_on"]["steps"])
    theta = desk.session.run.arena.theta.copy()
    desk.finish()
    demand_theta(theta, was["goes_on"]["theta"])


def test_weights_of_ours_of_torch_and_of_the_original_are_the_same() -> None:
    was = EXPECTED["weights"]
    task = chapter("learning").task
    network = task.model(chapter("learning").defaults(), np.random.default_rng(0))
    layout = Arena.adopt(network).layout
    for ending in ("safetensors", "pt"):
        theta = read_weights(FILES / f"learning.{ending}", layout, task.encoding).theta
        assert weights_sha256(theta) == was["theta"], ending
    assert classes_in(FILES / "learning.safetensors") == ("3", "7")
    views = layout.views(theta)
    assert list(views) == was["names"]
    for stored, view in zip(read_state(FILES / "learning.state"), views.values(), strict=True):
        assert np.array_equal(stored.reshape(view.shape), view)


def test_a_study_goes_on_with_the_run_it_would_have_tried(tmp_path: Path) -> None:
    was = EXPECTED["study"]
    shutil.copy(FILES / "compat.study", tmp_path)
    knobs = chapter("learning").defaults()
    varied = [parse_dimension(knobs, text) for text in ("lr=0.001..1", "momentum=0.5,0.9")]
    plan = StudyPlan(
        "learning", varied, "compat", method="random", trials=4, pruning="none",
        base={"stop_at": 1.0, "optimizer": 1.0}, folder=tmp_path,
        options=RunOptions(40, folder=tmp_path, computing=ComputeSettings("reference")),
    )  # fmt: skip
    assert plan.card() == was["card"]
    journal = Journal(plan)
    *trials, waiting = journal.survey()
    for trial, told in zip(trials, was["trials"], strict=True):
        assert trial.record is not None
        assert trial.metrics == {"accuracy": told["accuracy"]}
        for key in ("number", "values", "state", "loss", "step"):
            assert getattr(trial, key) == told[key], key
        assert trial.record.name == told["record"]
    assert waiting.state == "waiting"
    claim = journal.claim()
    assert claim is not None
    assert (claim.number, claim.values) == (was["next"]["number"], was["next"]["values"])
    journal.close()
    with pytest.raises(Exception, match="another search: its goal differ"):
        Journal(replace(plan, goal="accuracy"))


def test_my_handwriting_is_there(tmp_path: Path) -> None:
    was = EXPECTED["handwriting"]
    shutil.copy(FILES / "handwriting.npz", tmp_path)
    store = HandwritingFile(tmp_path / "handwriting.npz")
    samples = store.all()
    assert not store.complaint
    assert [sample.label for sample in samples] == list(was["labels"])
    assert [sample.number for sample in samples] == was["numbers"]
    assert {sample.origin for sample in samples} == {was["origin"]}
    assert digest(np.stack([sample.image for sample in samples])) == was["images"]
