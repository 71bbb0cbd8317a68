r"""Levenberg and Marquardt's method for hands in sequences: the most probable state given noisy points.

With residuals r = q - observed over the points that were seen, the state minimises

$$
\begin{aligned}
& \sum \frac{w\,|r|^2}{2\sigma^2} + \sum \frac{(a - a_0)^2}{2\,s_a^2} + \frac{|\beta|^2}{2} \\
& + \frac{|D\,y_s|^2}{2\,s_D^2} + \sum \frac{y_s^2}{2\,s_s^2}
  + \sum \Big( \frac{|\dot x|^2}{2\,s_v^2} + \frac{|\ddot x|^2}{2\,s_a^2} \Big),
\end{aligned}
$$

inside the limits of the joints. $D\,y_s$ is how far the tracker's skeleton $y_s$ (stretches, knuckles) puts points from
the hand's. The noise $\sigma$ and $s_D$ are estimated along the way, from large to small, so that early steps lean
on the prior and late ones on the points; the weights w (Cauchy's) let go of points that nothing can explain. A step
solves the normal equations

$$ \begin{bmatrix} A & B \\ B^T & C \end{bmatrix} \begin{bmatrix} dx \\ dy \end{bmatrix}
 = -\begin{bmatrix} g \\ h \end{bmatrix} $$

where A couples a frame only with its neighbours, so it is a band, and C is small: first the band, then the corner.

Source: Marquardt 1963; Madsen, Nielsen and Tingleff 2004 (damping by trial). Explained in the book: *Fitting a hand to
points*.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import scipy.linalg
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import pad

from hands.conventions import NUM_BETAS, NUM_KEYPOINTS
from hands.mano.anatomy import limits
from hands.mano.fit_model import NUM_ANGLES, PER_FRAME, SHARED, FitModel, Points, State, changes, moved
from hands.mano.gestures import key_angles
from hands.mano.mesh import Mask
from hands.mano.model_data import Array

MAX_STEPS: Final = 60
FIRST_NOISE: Final = 0.01
LEAST_NOISE: Final = 0.0002
"""Metres, of one coordinate: what is believed at first, and what is taken for exact."""
MOST_SKELETON: Final = 0.005
LEAST_SKELETON: Final = 0.0001
"""Metres, of one coordinate: how far a tracker's skeleton puts the keypoints from the hand's, at first and at least."""
STRETCH_SD: Final = 0.1
"""Of one bone, as a share of its length."""
KNUCKLE_SD: Final = 0.005
PALM_TURN_SD: Final = 0.0003
"""Metres: of one knuckle, and of the five by a turn of all, which would be the wrist's."""
OUTLIER: Final = 5.0
"""At this many sigmas from its place a point counts half."""
SPEED_SD: Final = (6.0, 6.0, 1.0)
ACCELERATION_SD: Final = (60.0, 60.0, 4.0)
"""How fast joints and the wrist's orientation turn (rad/s, rad/s^2) and its position moves (m/s, m/s^2) in a busy hand.
Speeds let a hand come to rest where no point is left to follow."""
STAY: Final = 0.01
"""Added to the curvature of every unknown of a frame, so that what no point and no prior speaks of stays as it is."""
DEGREES_OF_FREEDOM: Final = 28
"""What a frame by itself takes of its points' information: some 22 joint angles and 6 of place."""
FIRST_SQUARED: Final = ((1.0, 1.0), (-1.0,), ())
SECOND_SQUARED: Final = ((1.0, 4.0, 1.0), (-2.0, -2.0), (1.0,))
"""What each first or second difference adds to the diagonals of D^T D, main one first."""


@dataclass(frozen=True)
class Problem:
    """What is fitted to what."""

    model: FitModel
    observed: Float[Tensor, "N T 21 3"]  # metres; anything where not seen
    seen: Bool[Tensor, "N T 21"]
    fps: float | None  # frames per second; None leaves frames unconnected
    betas_known: bool = False  # the start's betas stay
    skeleton_known: bool = False  # its stretches and knuckles stay too

    @property
    def is_smooth(self) -> bool:
        """Whether frames know of their neighbours."""
        return self.fps is not None and self.observed.shape[1] > 1

    @cached_property
    def displacements(self) -> Float[Tensor, "63 35"]:
        """What stretches and knuckles do to the keypoints, metres."""
        return self.model.displacements()

    @cached_property
    def skeleton_precision(self) -> Float[Tensor, "35 35"]:
        """What is known of any tracker's skeleton: bones are not much off, and knuckles do not turn all together."""
        rest = self.model.hand.keypoints()
        arms = rest[[1, 5, 9, 13, 17]] - rest[0]
        axes = torch.eye(3, dtype=arms.dtype)
        turns = torch.stack([torch.linalg.cross(axis.expand_as(arms), arms).flatten() for axis in axes])
        Q = torch.linalg.qr(turns.T).Q
        knuckles = torch.eye(len(Q), dtype=Q.dtype) / KNUCKLE_SD**2 + Q @ Q.T / PALM_TURN_SD**2
        return torch.block_diag(torch.eye(NUM_KEYPOINTS - 1, dtype=Q.dtype) / STRETCH_SD**2, knuckles)

    def smoothness(self) -> Float[Tensor, "2 51"]:
        """Weights of the squared first and second differences of a frame's unknowns."""
        sd = torch.tensor([SPEED_SD, ACCELERATION_SD], dtype=torch.float64).repeat_interleave(
            torch.tensor([NUM_ANGLES, 3, 3]), 1
        )
        rate = self.fps or 1.0
        return (sd / torch.tensor([[rate], [rate**2]], dtype=torch.float64)) ** -2


@dataclass(frozen=True)
class Solution:
    """Where the solver stands."""

    state: State
    points: Points
    noise: Float[Tensor, " N"]  # of one coordinate, metres
    skeleton_sd: Float[Tensor, " N"]  # of one coordinate that the tracker's skeleton moves, metres


@dataclass(frozen=True)
class Normal:
    """The normal equations of N sequences."""

    A: Float[Tensor, "N T 51 51"]
    B: Float[Tensor, "N T 51 45"]
    C: Float[Tensor, "N 45 45"]
    g: Float[Tensor, "N T 51"]
    h: Float[Tensor, "N 45"]


def angle_prior() -> tuple[Float[Tensor, "15 3"], Float[Tensor, "15 3"]]:
    """Mean and standard deviation of every angle, radians: the relaxed hand, and a quarter of the joint's range."""
    low, high = limits()
    return torch.deg2rad(key_angles("relaxed")), (high - low) / 4


def solve(problem: Problem, start: State) -> Solution:
    """The most probable state of each sequence, by itself."""
    ones = torch.ones(len(problem.observed), dtype=torch.float64)
    here = Solution(start, problem.model.points(start), FIRST_NOISE * ones, MOST_SKELETON * ones)
    damping, done = 1e-3 * ones, ones < 0
    for _ in range(MAX_STEPS):
        weights = _weights(problem, here)
        state = _step(problem, here, weights, damping)
        there = replace(here, state=state, points=problem.model.points(state))
        before, after = (_cost(problem, solution, weights) for solution in (here, there))
        better = (after <= before) & ~done
        fresh = _spreads(problem, there, weights)
        still = (fresh.noise / here.noise - 1).abs() + (fresh.skeleton_sd / here.skeleton_sd - 1).abs() < 0.02
        done = done | (better & still & (before - after < 1e-5 * before)) | (damping > 1e6)
        here = _chosen(better, fresh, here)
        damping = torch.where(better, damping / 5, damping * 5)
        if done.all():
            break
    return here


def _chosen(better: Bool[Tensor, " N"], new: Any, old: Any) -> Any:
    """Tensors, or records of tensors: of each sequence the new one if it is better, else the old."""
    if isinstance(new, Tensor):
        return torch.where(better.view(-1, *[1] * (new.ndim - 1)), new, old)
    return type(new)(*(_chosen(better, getattr(new, field.name), getattr(old, field.name)) for field in fields(new)))


def _residuals(problem: Problem, points: Points) -> Float[Tensor, "N T 21 3"]:
    return torch.where(problem.seen[..., None], points.modelled - problem.observed, 0.0)


def _weights(problem: Problem, solution: Solution) -> Float[Tensor, "N T 21"]:
    """One over the variance of each point, less for points far off, zero for points not seen."""
    squared = _residuals(problem, solution.points).square().sum(-1)
    variance = solution.noise.square()[:, None, None]
    return problem.seen / variance / (1 + squared / (OUTLIER**2 * variance))


def _spreads(problem: Problem, solution: Solution, weights: Float[Tensor, "N T 21"]) -> Solution:
    """The solution with the noise and the skeleton that it speaks of; both may only fall slowly."""
    share = weights * solution.noise.square()[:, None, None]
    squared = (share * _residuals(problem, solution.points).square().sum(-1)).sum((1, 2))
    numbers, frames = 3 * share.sum((1, 2)), problem.seen.any(-1).sum(1)
    taken = DEGREES_OF_FREEDOM * frames * (0.5 if problem.is_smooth else 1.0)
    noise = (squared / (numbers - torch.minimum(taken, 0.6 * numbers)).clamp(min=1)).sqrt()
    skeleton_sd = (solution.state.skeleton @ problem.displacements.T).square().mean(1).sqrt()
    return replace(
        solution,
        noise=noise.clamp(min=LEAST_NOISE).maximum(0.3 * solution.noise),
        skeleton_sd=skeleton_sd.clamp(LEAST_SKELETON, MOST_SKELETON).maximum(0.5 * solution.skeleton_sd),
    )


def _cost(problem: Problem, solution: Solution, weights: Float[Tensor, "N T 21"]) -> Float[Tensor, " N"]:
    """Half the sum of squares that is minimised, of each sequence."""
    state = solution.state
    mean, sd = angle_prior()
    twice = (weights * _residuals(problem, solution.points).square().sum(-1)).sum((1, 2))
    twice = twice + ((state.angles - mean) / sd).square().sum((1, 2, 3))
    shared = torch.cat([state.betas, state.skeleton], 1)
    twice = twice + torch.einsum("ni,nij,nj->n", shared, _shared_precision(problem, solution), shared)
    if problem.is_smooth:
        moves, (slow, even) = changes(state), problem.smoothness()
        twice = twice + (slow * moves.square()).sum((1, 2)) + (even * moves.diff(dim=1).square()).sum((1, 2))
    return twice / 2


def _step(
    problem: Problem, solution: Solution, weights: Float[Tensor, "N T 21"], damping: Float[Tensor, " N"]
) -> State:
    """One damped step, stopped at the limits of the joints."""
    normal = _with_priors(problem, solution, _from_points(problem, solution, weights))
    held = _held(solution.state, normal.g)
    smoothness = problem.smoothness().numpy() if problem.is_smooth else None
    steps = [
        _solve_arrow(
            Normal(*(getattr(normal, f.name)[i : i + 1] for f in fields(normal))), held[i], float(d), smoothness
        )
        for i, d in enumerate(damping)
    ]
    frame_steps, shared_steps = (torch.from_numpy(np.stack(parts)) for parts in zip(*steps, strict=True))
    state = moved(solution.state, frame_steps, shared_steps)
    low, high = limits()
    return replace(state, angles=state.angles.clamp(low, high))


def _from_points(problem: Problem, solution: Solution, weights: Float[Tensor, "N T 21"]) -> Normal:
    """What the points say: J^T J and J^T r."""
    root = weights.sqrt().repeat_interleave(3, -1)[..., None]
    J = root * problem.model.frame_jacobian(solution.state, solution.points)
    S = root * problem.model.shared_jacobian(solution.state, solution.points)
    r = root * _residuals(problem, solution.points).flatten(2)[..., None]
    if problem.betas_known:
        S[..., :NUM_BETAS] = 0
    if problem.skeleton_known:
        S[..., NUM_BETAS:] = 0
    return Normal(J.mT @ J, J.mT @ S, (S.mT @ S).sum(1), (J.mT @ r)[..., 0], (S.mT @ r)[..., 0].sum(1))


def _with_priors(problem: Problem, solution: Solution, normal: Normal) -> Normal:
    """Add what is known of angles, shapes, stretches and of how hands move; in place."""
    state = solution.state
    mean, sd = angle_prior()
    normal.A.diagonal(dim1=-2, dim2=-1)[..., :NUM_ANGLES] += (sd**-2).flatten()
    normal.g[..., :NUM_ANGLES] += ((state.angles - mean) / sd**2).flatten(2)
    precision = _shared_precision(problem, solution)
    shared = torch.cat([state.betas, state.skeleton], 1)
    free = torch.ones_like(shared)
    free[:, :NUM_BETAS] = not problem.betas_known
    free[:, NUM_BETAS:] = not problem.skeleton_known
    normal.C.add_(precision)
    normal.h.add_(free * (precision @ shared[..., None])[..., 0])
    if problem.is_smooth:  # its part of A reaches over three frames; see _band
        moves, (slow, even) = changes(state), problem.smoothness()
        normal.g.add_(_pulls(slow * moves + _pulls(even * moves.diff(dim=1))))
    return normal


def _shared_precision(problem: Problem, solution: Solution) -> Float[Tensor, "N 45 45"]:
    """What is known of shapes and skeletons before any point is seen."""
    D = problem.displacements
    skeleton = problem.skeleton_precision + D.T @ D * solution.skeleton_sd[:, None, None] ** -2
    betas = torch.diag(torch.arange(SHARED) < NUM_BETAS).double()
    return pad(skeleton, (NUM_BETAS, 0, NUM_BETAS, 0)) + betas


def _pulls(weighted: Float[Tensor, "N differences 51"]) -> Float[Tensor, "N frames 51"]:
    """D^T times weighted differences: each pulls at the two frames that it lies between."""
    return pad(weighted, (0, 0, 1, 0)) - pad(weighted, (0, 0, 0, 1))


def _held(state: State, g: Float[Tensor, "N T 51"]) -> Bool[Tensor, "N T 51"]:
    """Angles at a limit which the gradient would push beyond it: they sit this step out."""
    low, high = limits()
    uphill = g[..., :NUM_ANGLES].unflatten(-1, (15, 3))
    held = ((state.angles <= low) & (uphill > 0)) | ((state.angles >= high) & (uphill < 0))
    return torch.cat([held.flatten(2), torch.zeros_like(g[..., NUM_ANGLES:], dtype=torch.bool)], -1)


def _solve_arrow(
    normal: Normal, held: Bool[Tensor, "T 51"], damping: float, smoothness: Array | None
) -> tuple[Array, Array]:
    """One sequence's damped step (T, 51) and (45,): the band by Cholesky, the corner by Schur complement."""
    A, B, C, g, h = (getattr(normal, field.name)[0].numpy() for field in fields(normal))
    fixed = held.numpy()
    band = _band(np.where(fixed[..., None] | fixed[:, None], 0.0, A), fixed, damping, smoothness)
    rhs = np.where(fixed[..., None], 0.0, np.concatenate([g[..., None], B], -1)).reshape(-1, 1 + SHARED)
    factor = scipy.linalg.cholesky_banded(band, lower=True, overwrite_ab=True, check_finite=False)
    solved = scipy.linalg.cho_solve_banded((factor, True), rhs, check_finite=False)
    corner = C + damping * np.diag(np.diag(C)) - rhs[:, 1:].T @ solved[:, 1:]
    shared = np.linalg.solve(corner, h - rhs[:, 1:].T @ solved[:, 0])
    return (solved[:, 1:] @ shared - solved[:, 0]).reshape(g.shape), -shared


def _band(A: Array, held: Mask, damping: float, smoothness: Array | None) -> Array:
    """The lower band (bandwidth, T * 51) of a sequence's damped A, as LAPACK stores it; held unknowns get a one."""
    T = len(A)
    band = np.zeros((PER_FRAME if smoothness is None else 2 * PER_FRAME + 1, T, PER_FRAME))
    for below in range(PER_FRAME):
        band[below, :, : PER_FRAME - below] = np.diagonal(A, -below, 1, 2)
    if smoothness is not None:
        for apart, both in enumerate(_overlaps(T)):
            free = ~(held[: T - apart] | held[apart:])
            band[apart * PER_FRAME, : T - apart] += (both.T @ smoothness)[: T - apart] * free
    band[0] = np.where(held, 1.0, (1 + damping) * band[0] + STAY)
    return band.reshape(len(band), -1)


def _overlaps(T: int) -> Array:
    """The diagonals of D^T D (3, 2, T), none, one and two off the main one, of first and second differences."""
    overlaps = np.zeros((3, 2, T))
    for order, stencils in enumerate((FIRST_SQUARED, SECOND_SQUARED)):
        for apart, stencil in enumerate(stencils):
            for shift, value in enumerate(stencil):
                overlaps[apart, order, shift : shift + max(T - 1 - order, 0)] += value
    return overlaps
