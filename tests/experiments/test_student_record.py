"""Records of students come back as they were, and what does not fit is refused in sentences."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from hands import mano
from hands.experiments import recorded, student_record
from hands.experiments.recorded import Shown
from hands.experiments.results import ResultsError
from hands.experiments.student_record import Clip, StudentRecord
from tests.experiments.made_up_student_clips import NAMES, made_up


@pytest.fixture(scope="module")
def record():
    return made_up(clips=2, frames=6)


@pytest.fixture
def file(record, tmp_path):
    return student_record.write(record, tmp_path / "students.json")


def test_a_record_comes_back_as_it_was(record, file):
    found = student_record.read(file)
    assert (found.fps, found.about, found.names) == (30.0, record.about, NAMES)
    for got, made in zip(found.clips, record.clips, strict=True):
        assert got.name == made.name
        for hand, other in [(got.truth, made.truth), *((got.said[name], made.said[name]) for name in NAMES)]:
            torch.testing.assert_close(hand.hand_pose, other.hand_pose, rtol=0, atol=1e-12)
            torch.testing.assert_close(hand.betas, other.betas, rtol=0, atol=1e-12)
    assert student_record.encode(found) == student_record.encode(record)


def test_the_errors_in_the_file_are_distances_of_keypoints_from_the_wrist(record, file):
    """By a loop over points, from integers that are read as the format says."""
    content = json.loads(file.read_text())["record"]
    clip, made = content["clips"][1], record.clips[1]
    model = mano.load(dtype=torch.float64)
    for name, hand in zip(content["names"], clip["hands"], strict=True):
        true, said = (model(betas=h.betas, hand_pose=h.hand_pose).keypoints for h in (made.truth, made.said[name]))
        expected = [[math.dist(s[k] - s[0], t[k] - t[0]) for k in range(21)] for s, t in zip(said, true, strict=True)]
        found = np.frombuffer(base64.b64decode(hand["errors"]), "<u2").reshape(6, 21) * content["errorUnit"]
        np.testing.assert_allclose(found, expected, atol=0.51e-5)


@pytest.mark.parametrize("names", [("one",), ("a", "b", "c", "d")])
def test_one_to_four_networks_stand_side_by_side(names):
    assert student_record.decode(student_record.encode(made_up(1, 4, names))).names == names


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r.pop("names"), "KeyError: 'names'"),
        (lambda r: r["clips"][0].update(frames=7), "reshape"),
        (lambda r: r["clips"][0]["hands"].pop(), "zip"),
        (lambda r: r.update(names=["a", "a", "b"]), "each its own name"),
        (lambda r: r.update(errorUnit=1), "units are 0.0001 rad and 1 m"),
        (lambda r: r["clips"][1].update(name=r["clips"][0]["name"]), "each its own name"),
        (lambda r: r.update(fps=0), "fps of a student record is 0"),
    ],
)
def test_a_foreign_record_with_a_right_checksum_is_refused_all_the_same(file, change, said):
    content = json.loads(file.read_text())
    change(content["record"])
    content["sha256"] = recorded.checksum(content["record"])
    file.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=said):
        student_record.read(file)


def test_a_mask_record_is_no_student_record(tmp_path):
    (tmp_path / "masks.json").write_text('{"format": "hands.experiments.MaskRecord 1"}')
    with pytest.raises(ResultsError, match="is no student record of this version"):
        student_record.read(tmp_path / "masks.json")
    with pytest.raises(ResultsError, match="there is no student record"):
        student_record.read(tmp_path / "none.json")


def test_clips_that_do_not_fit_are_refused(record):
    first, second = record.clips
    short = Shown(first.truth.hand_pose[:3], first.truth.betas)
    with pytest.raises(ResultsError, match=r"has 6 frames, what is shown of it has \{'a': 3\}"):
        Clip("x", first.truth, {"a": short})
    with pytest.raises(ResultsError, match="has 0 networks, expected one to 4"):
        StudentRecord([Clip("x", first.truth, {})], 30.0, "")
    with pytest.raises(ResultsError, match="has 5 networks"):
        StudentRecord([Clip("x", first.truth, dict.fromkeys("abcde", first.truth))], 30.0, "")
    other = replace(second, said=dict(reversed(second.said.items())))
    with pytest.raises(ResultsError, match="clip 'Movement 2' is of"):
        StudentRecord([first, other], 30.0, "")


def test_too_much_for_a_page_is_refused(record, monkeypatch):
    monkeypatch.setattr(student_record, "FILE", replace(student_record.FILE, max_bytes=3_000))
    with pytest.raises(ResultsError, match="kB of a page, at most 3 kB"):
        student_record.encode(record)
