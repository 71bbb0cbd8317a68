"""The plan: splits without leaks, what makes no sense, and the hash that says whether two results compare."""

import inspect

import numpy as np
import pytest
import torch

from hands import data, imu, mano
from hands.data import Plan, SimHandError, plan
from tests.data.small import PROGRAMS, SUBJECTS

any_plan = inspect.unwrap(Plan)


def test_every_recording_has_one_split_and_the_protocol_is_the_books():
    everything = Plan()
    parts = {split: everything.entries_of(split) for split in data.SPLITS}
    programs = {split: sorted({entry.program for entry in entries}) for split, entries in parts.items()}
    assert programs == {
        "train": [f"ROM{i:02}" for i in range(1, 11)],
        "validation": ["ROM11", "ROM12"],
        "test": ["ROM13", "ROM14", "ROM15"],
    }
    assert sorted((e for part in parts.values() for e in part), key=lambda e: e.start) == list(everything.entries)
    assert all(len(entries) == 15 * len(programs[split]) for split, entries in parts.items())


def test_the_unseen_are_tested_and_never_trained_on_nor_chosen_by():
    everything = Plan()
    parts = {split: everything.entries_of(split, unseen=True) for split in data.SPLITS}
    unseen, seen = {"S13", "S14", "S15"}, {f"S{i:02}" for i in range(1, 13)}
    assert {entry.subject for entry in parts["test"]} == unseen
    assert {entry.subject for entry in parts["train"] + parts["validation"]} == seen
    for split, entries in parts.items():
        assert set(entries) <= set(everything.entries_of(split))
        assert len(entries) == len(everything.entries_of(split)) * (3 if split == "test" else 12) / 15


def test_a_split_that_does_not_exist_is_refused(sim):
    with pytest.raises(SimHandError, match="no split 'tset'; there are train, validation, test"):
        inspect.unwrap(Plan.entries_of)(sim.plan, "tset")


def test_rows_of_recordings_cover_all_frames_once():
    everything = Plan(seconds=2.0)
    covered = np.concatenate([np.arange(everything.frames)[entry.rows] for entry in everything.entries])
    assert covered.tolist() == list(range(everything.frames))
    assert everything.frames == 225 * 61


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"difficulty": "hard"}, "no difficulty 'hard'; there are clean, glove, cheap"),
        ({"seed": -1}, "seed is -1, expected a whole number"),
        ({"seed": True}, "seed is True"),
        ({"seconds": 0.5}, "seconds is 0.5, expected at least 1.0"),
        ({"seconds": float("nan")}, "seconds is nan"),
        ({"seconds": float("inf")}, "seconds is inf"),
        ({"subjects": ("S99",)}, r"subjects are \['S99'\], expected some of S01"),
        ({"programs": ()}, r"programs are \[\], expected some of ROM01"),
        ({"programs": ("ROM01", "ROM01")}, "each once"),
    ],
)
def test_plans_that_make_no_sense(arguments, message):
    with pytest.raises(SimHandError, match=message):
        any_plan(**arguments)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VERSION", 99),
        ("UNSEEN", ("S13", "S14")),
        ("PLACEMENT", imu.RIGID_GLOVE),
        ("HALF_WINDOW", 1 / 30),
        ("PHYSICS_FPS", 240.0),
    ],
)
def test_another_definition_is_another_hash(monkeypatch, name, value):
    before = data.data_hash(60.0)
    monkeypatch.setattr(plan, name, value)
    assert data.data_hash(60.0) != before


def test_another_setting_of_any_difficulty_is_another_hash(monkeypatch):
    before = data.data_hash(60.0)
    cheap = imu.Setting("cheap", imu.SETTINGS["cheap"].hardware, imu.SETTINGS["glove"].wear)
    monkeypatch.setattr(imu, "SETTINGS", {**imu.SETTINGS, "cheap": cheap})
    assert data.data_hash(60.0) != before


def test_the_hash_is_of_what_matters():
    known = {data.data_hash(60.0), data.data_hash(61.0), data.data_hash(60.0, subjects=SUBJECTS)}
    known |= {data.data_hash(60.0, programs=PROGRAMS), data.data_hash(60.0, hand="another")}
    assert len(known) == 5
    assert data.data_hash(60.0) == data.data_hash(60.0, hand=plan.hand_hash(mano.load().data))
    assert plan.hand_hash(mano.load().data) == plan.hand_hash(mano.load(dtype=torch.float64).data)
    assert plan.hand_hash(mano.load(side="left").data) != plan.hand_hash(mano.load().data)
