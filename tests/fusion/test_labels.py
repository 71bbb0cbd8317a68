"""Labels of motion against numpy.diff and closed forms."""

import numpy as np
import pytest
import torch

from hands.fusion.labels import known, mean_square, motion_labels, motion_rms

POINTS = np.random.default_rng(0).normal(size=(4, 7, 21, 3))


def test_they_are_first_and_second_differences():
    labels = motion_labels(torch.from_numpy(POINTS)).numpy()
    np.testing.assert_allclose(labels[:, 1:, :, 0], np.diff(POINTS, 1, axis=1), rtol=0, atol=1e-15)
    np.testing.assert_allclose(labels[:, 2:, :, 1], np.diff(POINTS, 2, axis=1), rtol=0, atol=1e-14)
    assert not labels[:, 0].any()
    assert not labels[:, 1, :, 1].any()


def test_a_throw_has_a_constant_acceleration_and_no_false_start():
    t = torch.arange(9.0, dtype=torch.float64)[:, None, None]
    thrown = (torch.tensor([0.3, -0.2, 1.0]) * t - torch.tensor([0.0, 0.0, 0.5]) * t**2).expand(9, 21, 3)
    labels, there = motion_labels(thrown), known(9)
    np.testing.assert_allclose(labels[there[:, 1], :, 1], np.tile([0, 0, -1.0], (7, 21, 1)), rtol=0, atol=1e-13)
    assert there.sum(0).tolist() == [8, 7]


def test_the_mean_square_is_over_what_is_known():
    labels = motion_labels(torch.from_numpy(POINTS))
    expected = [np.square(np.diff(POINTS, order, axis=1)).mean() for order in (1, 2)]
    np.testing.assert_allclose(mean_square(labels), expected, rtol=1e-12)
    np.testing.assert_allclose(motion_rms(torch.from_numpy(POINTS)), np.sqrt(expected), rtol=1e-12)
    false_start = labels.clone()
    false_start[:, 0], false_start[:, 1, :, 1] = 99.0, 99.0
    np.testing.assert_allclose(mean_square(false_start), expected, rtol=1e-12)


@pytest.mark.parametrize("windows", [torch.ones(2, 5, 21, 3), torch.from_numpy(POINTS)[:, :2]])
def test_motion_that_cannot_be_measured_is_refused(windows):
    with pytest.raises(ValueError, match="windows of three frames and more are needed, and some motion"):
        motion_rms(windows)
