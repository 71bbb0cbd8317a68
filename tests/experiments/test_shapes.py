"""The ruler's guess against Gaussian conditioning, and its readings against the hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hands import mano
from hands.experiments.shapes import Ruler

HAND = mano.load(dtype=torch.float64)
RULER = Ruler.of(HAND.data)
BETAS = torch.randn(6, 10, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_guess_is_the_conditional_mean_of_the_joint_gaussian() -> None:
    error = 0.003
    joint = np.cov(np.zeros((12, 2)))  # the joint covariance of shape and readings, in blocks
    slope = RULER.slope.numpy()
    joint = np.block([[np.eye(10), slope.T], [slope, slope @ slope.T + error**2 * np.eye(2)]])
    precision = np.linalg.inv(joint)
    readings = RULER.read(BETAS).numpy() + 0.001
    expected = -(np.linalg.inv(precision[:10, :10]) @ precision[:10, 10:] @ (readings - RULER.base.numpy()).T).T
    np.testing.assert_allclose(RULER.shape(torch.from_numpy(readings), error), expected, atol=1e-10)


def test_the_guess_is_the_mean_of_the_people_with_such_a_reading() -> None:
    generator = torch.Generator().manual_seed(1)
    people = torch.randn(400_000, 10, generator=generator, dtype=torch.float64)
    readings = RULER.read(people, 0.002, generator)
    wanted = RULER.base + torch.tensor([0.006, 0.002], dtype=torch.float64)
    alike = people[(readings - wanted).abs().amax(-1) < 0.001]
    assert len(alike) > 2000
    torch.testing.assert_close(alike.mean(0), RULER.shape(wanted), atol=4 / len(alike) ** 0.5, rtol=0)


def test_readings_are_lengths_on_the_posed_hand_laid_flat() -> None:
    posed = HAND(betas=BETAS)
    finger = posed.keypoints[:, 12] - posed.keypoints[:, 0]  # the middle fingertip from the wrist
    length, breadth = RULER.read(BETAS).unbind(-1)
    torch.testing.assert_close(length, finger.norm(dim=-1), atol=3e-4, rtol=0)  # along one direction for all hands
    assert (posed.joints[:, 1] - posed.joints[:, 7]).norm(dim=-1).lt(breadth).all()  # index to pinky: inside the flesh
    assert breadth.lt(0.1).all()


def test_a_perfect_ruler_is_believed_and_a_bad_one_is_not() -> None:
    readings = RULER.read(BETAS)
    torch.testing.assert_close(RULER.read(RULER.shape(readings, 1e-8)), readings, atol=1e-9, rtol=0)
    assert RULER.shape(readings, 10.0).abs().max() < 1e-4


def test_errors_of_readings_have_the_size_they_are_said_to_have() -> None:
    generator = torch.Generator().manual_seed(2)
    off = RULER.read(torch.zeros(20_000, 10), 0.002, generator) - RULER.base
    assert off.std().item() == pytest.approx(0.002, rel=0.02)


def test_centimetres_are_refused() -> None:
    with pytest.raises(ValueError, match="expected metres"):
        RULER.shape(torch.tensor([18.0, 8.0]))
    with pytest.raises(ValueError, match="error is 0"):
        RULER.shape(RULER.base, 0.0)
