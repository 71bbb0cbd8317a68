"""Skin: what is where, and how it answers to melanin and blood."""

from dataclasses import replace

import numpy as np
import pytest

from hands import gesture, mano, motion
from hands.conventions import FINGERS
from hands.gesture.skin import BLOOD, DARKEST, MELANIN, PALE, features
from hands.gesture.surface import Skeleton

TIPS = dict(zip(FINGERS, (4, 8, 12, 16, 20), strict=True))


@pytest.fixture(scope="module")
def found():
    data = mano.load().data
    return features(data, Skeleton.of(data.faces, 2))


def test_every_finger_has_a_nail_on_its_back_near_its_tip(found):
    keypoints = mano.load().keypoints().numpy()
    nails = found.place[found.nail > 0.5]
    nearest = np.linalg.norm(nails[:, None] - keypoints[list(TIPS.values())], axis=-1).argmin(1)
    assert np.bincount(nearest, minlength=5).min() >= 6
    for digit, name in enumerate(FINGERS):
        own, tip, joint = nails[nearest == digit], keypoints[TIPS[name]], keypoints[TIPS[name] - 1]
        assert np.linalg.norm(own - tip, axis=1).max() < 0.022
        assert np.linalg.norm(own.mean(0) - joint) > np.linalg.norm(own.mean(0) - tip)
    fingers = nails[nearest > 0]
    assert (fingers[:, 1] > -0.006).all(), "on the side that faces +y, the back of the hand"


def test_palm_and_back_are_where_they_are(found):
    palm, flat = found.place[found.palm > 0.9], found.place[:, 2] < 0.03  # without the thumb, which stands aslant
    back = found.place[(found.palm < 0.1) & (found.place[:, 0] < 0.08) & flat]
    assert palm[:, 1].mean() < -0.005 < 0.001 < back[:, 1].mean()
    creases = found.place[found.crease > 0.6]
    assert 50 < len(creases) < 0.15 * len(found.place)
    assert (creases[:, 1] < 0.01).mean() > 0.97
    assert found.knuckle[found.palm > 0.95].max() < 0.2


def test_more_melanin_is_darker_everywhere_and_most_on_the_back(found):
    lightness = [gesture.Skin(tone).colours(found).mean(1) for tone in (0.0, 1.0, DARKEST)]
    assert (lightness[0] > lightness[1]).all()
    assert (lightness[1] > lightness[2]).all()
    dark = lightness[2]
    assert dark[found.palm > 0.9].mean() > 2 * dark[(found.palm < 0.1) & (found.nail < 0.1)].mean()
    assert dark[found.nail > 0.9].mean() > 2 * dark[(found.palm < 0.1) & (found.nail < 0.1)].mean()
    pale = lightness[0]
    assert 0.4 < pale.mean() < 0.75
    assert dark[(found.palm < 0.1) & (found.nail < 0.1)].mean() < 0.12


def test_a_plain_spot_has_the_colour_of_the_equation(found):
    """Away from all features and without blotches: c = c_0 exp(-m a_mel - h a_blood)."""
    plain = sum(getattr(found, name) for name in ("palm", "nail", "knuckle", "crease", "wrinkle", "tip")) < 1e-6
    assert plain.sum() > 100
    steady = replace(found, place=np.zeros_like(found.place))  # one value of every wave
    one, other = (gesture.Skin(tone=0.8, blood=b, blotches=0.0).colours(steady)[plain] for b in (0.2, 0.3))
    np.testing.assert_allclose(np.log(one / other) / BLOOD, np.log(one / other)[:, 1:2] * np.ones(3), rtol=1e-9)
    melanin = (np.log(PALE) - np.log(one)) - (np.log(one / other) * 2)
    np.testing.assert_allclose(melanin / MELANIN, 0.82, rtol=1e-6)  # features may be 1e-6 there


def test_subjects_keep_their_tone_and_cover_the_range():
    tones = np.array([gesture.skin_of(subject).tone for subject in motion.SUBJECTS])
    for split in gesture.SPLITS:
        own = np.sort(tones[[int(subject[1:]) - 1 for subject in gesture.SUBJECTS_OF[split]]])
        assert np.ptp(own) > 0.35 * DARKEST
    assert tones.min() < 0.1 * DARKEST
    assert tones.max() > 0.9 * DARKEST
    assert np.diff(np.sort(tones)).max() < 0.15 * DARKEST
    rng = np.random.default_rng(0)
    days = np.array([gesture.skin_of("S01", rng).tone for _ in range(50)])
    assert 0.05 < np.log(days / tones[0]).std() < 0.15
