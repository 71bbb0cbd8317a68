"""The linear algebra against dense matrices, the solution against the conditions that a minimum fulfils."""

import numpy as np
import pytest
import torch

from hands import mano
from hands.mano import fit_solver
from hands.mano.anatomy import limits
from hands.mano.fit_model import FitModel, changes, moved
from hands.mano.fit_points import read_points
from hands.mano.fit_solver import Normal, Problem, angle_prior, solve
from hands.mano.fit_start import nearest_key_poses

from .tracked_hands import moving_hand, tracked


@pytest.fixture(scope="module")
def hand():
    return mano.load(dtype=torch.float64)


def random_normal(T, seed=0):
    rng = np.random.default_rng(seed)
    J, S, r = rng.normal(size=(T, 63, 51)), rng.normal(size=(T, 63, 45)), rng.normal(size=(T, 63, 1))
    JT = J.swapaxes(1, 2)
    g, h = (JT @ r)[..., 0], (S.swapaxes(1, 2) @ r).sum(0)[:, 0]
    parts = (JT @ J, JT @ S, (S.swapaxes(1, 2) @ S).sum(0), g, h)
    return Normal(*(torch.from_numpy(part)[None] for part in parts))


@pytest.mark.parametrize("T", [1, 2, 3, 6])
@pytest.mark.parametrize("smooth", [False, True])
def test_the_arrow_is_solved_as_a_dense_matrix_would_be(T, smooth):
    normal, damping = random_normal(T), 0.1
    smoothness = np.stack([np.linspace(1, 5, 51), np.linspace(7, 2, 51)]) if smooth else None
    held = torch.zeros(T, 51, dtype=torch.bool)
    held[0, 3] = held[-1, 7] = held[-1, 50] = True
    A = np.zeros((T, 51, T, 51))
    A[range(T), :, range(T), :] = normal.A[0]
    if smooth:
        first, second = (np.diff(np.eye(T), order, axis=0) for order in (1, 2))
        for k in range(51):
            A[:, k, :, k] += smoothness[0, k] * first.T @ first + smoothness[1, k] * second.T @ second
    B, C = normal.B[0].reshape(T * 51, 45).numpy(), normal.C[0].numpy()
    whole = np.block([[A.reshape(T * 51, T * 51), B], [B.T, C]])
    whole += damping * np.diag(np.diag(whole)) + np.diag(np.r_[np.full(T * 51, fit_solver.STAY), np.zeros(45)])
    free = np.r_[~held.flatten().numpy(), np.ones(45, dtype=bool)]
    step = np.zeros(T * 51 + 45)
    step[free] = -np.linalg.solve(whole[np.ix_(free, free)], np.r_[normal.g.flatten(), normal.h.flatten()][free])
    frame_step, shared_step = fit_solver._solve_arrow(normal, held, damping, smoothness)
    np.testing.assert_allclose(frame_step.ravel(), step[: T * 51], atol=1e-9 * np.abs(step).max())
    np.testing.assert_allclose(shared_step, step[T * 51 :], atol=1e-9 * np.abs(step).max())


def objective(problem, solution, frame_step, shared_step):
    """What is minimised, written from the docstring's equation, with weights and spreads as they ended up."""
    state = moved(solution.state, frame_step, shared_step)
    there = problem.model.points(solution.state).modelled - problem.observed
    squared = torch.where(problem.seen, there.square().sum(-1), 0.0)
    variance = solution.noise[:, None, None] ** 2
    w = problem.seen / (1 + squared / (25 * variance))
    off = (problem.model.points(state).modelled - problem.observed).square().sum(-1)
    mean, sd = angle_prior()
    total = (w * torch.where(problem.seen, off, 0.0) / (2 * variance)).sum()
    total = total + (((state.angles - mean) / sd) ** 2).sum() / 2 + (state.betas**2).sum() / 2
    total = total + ((state.stretch / 0.1) ** 2).sum() / 2
    D = problem.model.displacements()
    total = total + ((state.skeleton @ D.T) / solution.skeleton_sd).square().sum() / 2
    rest = problem.model.hand.keypoints()
    arms = rest[[1, 5, 9, 13, 17]] - rest[0]
    turns = torch.stack([torch.linalg.cross(e.expand(5, 3), arms).flatten() for e in torch.eye(3).double()], 1)
    turned = turns @ (torch.linalg.pinv(turns) @ state.knuckles.flatten())
    total = total + (turned / 0.0003).square().sum() / 2 + (state.knuckles / 0.005).square().sum() / 2
    speed = changes(state) * problem.fps
    acceleration = speed.diff(dim=1) * problem.fps
    total = total + (speed[..., :48] / 6).square().sum() / 2 + speed[..., 48:].square().sum() / 2
    return total + (acceleration[..., :48] / 60).square().sum() / 2 + (acceleration[..., 48:] / 4).square().sum() / 2


def test_the_solution_is_a_minimum_within_the_limits(hand):
    """The gradient by automatic differentiation vanishes, but for angles at a limit, where it points outside."""
    points = hand.keypoints(**moving_hand(hand, 3, 12))
    reported, seen = tracked(points, 5)
    read = read_points(reported, seen, "hands", 30.0)
    problem = Problem(FitModel(hand), read.xyz, read.seen, 30.0)
    solution = solve(problem, nearest_key_poses(problem.model, read, 30.0))
    steps = (torch.zeros(1, 12, 51, dtype=torch.float64), torch.zeros(1, 45, dtype=torch.float64))
    steps = tuple(step.requires_grad_() for step in steps)
    frame, shared = torch.autograd.grad(objective(problem, solution, *steps), steps)
    low, high = limits()
    angles = solution.state.angles
    at_low, at_high = (angles <= low).flatten(2), (angles >= high).flatten(2)
    outward = torch.where(at_low, frame[..., :45].clamp(max=0), torch.where(at_high, frame[..., :45].clamp(min=0), 0))
    free = torch.cat([torch.where(at_low | at_high, outward, frame[..., :45]), frame[..., 45:]], -1)
    curvature = torch.cat([torch.full((45,), 0.01), torch.full((6,), 0.002)]) / solution.noise**2
    assert ((free / curvature.sqrt()).abs().max()) < 0.3, "in standard deviations"
    curvature = torch.autograd.functional.hessian(lambda y: objective(problem, solution, steps[0], y), steps[1])
    assert (shared.flatten() / curvature.reshape(45, 45).diagonal().sqrt()).abs().max() < 0.3


def test_each_sequence_is_solved_by_itself(hand):
    sequences = [hand.keypoints(**moving_hand(hand, seed, 8)) for seed in (1, 2)]
    together = mano.fit(torch.stack(sequences), hand=hand, fps=30.0)
    for n, points in enumerate(sequences):
        alone = mano.fit(points, hand=hand, fps=30.0)
        torch.testing.assert_close(together.keypoints[n], alone.keypoints, rtol=0, atol=2e-4)
