"""What the checkers of *A data set of your own* take for the truth; and each of their hints."""

import pytest
import torch

from hands import check, data
from hands.check import data_set


@pytest.mark.parametrize(("lengths", "size", "stride"), [([9, 10, 6], 4, 2), ([8, 3, 9], 4, 4), ([5, 5], 5, 3)])
def test_windows_are_those_of_the_library(lengths, size, stride):
    starts = data_set._starts(lengths, size, stride)
    assert starts.tolist() == data.windows(lengths, length=size, stride=stride, tail="pad").starts.tolist()
    ends = torch.tensor(lengths).cumsum(0)
    of = torch.searchsorted(ends, starts, right=True)
    covered = {row for s, k in zip(starts.tolist(), of, strict=True) for row in range(s, min(s + size, int(ends[k])))}
    assert covered == set(range(sum(lengths)))


def test_every_row_is_seen_first_once():
    starts, size = torch.tensor([0, 3, 6, 8]), 5
    mask = data_set._first_seen(starts, size)
    rows = (starts[:, None] + torch.arange(size))[mask.bool()]
    assert rows.tolist() == list(range(13))


def test_sharing_is_the_overlap_of_intervals():
    draw = torch.Generator().manual_seed(0)
    first = torch.randint(0, 40, (60, 1), generator=draw)
    windows = torch.cat([torch.randint(0, 3, (60, 1), generator=draw), first, first + 5], 1)
    a, b = windows[:20], windows[20:]
    same = a[None, :, 0] == b[:, None, 0]
    overlap = (a[None, :, 1] < b[:, None, 2]) & (b[:, None, 1] < a[None, :, 2])
    assert torch.equal(data_set._shared(a, b).bool(), (same & overlap).any(1))


def test_taps_are_rows_of_their_own_recording():
    x = torch.arange(9.0)[:, None]
    assert data_set._taps(x, [5, 4], 2)[4:6].tolist() == [[2, 4, 4], [5, 5, 7]]


def test_betas_are_the_posterior_mean():
    draw = torch.Generator().manual_seed(3)
    D, m, mean = torch.randn(2, 10, generator=draw).double(), *torch.randn(2, 2, generator=draw).double()
    gain = D.T @ torch.linalg.inv(D @ D.T + 0.3**2 * torch.eye(2).double())
    torch.testing.assert_close(data_set._most_probable(m, mean, D, 0.3), gain @ (m - mean), rtol=0, atol=1e-12)


def by_recording(begins):
    return lambda lengths, size, stride: data_set._by_recording(lengths, lambda n: begins(n, size, stride))


def new_rows(compare):
    def mask(starts, size):
        past = torch.cat([starts[:1], starts[:-1] + size])
        return compare(starts[:, None] + torch.arange(size), past[:, None])

    return mask


def shared(alike):
    return lambda train, test: data_set._matches(train, test, alike)


def ruler(change):
    return lambda *case: data_set._most_probable(*change(*case))


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("cut_windows", lambda n, size, stride: data_set._starts([sum(n)], size, stride), "end in the next"),
        ("cut_windows", by_recording(lambda n, size, stride: range(0, n - size + 1, stride)), "is dropped"),
        ("cut_windows", lambda n, k, s: data.windows(n, length=k, stride=s).starts, "pushed back"),
        ("cut_windows", by_recording(lambda n, size, stride: range(0, n, stride)), "no frame that the one before"),
        (
            "cut_windows",
            lambda lengths, *cut: data_set._by_recording(
                lengths, lambda n: data_set._starts([n], *cut).tolist() if n >= cut[0] else []
            ),
            "shorter than a window",
        ),
        ("cut_windows", lambda n, *cut: torch.cat([data_set._starts([k], *cut) for k in n]), "add the row"),
        ("cut_windows", by_recording(lambda n, size, stride: range(0, n, size)), "a stride later"),
        ("count_once", lambda starts, size: torch.ones(len(starts), size), "twice"),
        ("count_once", lambda starts, size: 1 - data_set._first_seen(starts, size), "other way round"),
        ("count_once", lambda s, size: data_set._first_seen(s.flip(0), size).flip(0), "from the last window"),
        ("count_once", data_set._alone, "not counted at all"),
        ("count_once", new_rows(lambda rows, past: rows > past), "first new row of every window"),
        ("count_once", new_rows(lambda rows, past: (rows > past) | (rows < rows[0, 0] + rows.shape[1])), "too (>=)"),
        ("count_once", lambda s, size: data_set._last_rows(s, size, int(s[1] - s[0])), "fewer new rows"),
        (
            "find_the_leak",
            lambda a, b: ((b[:, None, 1] < a[:, 2]) & (a[:, 1] < b[:, None, 2])).any(1),
            "compare the recording too",
        ),
        ("find_the_leak", shared(lambda a, b: a == b), "need not be the same"),
        ("find_the_leak", shared(lambda a, b: a[0] == b[0] and a[1] <= b[2] and b[1] <= a[2]), "only touch"),
        (
            "find_the_leak",
            shared(lambda a, b: a[0] == b[0] and b[1] <= a[2] and a[1] < b[2]),
            "past the end",
        ),
        ("find_the_leak", lambda a, b: 1 - data_set._shared(a, b), "do not leak"),
        ("find_the_leak", shared(lambda a, b: a[0] == b[0]), "whole recording"),
        (
            "find_the_leak",
            shared(lambda a, b: a[0] == b[0] and (a[1] <= b[1] < a[2] or a[1] < b[2] <= a[2])),
            "inside another",
        ),
        ("find_the_leak", shared(lambda a, b: a[0] == b[0] and a[1] <= b[1] < a[2]), "may begin earlier"),
        ("three_taps", lambda x, n, k: torch.cat([x.roll(k, 0), x, x.roll(-k, 0)], 1), "the series, as roll"),
        (
            "three_taps",
            lambda x, n, k: torch.cat([torch.cat([p.roll(k, 0), p, p.roll(-k, 0)], 1) for p in x.split(n)]),
            "each recording comes its other end",
        ),
        ("three_taps", lambda x, n, k: data_set._taps(x, [len(x)], k), "looks in"),
        ("three_taps", lambda x, n, k: data_set._taps(x, n, -k), "the order"),
        ("three_taps", lambda x, n, k: data_set._taps(x, n, k, fill=0.0), "not zero"),
        ("three_taps", lambda x, n, k: data_set._taps(x, n, 1), "how far away"),
        ("betas_from_ruler", ruler(lambda m, mean, D, s: (m, 0 * mean, D, s)), "subtract"),
        ("betas_from_ruler", lambda m, mean, D, s: torch.linalg.pinv(D) @ (m - mean), "last digit"),
        ("betas_from_ruler", ruler(lambda m, mean, D, s: (m, mean, D, s**0.5)), "sigma squared"),
        ("betas_from_ruler", ruler(lambda m, mean, D, s: (m, mean, D, 1.0)), "not 1"),
        ("betas_from_ruler", ruler(lambda m, mean, D, s: (mean, m, D, s)), "turned round"),
    ],
)
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message
