"""A likely wrong answer to each exercise of *What a real IMU measures*."""

import math

import torch
from torch import Tensor


def over_both_sides(density_ug: float, fps: float) -> float:
    """The root of the rate in place of the root of half of it."""
    return density_ug * 1e-6 * 9.81 * math.sqrt(fps)


def bias_added(gyro: Tensor, rest: int, fps: float) -> Tensor:
    """The bias in the wrong direction."""
    return (gyro + gyro[:rest].mean(0))[:, 2].sum() / fps


def in_the_world(R_ws: Tensor, R_ws_flat: Tensor, R_wb_flat: Tensor) -> Tensor:
    """What a wrong heading would need, not a crooked sensor."""
    return R_wb_flat @ R_ws_flat.T @ R_ws


def noise_that_marches(density_mdps: float, bias_dps: float, seconds: float) -> float:
    """Both grow like time."""
    return math.hypot(density_mdps / 1000 / 2**0.5 * seconds, bias_dps * seconds)


def which_leads(gyro_a: Tensor, gyro_b: Tensor, fps: float) -> float:
    """By how much a is late."""
    a, b = (gyro.norm(dim=-1) for gyro in (gyro_a, gyro_b))
    misfit = [(b[15 + k : len(b) - 15 + k] - a[15:-15]).square().mean() for k in range(-15, 16)]
    return (15 - int(torch.stack(misfit).argmin())) / fps


MISTAKES = {
    "noise_per_record": over_both_sides,
    "turned_about_z": bias_added,
    "bone_orientation": in_the_world,
    "heading_sd_deg": noise_that_marches,
    "clock_offset": which_leads,
}
