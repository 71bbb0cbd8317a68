"""How fast motions are made and sensors simulated, what the second spends its time on, and what it would cost to pose
the whole mesh instead of the skin under the sensors.

Ours and the peer take turns in one process on one thread, and each figure is the median of its rounds: synthetic data
are made in several processes side by side, so it is the speed of one core that counts.
"""

import statistics
import time
from collections.abc import Callable

import torch

from hands import imu, mano, motion
from hands.imu.simulation import physics_grid, trajectories

SECONDS = 60.0
PEER_SECONDS = 4.0
ROUNDS = 5


def entries() -> list[dict]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [motion_frames_per_s(), simulate_frames_per_s()]
    finally:
        torch.set_num_threads(threads)


def motion_frames_per_s() -> dict:
    """Frames of a free motion made in a second, at 120 Hz."""
    seconds = median(lambda: motion.sample("free", "S01", seconds=SECONDS, fps=120.0))
    return entry("motion_frames_per_s", SECONDS * 120 / seconds, None, None, "")


def simulate_frames_per_s() -> dict:
    """Frames of the physics grid (120 Hz, the seven sensors of the glove at each), and where their time goes."""
    hand = mano.load()
    moving = motion.sample("free", "S01", seconds=SECONDS, fps=120.0)
    few = moving.cut(0, round(PEER_SECONDS * 120))
    assert physics_grid(moving.fps, 30.0)[0] == moving.fps
    position, rotation = trajectories(moving, hand, imu.GLOVE)
    whole, posing, sensing, peer = (
        median(run)
        for run in (
            lambda: imu.simulate(moving, hand),
            lambda: trajectories(moving, hand, imu.GLOVE),
            lambda: imu.sense(position, rotation, moving.fps),
            lambda: of_the_whole_mesh(few, hand),
        )
    )
    per_frame, peers = whole / len(moving), peer / len(few)
    bound = f"posing the skin under the sensors {100 * posing / whole:.0f} %, sensing {100 * sensing / whole:.0f} %"
    name = f"the whole mesh posed, then sensed: {1 / peers:.0f} 1/s"
    return entry("simulate_frames_per_s", 1 / per_frame, name, peers / per_frame, bound)


def of_the_whole_mesh(moving: motion.Motion, hand: mano.Hand) -> imu.Recording:
    """What a user would write: pose all 778 vertices, take seven of them, and the joints' rotations from elsewhere."""
    double = mano.Hand(hand.data, torch.float64)
    vertices = double(**moving.pose).vertices[:, [0, 95, 762, 333, 472, 664, 550]].transpose(0, 1).contiguous()
    rotation = mano.axis_angle_to_rotmat(moving.global_orient).expand(7, -1, -1, -1)
    return imu.sense(vertices, rotation, moving.fps)


def median(run: Callable[[], object]) -> float:
    run()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def entry(name: str, value: float, peer: str | None, ratio: float | None, bound: str) -> dict:
    rounded = None if ratio is None else round(ratio, 2)
    result = {"name": name, "value": round(value), "unit": "1/s", "peer": peer, "ratio": rounded}
    return result | ({"bound": bound} if bound else {})
