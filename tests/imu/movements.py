"""Movements of a sensor whose velocities are known in closed form, and the slow twin of the sensor."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from hands.conventions import GRAVITY_W

GRAVITY = np.array(GRAVITY_W)


class Movement(NamedTuple):
    position: torch.Tensor
    rotation: torch.Tensor
    acceleration: torch.Tensor  # in the world
    rate: torch.Tensor  # in the sensor's axes

    @property
    def specific_force(self):
        return torch.einsum("tij,ti->tj", self.rotation, self.acceleration - torch.from_numpy(GRAVITY))


def movement(position, rotation, acceleration, rate):
    """Of arrays, and of scipy's rotations."""
    return Movement(*(torch.from_numpy(np.array(x)) for x in (position, rotation.as_matrix(), acceleration, rate)))


def wobbling(fps, seconds=2.0, seed=0, fastest=3.0):
    """Sines in the position and in the angles of Rz(a) Ry(b) Rx(c); its rate is the textbooks' for those angles."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * fps) + 1)[:, None] / fps
    w, phase = 2 * np.pi * rng.uniform(1.0, fastest, 6), rng.uniform(0, 6, 6)
    size = np.array([0.05, 0.04, 0.06, 1.0, 0.7, 0.8])
    x = size * np.sin(w * t + phase)
    dx, ddx = size * w * np.cos(w * t + phase), -(w**2) * x
    (_, b, c), (da, db, dc) = x[:, 3:].T, dx[:, 3:].T
    rate = [
        dc - da * np.sin(b),
        db * np.cos(c) + da * np.sin(c) * np.cos(b),
        -db * np.sin(c) + da * np.cos(c) * np.cos(b),
    ]
    return movement(x[:, :3], Rotation.from_euler("ZYX", x[:, 3:]), ddx[:, :3], np.stack(rate, 1))


def swinging(fps, seconds=4.0, length=0.09, swing=np.pi / 3, frequency=2.0):
    """A pendulum along -z of its own axes that swings about the world's y."""
    t, w = np.arange(round(seconds * fps)) / fps, 2 * np.pi * frequency
    angle, rate, change = swing * np.sin(w * t), swing * w * np.cos(w * t), -swing * w**2 * np.sin(w * t)
    rotation = Rotation.from_rotvec(-angle[:, None] * [0, 1, 0])
    out, along = rotation.apply([0, 0, -1]), rotation.apply([1, 0, 0])
    acceleration = length * (change[:, None] * along - rate[:, None] ** 2 * out)
    return movement(length * out, rotation, acceleration, -rate[:, None] * [0, 1, 0])


def loop_twin(position, rotation, fps, n):
    """acc and gyro of one sensor, one frame at a time, on scipy's rotations. From the module's equations."""
    p, turns, T = position.numpy(), Rotation.from_matrix(rotation.numpy()), len(position)
    acc, gyro = np.empty((T, 3)), np.empty((T, 3))
    for t in range(T):
        if t < n:
            second = 2 * p[t] - 5 * p[t + n] + 4 * p[t + 2 * n] - p[t + 3 * n]
        elif t >= T - n:
            second = 2 * p[t] - 5 * p[t - n] + 4 * p[t - 2 * n] - p[t - 3 * n]
        else:
            second = p[t - n] - 2 * p[t] + p[t + n]
        acc[t] = turns[t].inv().apply(second * (fps / n) ** 2 - GRAVITY)
        if 0 < t < T - 1:
            gyro[t] = (turns[t - 1].inv() * turns[t + 1]).as_rotvec() * fps / 2
        else:
            way = 1 if t == 0 else -1
            near, far = ((turns[t].inv() * turns[t + k * way]).as_rotvec() for k in (1, 2))
            gyro[t] = way * (4 * near - far) * fps / 2
    return acc, gyro


def rms(x):
    """Root of the mean squared length of vectors (T, 3)."""
    return float(torch.as_tensor(x).square().sum(-1).mean().sqrt())
