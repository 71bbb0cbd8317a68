"""Records of a masked teacher come back as they were, and damaged ones are refused in sentences."""

from __future__ import annotations

import base64
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
import roma
import torch

from hands import mano
from hands.experiments import mask_record, recorded
from hands.experiments.mask_record import Clip, MaskRecord
from hands.experiments.recorded import Shown
from hands.experiments.results import ResultsError
from tests.experiments.made_up_masks import KINDS, RATIOS, made_up


@pytest.fixture(scope="module")
def record():
    return made_up(clips=2, frames=6, ratios=RATIOS)


@pytest.fixture(scope="module")
def written(record, tmp_path_factory):
    return mask_record.write(record, tmp_path_factory.mktemp("masks") / "masks.json").read_text()


@pytest.fixture
def file(written, tmp_path):
    """One that may be damaged."""
    path = tmp_path / "masks.json"
    path.write_text(written)
    return path


def test_a_record_comes_back_as_it_was(record, file):
    found = mask_record.read(file)
    assert (found.fps, found.about, found.kinds, found.ratios) == (30.0, record.about, KINDS, RATIOS)
    for got, made in zip(found.clips, record.clips, strict=True):
        assert got.name == made.name
        for key, guess in made.guesses.items():
            torch.testing.assert_close(got.guesses[key].hand_pose, guess.hand_pose, rtol=0, atol=1e-12)
            torch.testing.assert_close(got.guesses[key].betas, guess.betas, rtol=0, atol=1e-12)
            assert torch.equal(got.hidden[key], made.hidden[key])
        torch.testing.assert_close(got.truth.hand_pose, made.truth.hand_pose, rtol=0, atol=1e-12)
        torch.testing.assert_close(got.blind.hand_pose, made.blind.hand_pose, rtol=0, atol=1e-12)
    assert mask_record.encode(found) == mask_record.encode(record)


def test_the_files_numbers_can_be_read_by_the_description_of_its_format(record, file):
    """With struct-like reading of bits and integers, and errors by a loop over points."""
    content = json.loads(file.read_text())["record"]
    clip, made = content["clips"][1], record.clips[1]
    hand = clip["hands"][clip["seen"]["joints"][2]]
    key = ("joints", content["ratios"][2])
    integers = np.frombuffer(base64.b64decode(hand["pose"]), "<i2")
    np.testing.assert_allclose(integers * content["unit"], made.guesses[key].hand_pose.flatten(), atol=1e-9)
    bits = "".join(f"{byte:08b}" for byte in base64.b64decode(hand["hidden"]))
    assert [bit == "1" for bit in bits[: 6 * 15]] == made.hidden[key].flatten().tolist()
    model = mano.load(dtype=torch.float64)
    true, said = (model(betas=h.betas, hand_pose=h.hand_pose).keypoints for h in (made.truth, made.guesses[key]))
    expected = [
        np.mean([math.dist(s[k] - s[0], t[k] - t[0]) for k in range(21)]) for s, t in zip(said, true, strict=True)
    ]
    found = np.frombuffer(base64.b64decode(hand["errors"]), "<u2") * content["errorUnit"]
    np.testing.assert_allclose(found, expected, atol=0.51e-5)


def test_what_masks_share_is_there_once(record):
    clip = mask_record.encode(record)["clips"][0]
    assert len(clip["hands"]) == len(KINDS) * (len(RATIOS) - 2) + 2
    assert {clip["seen"][kind][0] for kind in KINDS} == {0}


def test_hands_are_rounded_to_a_ten_thousandth_by_the_shortest_way_round():
    pose = torch.zeros(1, 15, 3, dtype=torch.float64)
    pose[0, 3] = torch.tensor([0.0, 5.0, 0.0])  # the same turn as 5 - 2 pi about the same axis
    shown = Shown(pose, torch.zeros(10))
    assert shown.hand_pose[0, 3, 1].item() == pytest.approx(5 - 2 * math.pi, abs=0.51e-4)


def test_six_numbers_become_the_same_rotations():
    rotation = roma.random_rotmat((4, 15), dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    sixd = torch.cat([rotation[..., 0], rotation[..., 1]], -1)
    found = mano.axis_angle_to_rotmat(Shown.of_6d(sixd, torch.zeros(10)).hand_pose)
    torch.testing.assert_close(found, rotation, rtol=0, atol=2e-4)


def damage(file, change):
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def test_a_flipped_letter_is_noticed(file):
    damage(
        file, lambda c: c["record"]["clips"][0]["truth"].update(pose="A" + c["record"]["clips"][0]["truth"]["pose"][1:])
    )
    with pytest.raises(ResultsError, match=re.escape("masks.json is damaged: its checksum")):
        mask_record.read(file)


def test_half_a_file_another_format_and_no_file_are_told_apart(file, tmp_path):
    with pytest.raises(ResultsError, match="there is no mask record"):
        mask_record.read(tmp_path / "none.json")
    text = file.read_text()
    file.write_text(text[: len(text) // 2])
    with pytest.raises(ResultsError, match="is damaged"):
        mask_record.read(file)
    file.write_text('{"format": "hands.experiments.MaskRecord 9"}')
    with pytest.raises(ResultsError, match="no mask record of this version"):
        mask_record.read(file)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r.pop("clips"), "KeyError: 'clips'"),
        (lambda r: r["clips"][0].update(frames=7), "reshape"),
        (lambda r: r["clips"][0]["hands"][0].update(hidden="AAAA"), "a mask has 24 bits, expected 90"),
        (lambda r: r["clips"][0]["hands"][0].update(pose="?"), "base64|Only|padding"),
        (lambda r: r["clips"][0]["seen"]["joints"].pop(), "zip"),
        (lambda r: r["clips"][0]["seen"]["joints"].reverse(), "shows tokens that"),
        (lambda r: r["clips"][1]["truth"]["betas"].pop(), "cannot reshape array of size 9"),
        (lambda r: r.update(unit=1e-3), "units are 0.001 rad"),
        (lambda r: r["clips"][1].update(name=r["clips"][0]["name"]), "each its own name"),
        (lambda r: r.update(fps=0), "fps of a mask record is 0"),
        (lambda r: r.update(clips=[]), "give one or more"),
    ],
)
def test_a_foreign_record_with_a_right_checksum_is_refused_all_the_same(file, change, said):
    def damaged(content):
        change(content["record"])
        content["sha256"] = recorded.checksum(content["record"])

    damage(file, damaged)
    with pytest.raises(ResultsError, match=said):
        mask_record.read(file)


def test_clips_that_do_not_fit_are_refused(record):
    clip = record.clips[0]
    short = Shown(clip.truth.hand_pose[:3], clip.truth.betas)
    with pytest.raises(ResultsError, match="has 6 frames, and not all"):
        Clip("a", clip.truth, clip.guesses, clip.hidden, short)
    with pytest.raises(ResultsError, match="masks without reconstructions"):
        Clip("a", clip.truth, clip.guesses, {})
    some = {key: value for key, value in clip.guesses.items() if key[1] < 1}
    other = Clip("a", clip.truth, some, {key: clip.hidden[key] for key in some})
    with pytest.raises(ResultsError, match="same shares"):
        MaskRecord([clip, other], 30.0, "")
    with pytest.raises(ResultsError, match="not finite"):
        Shown(clip.truth.hand_pose * math.nan, clip.truth.betas)


def test_too_much_for_a_page_is_refused(record, monkeypatch):
    monkeypatch.setattr(mask_record, "FILE", replace(mask_record.FILE, max_bytes=9_000))
    with pytest.raises(ResultsError, match="kB of a page, at most 9 kB"):
        mask_record.encode(record)
