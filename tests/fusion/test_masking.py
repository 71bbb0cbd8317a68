"""Masks against their closed form, loops and counting."""

import inspect
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hands.fusion.masking import KINDS, MaskNoise, mask

RATIOS = st.floats(0, 1)


def noise(*shape, seed=0):
    return MaskNoise.draw(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.75, 0.9])
def test_the_ratio_is_what_is_hidden_on_average(ratio, kind):
    """40,000 frames; five standard errors of their mean, with tokens of one frame taken as one."""
    found = mask(ratio, noise(40_000, 15), kind).double().mean().item()
    assert found == pytest.approx(ratio, abs=5 * math.sqrt(ratio * (1 - ratio) / 40_000))


@pytest.mark.parametrize("ratio", [0.0, 0.3, 0.75, 1.0])
def test_it_is_the_union_of_hidden_frames_and_hidden_tokens(ratio):
    drawn = noise(2, 4, 3)
    share = 1 - (1 - ratio) ** 0.5
    expected = np.zeros((2, 4, 3), dtype=bool)
    for place in np.ndindex(2, 4, 3):
        expected[place] = drawn.frames[place[:2]] < share or drawn.tokens[place] < share
    np.testing.assert_array_equal(mask(ratio, drawn), expected)


@given(RATIOS, RATIOS, st.sampled_from(KINDS))
def test_with_the_same_noise_more_is_hidden_on_top(one, other, kind):
    drawn = noise(3, 6, 5)
    less, more = (mask(ratio, drawn, kind) for ratio in sorted((one, other)))
    assert bool((more | ~less).all())


@pytest.mark.parametrize("kind", KINDS)
def test_all_and_nothing(kind):
    values = torch.tensor([0.0, math.nextafter(1, 0)], dtype=torch.float64)  # the smallest and the largest
    drawn = MaskNoise(values, values[:, None])
    assert mask(1.0, drawn, kind).all()
    assert not mask(0.0, drawn, kind).any()


def test_frames_alone_are_hidden_whole_and_joints_alone_are_not():
    drawn = noise(500, 15)
    frames = mask(0.5, drawn, "frames").sum(1)
    assert set(frames.tolist()) == {0, 15}
    joints = mask(0.5, drawn, "joints").sum(1)
    assert joints.double().mean().item() == pytest.approx(7.5, abs=0.4)
    assert not set(joints.tolist()) & {0, 15}  # 2^-15 each


def test_what_makes_no_sense_is_refused():
    unchecked = inspect.unwrap(mask)  # without jaxtyping's check, as a user has it
    for ratio in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="share of the tokens between 0 and 1"):
            unchecked(ratio, noise(2, 2))
    with pytest.raises(ValueError, match="'fingers', expected one of both, frames, joints"):
        unchecked(0.5, noise(2, 2), "fingers")
