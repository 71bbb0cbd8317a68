"""What the half-window of an acceleration costs of quick movements, as documented, against a closed form."""

import math

import pytest
import torch

from hands import imu

FPS = 3000.0
LEVER = 0.08  # metres, from the root of the index finger to the sensor on its nail
TURN = math.radians(30)


def tap(duration):
    """A finger bends by 30 degrees with minimum jerk: its path, and the peak of its acceleration, m/s^2."""
    time = torch.arange(-0.15, duration + 0.15, 1 / FPS, dtype=torch.float64)
    u = (time / duration).clamp(0, 1)
    angle = TURN * u**3 * (10 - 15 * u + 6 * u**2)
    rate = TURN * 30 * u**2 * (1 - u) ** 2 / duration
    growth = TURN * 60 * u * (1 - u) * (1 - 2 * u) / duration**2
    path = LEVER * torch.stack([angle.cos(), angle.sin(), 0 * angle], -1)
    return path, float((LEVER * torch.hypot(growth, rate**2)).max())


@pytest.mark.parametrize(
    ("duration", "half_window", "lost"),
    [(0.3, 1 / 30, 0.04), (0.1, 1 / 30, 0.30), (0.05, 1 / 30, 0.65), (0.3, 1 / 120, 0.0), (0.1, 1 / 120, 0.02)],
)
def test_a_half_window_blunts_a_tap_by_the_share_that_simulate_documents(duration, half_window, lost):
    path, peak = tap(duration)
    measured = float(imu.acceleration(path, FPS, half_window).norm(dim=-1).max())
    assert 1 - measured / peak == pytest.approx(lost, abs=0.01)
