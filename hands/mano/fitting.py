"""Fitting a hand to points: pose, shape and place from keypoints, however a tracker lists them.

The forward direction, from pose to points, is a formula. The way back is a search, since points say little about the
twist of a finger, nothing about what they miss, and carry noise. `fit` looks for the most probable hand: within the
limits of its joints, near the relaxed hand where the points are silent, smooth over time where it is told the frame
rate, and with bones and knuckles that may be a little off, since a tracker's skeleton is nobody's hand.

The method is in `hands.mano.fit_solver`, the model in `hands.mano.fit_model`. Explained in the book: *Fitting a hand to
points*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import roma
import torch
from jaxtyping import Bool, Float
from threadpoolctl import threadpool_limits
from torch import Tensor

from hands.conventions import JOINT_NAMES, KEYPOINT_NAMES, NUM_KEYPOINTS
from hands.mano.anatomy import ANGLE_NAMES, angles_to_hand_pose, limits
from hands.mano.fit_model import FitModel, bone_vectors
from hands.mano.fit_points import FEWEST_POINTS, KeypointsError, TrackedPoints, read_betas, read_points
from hands.mano.fit_solver import Problem, Solution, solve
from hands.mano.fit_start import nearest_key_poses
from hands.mano.hand import Hand, load
from hands.mano.model_data import MIRROR

REACH: Final = 0.01
"""Metres: a point further than this from its place in the fitted hand, and than noise explains, was not reached."""
MIRROR_NOISE: Final = 0.001
"""Metres: points that fit worse than this are also tried as those of the other hand."""
FAR_SHAPE: Final = (
    "the shape is nobody's (a beta beyond 5): this palm is no hand's; give `betas` if you know the person"
)
OTHER_SIDE: Final = 0.7
"""The other hand it is if it fits so much better, as a share of the error."""


@dataclass(frozen=True)
class HandFit:
    """A hand fitted to points; `hand(**fit.pose)` poses it.

    `batch` is the points' own batch shape: their last dimension is time, those before it are sequences, each with its
    own person.
    """

    betas: Float[Tensor, "*sequences 10"]
    """Shape of each sequence's hand, in standard deviations."""
    global_orient: Float[Tensor, "*batch 3"]
    hand_pose: Float[Tensor, "*batch 15 3"]
    transl: Float[Tensor, "*batch 3"]
    keypoints: Float[Tensor, "*batch 21 3"]
    """Of the fitted hand, metres."""
    completed: Float[Tensor, "*batch 21 3"]
    """The points as they should have been: without noise and gaps, but with the tracker's own lengths of bones."""
    stretch: Float[Tensor, "*sequences 20"]
    """How much longer the tracker's bones are than the hand's, as a share; bone i ends at keypoint i + 1."""
    distance: Float[Tensor, "*batch 21"]
    """From each point to its place in `completed`, metres; NaN where it was not seen."""
    at_limit: Bool[Tensor, "*batch 15 3"]
    """Angles (flexion, abduction, twist) that stopped at a limit of their joint."""
    noise: Float[Tensor, "*sequences"]
    """Estimated noise of one coordinate of one point, metres."""

    @property
    def pose(self) -> dict[str, Tensor]:
        """What `hand(...)` takes: betas, global_orient, hand_pose, transl."""
        frames = self.global_orient.ndim - self.betas.ndim
        betas = self.betas[..., None, :] if frames else self.betas
        return {"betas": betas} | {name: getattr(self, name) for name in ("global_orient", "hand_pose", "transl")}

    @property
    def unreached(self) -> Bool[Tensor, "*batch 21"]:
        """Points more than 10 to 30 mm (five times the noise) from where the fitted hand could bring them."""
        reach = (5 * self.noise).clamp(REACH, 3 * REACH)
        frames = self.distance.ndim - reach.ndim
        return self.distance > reach.reshape(*reach.shape, *[1] * frames)  # NaN is not greater

    def report(self) -> str:
        """What was reached and what was not, in a few lines."""
        seen = ~self.distance.isnan()
        off = 1000 * self.distance[seen].double()
        frames = self.distance[..., 0].numel()
        noise, stretch = 1000 * float(self.noise.max()), 100 * float(self.stretch.abs().max())
        lines = [
            f"{frames} frame{'s' if frames > 1 else ''}, {int(seen.sum())} of {seen.numel()} points seen; "
            f"noise {noise:.2g} mm, bones off by up to {stretch:.1f} %",
            f"distance to the points: median {off.median():.2g} mm, 95 % below {off.quantile(0.95):.2g} mm, "
            f"worst {off.max():.2g} mm",
            *(["this is no hand, or not at this rate: check the order, the unit and fps"] if noise > 15 else []),
            *([FAR_SHAPE] if self.betas.abs().max() > 5 else []),
            *_worst_points(self.unreached, self.distance),
            *_limits_met(self.at_limit),
        ]
        return "\n".join(lines)


def _worst_points(unreached: Bool[Tensor, "*batch 21"], distance: Float[Tensor, "*batch 21"]) -> list[str]:
    flat = unreached.reshape(-1, NUM_KEYPOINTS)
    counts = flat.sum(0)
    return [
        f"not reached: {KEYPOINT_NAMES[k]} in {int(counts[k])} of {len(flat)} frames, by up to "
        f"{1000 * float(distance.reshape(-1, NUM_KEYPOINTS)[flat[:, k], k].max()):.0f} mm"
        for k in counts.argsort(descending=True).tolist()
        if counts[k] > 0
    ]


def _limits_met(at_limit: Bool[Tensor, "*batch 15 3"]) -> list[str]:
    """Flexions and abductions that met a limit in more than a tenth of the frames."""
    share = at_limit.reshape(-1, 15, 3).double().mean(0)[:, :2]
    met = [(float(s), j, k) for j, row in enumerate(share) for k, s in enumerate(row) if s > 0.1]
    return [
        f"at its limit: {ANGLE_NAMES[k]} of {JOINT_NAMES[j + 1]} in {100 * s:.0f} % of the frames"
        for s, j, k in sorted(met, reverse=True)
    ]


def fit(
    keypoints: Float[Tensor, "*batch points 3"] | npt.NDArray[np.floating],
    *,
    order: str = "hands",
    hand: Hand | None = None,
    seen: Bool[Tensor, "*batch points"] | npt.NDArray[np.bool_] | None = None,
    fps: float | None = None,
    betas: Float[Tensor, "*sequences 10"] | npt.NDArray[np.floating] | None = None,
) -> HandFit:
    """The most probable hand behind keypoints.

    Args:
        keypoints: (points, 3) of one frame, (T, points, 3) of a sequence of one person's hand, or (..., T, points, 3)
            of several, each with its own person; in any right-handed frame, in the order's unit.
        order: how the points are listed: "hands" (our 21), "mediapipe", "openxr", "webxr", "leap" or "interhand"; see
            `hands.mano.keypoint_orders`.
        hand: whose model and side are used; the default right hand if not given. Give `mano.load(side="left")` for
            points of a left hand.
        seen: which points are there. Those that are not may be anything, NaN too.
        fps: frames per second of a sequence; with it the motion is smooth, and gaps are bridged. Without it the frames
            have only the person in common.
        betas: the person's shape, if known; it then stays.

    Returns:
        The hand, and how well it was reached; `print(fit.report())`. Everything in metres and radians, in the dtype of
        the hand.

    Raises:
        KeypointsError: NaN where a point was seen, a unit that makes no hand, too few points, points of the other hand.
        ValueError: an argument of the wrong shape, or an order that does not exist.

    Example:
        >>> hand = load(dtype=torch.float64)
        >>> found = fit(1000 * hand.keypoints(), order="leap", hand=hand)
        >>> bool((found.distance < 0.0005).all())
        True

    Memory: about 0.4 MB a frame; fit long recordings in pieces, the later ones with `betas` of the first.
    """
    if fps is not None and not 0 < fps < 10_000:
        raise ValueError(f"fps is {fps}, expected frames per second, or None")
    points = read_points(keypoints, seen, order, fps)
    known = None if betas is None else read_betas(betas, points.batch)
    hand = hand or load()
    model = FitModel(hand)
    solution = _solve(model, points, fps, known)
    if float(solution.noise.max()) > MIRROR_NOISE:
        _refuse_other_side(model, points, solution, hand)
    return _answer(model, points, solution, hand)


def _solve(model: FitModel, points: TrackedPoints, fps: float | None, betas: Tensor | None = None) -> Solution:
    with threadpool_limits(1):  # the matrices are small: on a busy machine more threads wait for each other for seconds
        start = nearest_key_poses(model, points, fps, betas)
        return solve(Problem(model, points.xyz, points.seen, fps, betas is not None), start)


def _refuse_other_side(model: FitModel, points: TrackedPoints, solution: Solution, hand: Hand) -> None:
    """Points that fit badly may be a mirrored hand's: try both on some frames of the worst sequence.

    With the mean hand and its own skeleton, since a free skeleton can bend far towards the wrong side.
    """
    n = int(solution.noise.argmax())
    usable = (points.seen[n].sum(-1) >= FEWEST_POINTS).nonzero()[:, 0]
    few = usable[torch.linspace(0, len(usable) - 1, min(len(usable), 20)).long()]
    some = points._replace(xyz=points.xyz[n : n + 1, few], seen=points.seen[n : n + 1, few])
    mirrored = some._replace(xyz=some.xyz * torch.from_numpy(MIRROR))
    ours, theirs = (_plain_error_mm(model, those) for those in (some, mirrored))
    if theirs < OTHER_SIDE * ours:
        other = "left" if hand.side == "right" else "right"
        raise KeypointsError(
            f"the points look like a {other} hand's: off by {ours:.1f} mm as they are, {theirs:.1f} mm mirrored; pass "
            f"hand=mano.load(side={other!r}), or mirror the points if the tracker's axes are left-handed"
        )


def _plain_error_mm(model: FitModel, points: TrackedPoints) -> float:
    with threadpool_limits(1):
        start = nearest_key_poses(model, points, None)
        known = Problem(model, points.xyz, points.seen, None, skeleton_known=True)
        return 1000 * float(solve(known, start).noise)


def _answer(model: FitModel, points: TrackedPoints, solution: Solution, hand: Hand) -> HandFit:
    """The solution in the batch shape of the points and the dtype of the hand."""
    state, batch, sequences = solution.state, points.batch, points.batch[:-1]
    low, high = limits()
    distance = (solution.points.modelled - points.xyz).norm(dim=-1)
    longer = bone_vectors(solution.points.modelled).norm(dim=-1) / bone_vectors(solution.points.keypoints).norm(dim=-1)

    def shaped(tensor: Tensor, lead: tuple[int, ...], dims: int) -> Tensor:
        shape = (*lead, *tensor.shape[tensor.ndim - dims :])
        return tensor.reshape(shape) if tensor.dtype == torch.bool else tensor.to(hand.blend).reshape(shape)

    return HandFit(
        betas=shaped(state.betas, sequences, 1),
        global_orient=shaped(roma.rotmat_to_rotvec(state.rotmat), batch, 1),
        hand_pose=shaped(angles_to_hand_pose(model.axes, state.angles), batch, 2),
        transl=shaped(state.transl, batch, 1),
        keypoints=shaped(solution.points.keypoints, batch, 2),
        completed=shaped(solution.points.modelled, batch, 2),
        stretch=shaped(longer[:, 0] - 1, sequences, 1),
        distance=shaped(torch.where(points.seen, distance, torch.nan), batch, 1),
        at_limit=shaped((state.angles <= low + 1e-6) | (state.angles >= high - 1e-6), batch, 2),
        noise=shaped(solution.noise, sequences, 0),
    )
