"""The arithmetic of the priors: its identities, and loops."""

import numpy as np
import torch

from hands.fusion import cem, isem, msem, pooled, priors

M, K = torch.randn(2, 2, 4, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
EXACTLY = {"rtol": 1e-13, "atol": 1e-14}


def test_identities():
    torch.testing.assert_close(msem(M, K) + isem(M, K), 2 * M * K, **EXACTLY)
    torch.testing.assert_close(msem(M, K) - isem(M, K), 2 * (M - K), **EXACTLY)
    torch.testing.assert_close(cem(M, K), (1 + M) * (1 + K) - 1, **EXACTLY)


def test_the_pose_is_symmetric_and_shape_and_motion_change_places():
    torch.testing.assert_close(cem(M, K), cem(K, M), **EXACTLY)
    torch.testing.assert_close(msem(M, K), isem(K, M), **EXACTLY)


def test_where_both_say_the_same_shape_and_motion_are_its_square():
    torch.testing.assert_close(msem(M, M), M**2, **EXACTLY)
    torch.testing.assert_close(isem(M, M), M**2, **EXACTLY)


def test_number_by_number():
    found = priors(M, K)
    shape = np.zeros((2, 3))
    for b, t, j, d in np.ndindex(2, 4, 5, 3):
        m, k = M[b, t, j, d].item(), K[b, t, j, d].item()
        np.testing.assert_allclose(found.pose[b, t, j, d].item(), m * k + m + k, rtol=1e-13)
        np.testing.assert_allclose(found.motion[b, t, j, d].item(), k - m + m * k, rtol=1e-13)
        shape[b, d] += (m - k + m * k) / 20
    np.testing.assert_allclose(found.shape, shape, rtol=1e-12)


def test_a_shape_is_of_the_whole_window():
    order = torch.randperm(4, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(pooled(M[:, order][:, :, [4, 2, 0, 1, 3]]), pooled(M), **EXACTLY)
