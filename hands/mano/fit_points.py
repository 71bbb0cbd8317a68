"""Points of trackers as the fitter takes them: read from any order, checked, in metres.

Bad input is refused here, by name, before anything is computed.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from hands.conventions import NUM_BETAS, NUM_KEYPOINTS
from hands.mano.keypoint_orders import KEYPOINT_ORDERS, KeypointOrder

HAND_SIZE: Final = (0.03, 0.5)
"""Metres: how far apart the two farthest points of a hand can be."""
NO_SIZE: Final = 0.001
FARTHEST: Final = 100.0
"""Metres: no frame's points lie so near together, and none so far apart."""
FEWEST_POINTS: Final = 3


class KeypointsError(ValueError):
    """The points cannot be those of one hand; the message says which, where, and what to do."""


class TrackedPoints(NamedTuple):
    """Points as the solver takes them, N sequences of T frames, and the batch shape as it came."""

    xyz: Float[Tensor, "N T 21 3"]
    seen: Bool[Tensor, "N T 21"]
    batch: tuple[int, ...]


def read_points(keypoints: object, seen: object, order: str, fps: float | None) -> TrackedPoints:
    """Our 21 keypoints in metres from any order's points.

    Raises:
        KeypointsError: no hand can have these points.
        ValueError: there is no such order, or a shape or dtype does not fit.
    """
    if order not in KEYPOINT_ORDERS:
        raise ValueError(f"there is no order {order!r}; there are {', '.join(KEYPOINT_ORDERS)}")
    listed = KEYPOINT_ORDERS[order]
    xyz = torch.as_tensor(keypoints).detach().cpu()
    expected = (len(listed.names), 3)
    if xyz.shape[-2:] != expected or not xyz.is_floating_point() or not xyz.numel():
        raise ValueError(
            f"keypoints are {xyz.dtype} of shape {tuple(xyz.shape)}, expected floats (..., {expected[0]}, 3) in the "
            f"order {order!r}: {', '.join(listed.names)}"
        )
    there = _read_seen(seen, tuple(xyz.shape[:-1]))
    _refuse_not_finite(xyz, there, listed)
    picks = [listed.ours.index(k) for k in range(NUM_KEYPOINTS)]
    batch = tuple(xyz.shape[:-2])
    ours = listed.metres * xyz[..., picks, :].double().reshape(-1, *(batch[-1:] or (1,)), NUM_KEYPOINTS, 3)
    there = there[..., picks].reshape(ours.shape[:-1])
    points = TrackedPoints(torch.where(there[..., None], ours, 0.0), there, batch)
    _refuse_too_few(points, fps)
    _refuse_other_sizes(points)
    return points


def read_betas(betas: object, batch: tuple[int, ...]) -> Float[Tensor, "N 10"]:
    """A known shape for every sequence of a batch."""
    sequences = batch[:-1]
    known = torch.as_tensor(betas).detach().cpu().double()
    if known.shape not in {(NUM_BETAS,), (*sequences, NUM_BETAS)} or not known.isfinite().all():
        raise ValueError(f"betas have shape {tuple(known.shape)}, expected {(*sequences, NUM_BETAS)}, and no NaN")
    return known.expand(*sequences, NUM_BETAS).reshape(-1, NUM_BETAS)


def _read_seen(seen: object, shape: tuple[int, ...]) -> Bool[Tensor, "*batch points"]:
    there = torch.ones(shape, dtype=torch.bool) if seen is None else torch.as_tensor(seen).cpu()
    if there.shape != shape or there.dtype != torch.bool:
        raise ValueError(f"seen is {there.dtype} of shape {tuple(there.shape)}, expected bool {shape}")
    return there


def _refuse_not_finite(xyz: Tensor, seen: Tensor, order: KeypointOrder) -> None:
    bad = (~xyz.isfinite().all(-1) & seen).nonzero()
    if len(bad):
        *frame, point = bad[0].tolist()
        more = f", and {len(bad) - 1} more points are no numbers" if len(bad) > 1 else ""
        raise KeypointsError(
            f"{order.names[point]}{_at(frame)} is {xyz[tuple(bad[0])].tolist()}{more}; say in `seen` which are missing"
        )


def _at(frame: list[int]) -> str:
    """Where in a batch, for a message."""
    return f" of frame {frame[0] if len(frame) == 1 else tuple(frame)}" if frame else ""


def _refuse_too_few(points: TrackedPoints, fps: float | None) -> None:
    """Each frame must place a hand, or have neighbours that do."""
    counts = points.seen.sum(-1)
    enough = counts >= FEWEST_POINTS
    poor = ~(enough.any(1, keepdim=True) if fps else enough).expand_as(enough)
    if poor.any():
        n, t = poor.nonzero()[0].tolist()
        frame = ([n] if len(points.batch) > 1 else []) + ([t] if points.batch else [])
        raise KeypointsError(
            f"only {int(counts[n, t])} points{_at(frame)} were seen, and {FEWEST_POINTS} are the least that place a "
            "hand; leave such frames out, or give `fps`, so that their neighbours help"
        )


def _refuse_other_sizes(points: TrackedPoints) -> None:
    for n, (xyz, seen) in enumerate(zip(points.xyz, points.seen, strict=True)):
        sizes = [float(torch.pdist(x[s]).amax()) if s.sum() > 1 else math.nan for x, s in zip(xyz, seen, strict=True)]
        size = float(np.nanmedian(sizes))
        if not HAND_SIZE[0] < size < HAND_SIZE[1]:
            which = f" of sequence {n}" if len(points.batch) > 1 else ""
            hint = "are they millimetres, or pixels?" if size > HAND_SIZE[1] else "are they metres already?"
            raise KeypointsError(
                f"the points{which} are spread over {size:.3g} m, and a hand over 0.1 to 0.25 m: {hint} Bring them to "
                "metres, or name the order that has their unit"
            )
        for t, (size, count) in enumerate(zip(sizes, seen.sum(-1), strict=True)):
            if count >= FEWEST_POINTS and (size < NO_SIZE or size > FARTHEST):
                frame = ([n] if len(points.batch) > 1 else []) + [t]
                what = (
                    "all in one place, as trackers write a hand that they lost" if size < NO_SIZE else "too far apart"
                )
                raise KeypointsError(f"the points{_at(frame)} are {what}; say in `seen` that they are missing")
