"""The fifteen people: each is one and the same for ever, no two are alike, none is a giant."""

import itertools

import numpy as np
import pytest
import torch

from hands import mano
from hands.mano.anatomy import limits
from hands.motion import SUBJECTS
from hands.motion.subjects import FARTHEST

BETAS_OF_S01 = [1.1210, -0.9948, -0.0460]  # SUBJECTS["S01"].betas[:3].round(4).tolist()


def test_there_are_fifteen():
    assert list(SUBJECTS) == [f"S{k:02}" for k in range(1, 16)]
    assert [subject.name for subject in SUBJECTS.values()] == list(SUBJECTS)
    with pytest.raises(TypeError):
        SUBJECTS["S16"] = SUBJECTS["S01"]


def test_they_stay_who_they_are():
    np.testing.assert_allclose(SUBJECTS["S01"].betas[:3], BETAS_OF_S01, atol=5e-5)


def test_no_two_are_alike():
    for a, b in itertools.combinations(SUBJECTS.values(), 2):
        assert np.linalg.norm(a.betas - b.betas) > 1
        assert a.tempo != b.tempo
        assert np.abs(a.rest - b.rest).max() > np.radians(1)


def test_shapes_are_those_of_people():
    betas = np.stack([subject.betas for subject in SUBJECTS.values()])
    assert np.abs(betas).max() <= FARTHEST
    assert betas.std() == pytest.approx(0.88, abs=0.1)  # of a normal distribution cut off at two
    hand = mano.load(dtype=torch.float64)
    joints = hand(betas=torch.from_numpy(betas)).joints
    lengths = (joints[:, 4] - joints[:, 0]).norm(dim=-1)  # wrist to middle knuckle
    assert lengths.min() > 0.075
    assert lengths.max() < 0.115


def test_styles_are_in_the_range_of_people():
    low, high = (bound.numpy() for bound in limits())
    for subject in SUBJECTS.values():
        assert 0.7 < subject.tempo < 1.4
        assert 0.85 <= subject.amplitude <= 1.08
        assert 8 <= subject.tremor_hz <= 12
        assert 0 < subject.enslaving < 0.2
        assert (subject.rest >= low).all()
        assert (subject.rest <= high).all()


def test_no_tremor_moves_a_fingertip_by_a_fifth_of_a_millimetre():
    """Even if the three joints of a stretched finger of the largest hand shook in step."""
    hand = mano.load(dtype=torch.float64)
    for subject in SUBJECTS.values():
        joints = hand(betas=torch.from_numpy(subject.betas)[None]).keypoints[0]
        finger = joints[9:13]  # middle finger
        levers = (finger[3] - finger[:3]).norm(dim=-1).sum()
        assert subject.tremor * levers < 0.2e-3
