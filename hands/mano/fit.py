"""Fitting a hand to points: pose, shape and place from keypoints, however a tracker lists them.

The forward direction, from pose to points, is a formula. The way back is a search, since points say little about the
twist of a finger, nothing about what they miss, and carry noise. `fit` looks for the most probable hand: within the
limits of its joints, near the relaxed hand where the points are silent, smooth over time where it is told the frame
rate, and with bones that may be off by a few percent, since a tracker's skeleton is nobody's hand.

The method is in `hands.mano.fit_solver`, the model in `hands.mano.fit_model`. Explained in the book: *Fitting a hand to
points*.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import roma
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from hands.conventions import JOINT_NAMES, KEYPOINT_NAMES, NUM_BETAS, NUM_KEYPOINTS
from hands.mano.anatomy import ANGLE_NAMES, angles_to_hand_pose, limits
from hands.mano.fit_model import FitModel, State
from hands.mano.fit_solver import Problem, Solution, solve
from hands.mano.gestures import PRESETS, key_angles
from hands.mano.hand import Hand, load
from hands.mano.keypoint_orders import KEYPOINT_ORDERS, KeypointOrder

HAND_SIZE: Final = (0.03, 0.5)
"""Metres: how far apart the two farthest points of a hand can be."""
FEWEST_POINTS: Final = 3
REACH: Final = 0.01
"""Metres: a point further than this from its place in the fitted hand, and than noise explains, was not reached."""
MIRROR_NOISE: Final = 0.006
"""Metres: points that fit worse than this may be those of the other hand."""


class KeypointsError(ValueError):
    """The points cannot be those of one hand; the message says which, where, and what to do."""


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
        """Points more than 10 mm, and more than five times the noise, from where the fitted hand could bring them."""
        reach = (5 * self.noise).clamp(min=REACH)
        frames = self.distance.ndim - reach.ndim
        return self.distance > reach.reshape(*reach.shape, *[1] * frames)  # NaN is not greater

    def report(self) -> str:
        """What was reached and what was not, in a few lines."""
        seen = ~self.distance.isnan()
        off = 1000 * self.distance[seen].double()
        lines = [
            f"{self.distance[..., 0].numel()} frames, {int(seen.sum())} of {seen.numel()} points seen; noise "
            f"{1000 * float(self.noise.mean()):.2g} mm, bones off by up to {100 * float(self.stretch.abs().max()):.2g} %",
            f"distance to the points: median {off.median():.2g} mm, 95 % below {off.quantile(0.95):.2g} mm, "
            f"worst {off.max():.2g} mm",
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
    betas: Float[Tensor, "*sequences 10"] | None = None,
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
    hand = hand or load()
    points = _read(keypoints, seen, order)
    if fps is not None and not 0 < fps < 10_000:
        raise ValueError(f"fps is {fps}, expected frames per second, or None")
    _check(points, fps)
    model = FitModel(hand)
    start = _start(model, points)
    if betas is not None:
        start = replace(start, betas=_known_betas(betas, points))
    solution = solve(Problem(model, points.xyz, points.seen, fps, betas is not None), start)
    _check_side(model, points, solution, hand)
    return _answer(model, points, solution, hand)


class _Read(NamedTuple):
    """Points as the solver takes them, N sequences of T frames, and the batch shape as it came."""

    xyz: Float[Tensor, "N T 21 3"]
    seen: Bool[Tensor, "N T 21"]
    batch: tuple[int, ...]


def _read(keypoints: object, seen: object, order: str) -> _Read:
    """Our 21 keypoints in metres from any order's points."""
    if order not in KEYPOINT_ORDERS:
        raise ValueError(f"there is no order {order!r}; there are {', '.join(KEYPOINT_ORDERS)}")
    listed = KEYPOINT_ORDERS[order]
    xyz = torch.as_tensor(keypoints)
    expected = (len(listed.names), 3)
    if xyz.shape[-2:] != expected or not xyz.is_floating_point() or not xyz.numel():
        raise ValueError(
            f"keypoints are {xyz.dtype} of shape {tuple(xyz.shape)}, expected floats (..., {expected[0]}, 3) in the "
            f"order {order!r}: {', '.join(listed.names)}"
        )
    present = torch.ones(xyz.shape[:-1], dtype=torch.bool) if seen is None else torch.as_tensor(seen)
    if present.shape != xyz.shape[:-1] or present.dtype != torch.bool:
        raise ValueError(
            f"seen is {present.dtype} of shape {tuple(present.shape)}, expected bool {tuple(xyz.shape[:-1])}"
        )
    _refuse_not_finite(xyz, present, listed)
    picks = [listed.ours.index(k) for k in range(NUM_KEYPOINTS)]
    batch = tuple(xyz.shape[:-2])
    frames = batch[-1] if batch else 1
    ours = listed.metres * xyz[..., picks, :].detach().cpu().double().reshape(-1, frames, NUM_KEYPOINTS, 3)
    there = present[..., picks].cpu().reshape(-1, frames, NUM_KEYPOINTS)
    return _Read(torch.where(there[..., None], ours, 0.0), there, batch)


def _refuse_not_finite(xyz: Tensor, seen: Tensor, order: KeypointOrder) -> None:
    bad = (~xyz.isfinite().all(-1) & seen).nonzero()
    if len(bad):
        *frame, point = bad[0].tolist()
        raise KeypointsError(
            f"{order.names[point]}{_at(frame)} is {xyz[tuple(bad[0])].tolist()}, and {len(bad) - 1} more points are not "
            "numbers either; say in `seen` which points are missing"
        )


def _at(frame: list[int]) -> str:
    """Where in a batch, for a message."""
    return f" of frame {frame[0] if len(frame) == 1 else tuple(frame)}" if frame else ""


def _check(points: _Read, fps: float | None) -> None:
    """Refuse points that no hand can have."""
    counts = points.seen.sum(-1)
    most = counts.amax(1) if fps else counts.amin(1)
    if (most < FEWEST_POINTS).any():
        n = int((most < FEWEST_POINTS).nonzero()[0])
        t = int(counts[n].argmin())
        where = _at([*([n] if len(points.batch) > 1 else []), t])
        raise KeypointsError(
            f"only {int(counts[n, t])} points{where} were seen, and {FEWEST_POINTS} are the least that place a hand; "
            + ("give more" if fps else "leave such frames out, or give `fps`, so that their neighbours help")
        )
    for n, (xyz, seen) in enumerate(zip(points.xyz, points.seen, strict=True)):
        across = torch.stack([torch.pdist(x[s]).amax() for x, s in zip(xyz, seen, strict=True) if s.sum() > 1])
        size, (least, most_size) = float(across.median()), HAND_SIZE
        if not least < size < most_size:
            which = f" of sequence {n}" if len(points.batch) > 1 else ""
            hint = "millimetres, or pixels?" if size > most_size else "not metres?"
            raise KeypointsError(
                f"the points{which} lie {size:.3g} m apart, and a hand is 0.1 to 0.25 m across: are they {hint} Bring them "
                "to metres, or name the order that has their unit"
            )


def _known_betas(betas: Tensor, points: _Read) -> Float[Tensor, "N 10"]:
    sequences = points.batch[:-1]
    if betas.shape not in {(NUM_BETAS,), (*sequences, NUM_BETAS)}:
        raise ValueError(f"betas have shape {tuple(betas.shape)}, expected {(*sequences, NUM_BETAS)}")
    return betas.detach().cpu().double().expand(*sequences, NUM_BETAS).reshape(-1, NUM_BETAS)


def _start(model: FitModel, points: _Read) -> State:
    """Of the presets, turned and moved onto each frame's points, the nearest one."""
    xyz, seen = _bridged(points)
    weights = seen.double() + 1e-9
    N, T = xyz.shape[:2]
    low, high = limits()
    best, least = None, torch.full((N, T), torch.inf, dtype=torch.float64)
    for name in PRESETS:
        angles = torch.deg2rad(key_angles(name)).clamp(low, high).expand(N, T, 15, 3)
        state = State(
            angles,
            torch.eye(3, dtype=torch.float64).expand(N, T, 3, 3),
            torch.zeros(N, T, 3, dtype=torch.float64),
            torch.zeros(N, NUM_BETAS, dtype=torch.float64),
            torch.zeros(N, NUM_KEYPOINTS - 1, dtype=torch.float64),
        )
        template = model.points(state).keypoints
        rotmat, shift = roma.rigid_points_registration(template, xyz, weights=weights)
        placed = template @ rotmat.mT + shift[..., None, :]
        state = replace(state, rotmat=rotmat, transl=placed[..., 0, :] - template[..., 0, :])
        error = (weights * (placed - xyz).square().sum(-1)).sum(-1)
        nearer = error < least
        best = state if best is None else _nearer(nearer, state, best)
        least = torch.minimum(error, least)
    assert best is not None
    return best


def _nearer(chosen: Bool[Tensor, "N T"], new: State, old: State) -> State:
    return replace(
        old,
        angles=torch.where(chosen[..., None, None], new.angles, old.angles),
        rotmat=torch.where(chosen[..., None, None], new.rotmat, old.rotmat),
        transl=torch.where(chosen[..., None], new.transl, old.transl),
    )


def _bridged(points: _Read) -> tuple[Float[Tensor, "N T 21 3"], Bool[Tensor, "N T 21"]]:
    """Points with their gaps bridged by straight lines over time, good enough to start from."""
    xyz = points.xyz.numpy().copy()
    times = np.arange(xyz.shape[1])
    for n, k in points.seen.any(1).nonzero().tolist():
        there = points.seen[n, :, k].numpy()
        for axis in range(3):
            xyz[n, :, k, axis] = np.interp(times, times[there], xyz[n, there, k, axis])
    return torch.from_numpy(xyz), points.seen.any(1, keepdim=True).expand_as(points.seen)


def _check_side(model: FitModel, points: _Read, solution: Solution, hand: Hand) -> None:
    """Points that fit badly may be a mirrored hand's: try both on some frames."""
    n = int(solution.noise.argmax())
    if float(solution.noise[n]) < MIRROR_NOISE:
        return
    few = torch.linspace(0, points.xyz.shape[1] - 1, min(points.xyz.shape[1], 20)).long()
    some = _Read(points.xyz[n : n + 1, few], points.seen[n : n + 1, few], points.batch)
    mirrored = some._replace(xyz=some.xyz * torch.tensor([-1.0, 1, 1], dtype=torch.float64))
    ours, theirs = (float(solve(Problem(model, p.xyz, p.seen, None), _start(model, p)).noise) for p in (some, mirrored))
    if theirs < 0.5 * ours:
        other = "left" if hand.side == "right" else "right"
        raise KeypointsError(
            f"the points look like a {other} hand's: off by {1000 * ours:.1f} mm as they are, {1000 * theirs:.1f} mm "
            f"mirrored; pass hand=mano.load(side={other!r}), or mirror the points if the tracker's axes are left-handed"
        )


def _answer(model: FitModel, points: _Read, solution: Solution, hand: Hand) -> HandFit:
    """The solution in the batch shape of the points and the dtype of the hand."""
    state, batch, sequences = solution.state, points.batch, points.batch[:-1]
    low, high = limits()
    distance = (solution.points.modelled - points.xyz).norm(dim=-1)

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
        stretch=shaped(state.stretch, sequences, 1),
        distance=shaped(torch.where(points.seen, distance, torch.nan), batch, 1),
        at_limit=shaped((state.angles <= low + 1e-6) | (state.angles >= high - 1e-6), batch, 2),
        noise=shaped(solution.noise, sequences, 0),
    )
