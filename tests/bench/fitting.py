"""How fast and how near `mano.fit` is, on synthetic hands that no test and no choice of a constant has seen.

The noise is 3 mm in every coordinate, 30 % of the points are missing, and each bone is off by up to 10 %. Errors are
mean distances over all 21 points, missing ones too, after the wrists were put into one place; each is the mean over the
seeds, with its standard deviation.
"""

import statistics
import time

import numpy as np
import scipy.optimize
import torch

from hands import mano
from hands.mano.keypoint_orders import KEYPOINT_ORDERS
from hands.metrics import mpjpe
from tests.mano.tracked_hands import moving_hand, tracked, with_other_bones

THREADS = 2
FPS = 30.0
SEEDS = range(100, 105)
PEER_FRAMES = 10


def fit_1000_frames() -> dict:
    """Seconds for a thousand frames, beside scipy's least squares frame by frame."""
    hand = mano.load(dtype=torch.float64)
    true = with_other_bones(hand.keypoints(**moving_hand(hand, SEEDS[0], 1000)), SEEDS[0])
    reported, seen = tracked(true, SEEDS[0])
    mano.fit(reported[:20], seen=seen[:20], hand=hand, fps=FPS)
    ours = statistics.median(timed(lambda: mano.fit(reported, seen=seen, hand=hand, fps=FPS))[0] for _ in range(3))
    few = list(zip(reported[:PEER_FRAMES], seen[:PEER_FRAMES], strict=True))
    seconds, found = timed(lambda: [least_squares(hand, *frame) for frame in few])
    theirs = seconds * 1000 / PEER_FRAMES
    error = 1000 * float(mpjpe(torch.stack(found), true[:PEER_FRAMES]).mean())
    return entry(
        "fit_1000_frames",
        ours,
        "s",
        f"scipy least_squares: {theirs:.0f} s ({PEER_FRAMES} frames, scaled; off by {error:.1f} mm)",
        theirs / ours,
    )


def least_squares(hand: mano.Hand, points: np.ndarray, seen: np.ndarray) -> torch.Tensor:
    """What a user would write: 48 pose angles, translation and shape of one frame, lightly held at zero."""

    def keypoints(x: np.ndarray) -> torch.Tensor:
        pose, transl, betas = torch.from_numpy(x).split([48, 3, 10])
        return hand.keypoints(global_orient=pose[:3], hand_pose=pose[3:].view(15, 3), transl=transl, betas=betas)

    def residuals(x: np.ndarray) -> np.ndarray:
        off = (keypoints(x).numpy() - points)[seen].ravel() / 0.003
        return np.concatenate([off, x[3:48], x[51:]])

    start = np.concatenate([np.zeros(48), np.nanmean(points, 0), np.zeros(10)])
    return keypoints(scipy.optimize.least_squares(residuals, start, max_nfev=100).x)


def noise_free() -> dict:
    """Median distance of the hand's keypoints to its own, exact and complete ones."""
    hand = mano.load(dtype=torch.float64)
    medians = []
    for seed in SEEDS:
        true = hand.keypoints(**moving_hand(hand, seed, 300))
        found = mano.fit(true, hand=hand, fps=FPS)
        medians.append(1000 * float((found.keypoints - true).norm(dim=-1).median()))
    return entry("fit_noise_free", statistics.mean(medians), "mm", None, None, statistics.stdev(medians))


def noisy(order: str) -> dict:
    """Error of the completed points in an order, beside that of the noisy points if none were missing."""
    hand = mano.load(dtype=torch.float64)
    errors, noises = [], []
    for seed in SEEDS:
        true = with_other_bones(hand.keypoints(**moving_hand(hand, seed, 300)), seed)
        reported, seen = tracked(true, seed, order)
        found = mano.fit(reported, order=order, seen=seen, hand=hand, fps=FPS)
        complete, _ = tracked(true, seed, missing=0.0)
        errors.append(1000 * float(mpjpe(found.completed, true).mean()))
        noises.append(1000 * float(mpjpe(torch.from_numpy(complete), true).mean()))
    ours, noise = statistics.mean(errors), statistics.mean(noises)
    return entry(f"fit_noisy_{order}", ours, "mm", f"the noise: {noise:.2f} mm", noise / ours, statistics.stdev(errors))


def the_hand_itself() -> list[dict]:
    """The fitted hand's own keypoints, whose bones are those of a hand of the model.

    Against the tracker's points, which no such hand has; against the hand that the tracker saw, before its bones were
    changed; and against points of a hand of which every bone is 10 % longer, which is another shape of hand.
    """
    hand = mano.load(dtype=torch.float64)
    errors: dict[str, list[float]] = {"to_points": [], "to_hand": [], "all_longer": []}
    for seed in SEEDS:
        seen_hand = hand.keypoints(**moving_hand(hand, seed, 300))
        true = with_other_bones(seen_hand, seed)
        reported, seen = tracked(true, seed)
        found = mano.fit(reported, seen=seen, hand=hand, fps=FPS).keypoints
        errors["to_points"].append(1000 * float(mpjpe(found, true).mean()))
        errors["to_hand"].append(1000 * float(mpjpe(found, seen_hand).mean()))
        longer = seen_hand[:, :1] + 1.1 * (seen_hand - seen_hand[:, :1])
        reported, seen = tracked(longer, seed)
        found = mano.fit(reported, seen=seen, hand=hand, fps=FPS).keypoints
        errors["all_longer"].append(1000 * float(mpjpe(found, longer).mean()))
    return [
        entry(f"fit_noisy_own_{name}", statistics.mean(e), "mm", None, None, statistics.stdev(e))
        for name, e in errors.items()
    ]


def timed(call):
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def entry(name: str, value: float, unit: str, peer: str | None, ratio: float | None, spread: float | None = None):
    row = {"name": name, "value": round(value, 3), "unit": unit, "peer": peer, "ratio": ratio and round(ratio, 2)}
    return row if spread is None else row | {"spread": round(spread, 3)}


def entries() -> list[dict]:
    """Benchmark entries; `ratio` says how much more time, or error, the peer has."""
    torch.set_num_threads(THREADS)
    return [fit_1000_frames(), noise_free(), *(noisy(order) for order in KEYPOINT_ORDERS), *the_hand_itself()]
