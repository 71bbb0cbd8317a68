"""Checkers for the exercises of *A transformer for hands in time*.

What is expected is found number by number with plain loops, or by counting what a network of that size really holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from hands import nets
from hands.check.verdict import Verdict, judge

Attend = Callable[[Tensor], Tensor]


def hide_keys(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Scores (N, N), a row for each query, and which keys are hidden (N,) -> weights (N, N), each row with sum 1."""
    scores = _randn(4, 4)
    cases = {
        "nothing is hidden": (scores, torch.zeros(4, dtype=torch.bool)),
        "one key is hidden": (scores, torch.tensor([False, True, False, False])),
        "only one key is left": (scores, torch.tensor([True, True, False, True])),
        "large scores": (900 * scores, torch.tensor([False, False, True, False])),
    }
    return judge(
        answer,
        {name: (case, _weights(*case)) for name, case in cases.items()},
        praise="right: nobody looks at a hidden key, and every row still has the sum 1",
        atol=1e-6,
        mistakes={
            "each row must have the sum 1; hide the keys before the softmax, not after it": lambda s, hidden: (
                s.softmax(-1) * ~hidden
            ),
            "a score of 0 is not a weight of 0: exp(0) is 1": lambda s, hidden: (s * ~hidden).softmax(-1),
            "it is the columns that are keys; these weights have hidden rows": lambda s, hidden: (
                s.softmax(-1) * ~hidden[:, None]
            ),
            "the hidden keys are still looked at": lambda s, hidden: s.softmax(-1),
            "each row of the softmax is over the keys, not over the queries": lambda s, hidden: (
                _weights(s.mT, hidden).mT
            ),
            "a whole row is hidden (NaN); hide columns, the keys, and not rows, the queries": lambda s, hidden: (
                s.masked_fill(hidden[:, None], -torch.inf).softmax(-1)
            ),
            "it is the other way round: only the hidden keys are looked at": lambda s, hidden: s.masked_fill(
                ~hidden, -torch.inf
            ).softmax(-1),
            "exp overflows where scores are large; subtract the largest of each row first, or use softmax": (
                lambda s, hidden: s.exp() * ~hidden / (s.exp() * ~hidden).sum(-1, keepdim=True)
            ),
        },
    )


def split_heads(answer: Callable[[Tensor, int], Any]) -> Verdict:
    """Tokens (N, D) and the number of heads h -> (h, N, D / h): head k has channels k D / h to (k + 1) D / h."""
    cases = {
        "two heads": (_randn(3, 4), 2),
        "three heads": (_randn(5, 6, seed=1), 3),
        "one head": (_randn(2, 3, seed=2), 1),
        "as many heads as channels": (_randn(4, 4, seed=3), 4),
    }
    return judge(
        answer,
        {name: (case, _heads(*case)) for name, case in cases.items()},
        praise="right: every head has its own channels of every token",
        atol=1e-6,
        mistakes={
            "the shape is right, but heads were given whole tokens; split the channels, then move the axis": (
                lambda x, h: x.reshape(h, len(x), -1)
            ),
            "each head has neighbouring channels; these are every h-th": lambda x, h: x.reshape(len(x), -1, h).permute(
                2, 0, 1
            ),
            "the heads come first, then the tokens": lambda x, h: x.reshape(len(x), h, -1),
        },
    )


def along_time(answer: Callable[[Attend, Tensor], Any]) -> Verdict:
    """A function of (batch, tokens, D), and a moving hand (T, J, D) -> (T, J, D), each joint over its frames."""
    cases: dict[str, tuple[Attend, Tensor]] = {
        "each token takes the one before it": (_previous, _randn(4, 3, 2)),
        "attention": (_look, _randn(5, 2, 3, seed=1)),
        "as many joints as frames": (_look, _randn(3, 3, 2, seed=2)),
    }
    return judge(
        answer,
        {name: (case, _each_joint(*case)) for name, case in cases.items()},
        praise="right: each joint looks over its own frames, and time comes first again",
        atol=1e-6,
        mistakes={
            "here each frame looks over its joints; joints have to be the batch": lambda attend, x: attend(x),
            "attend takes (batch, tokens, channels), and x[:, j] has no batch: give it x[None, :, j], or all joints": (
                lambda attend, x: torch.stack([attend(x[:, j]) for j in range(x.shape[1])], 1)
            ),
            "joints come first in the result; turn it back to (T, J, D)": lambda attend, x: attend(x.transpose(0, 1)),
            "reshape does not turn axes, it only counts on; use transpose": lambda attend, x: attend(
                x.reshape(x.shape[1], x.shape[0], -1)
            ).reshape(x.shape),
            "all tokens look at all others; each joint should see its own frames only": lambda attend, x: attend(
                x.reshape(1, -1, x.shape[-1])
            ).reshape(x.shape),
        },
    )


def fuse_streams(answer: Callable[[Tensor, Tensor, Tensor, Tensor], Any]) -> Verdict:
    """Tokens ST and TS (T, J, D), weight (2, 2 D) and bias (2,) -> (T, J, D), each token with shares of its own."""
    st, ts, weight = _randn(3, 3, 3), _randn(3, 3, 3, seed=1), _randn(2, 6, seed=2)
    biased = torch.tensor([1.3, -0.2]).double()
    cases = {
        "as it begins": (st, ts, torch.zeros_like(weight), torch.full((2,), 0.5).double()),
        "shares that depend on the token": (st, ts, weight, biased),
        "other numbers of frames, joints and channels": (
            _randn(4, 2, 5),
            _randn(4, 2, 5, seed=1),
            _randn(2, 10, seed=2),
            biased,
        ),
    }
    return judge(
        answer,
        {name: (case, _fused(*case)) for name, case in cases.items()},
        praise="right: each token takes its own mean of the two",
        atol=1e-6,
        mistakes={
            "the first share belongs to ST": lambda st, ts, W, b: (
                _fused(st, ts, W, b) * 0 + (st + ts - _fused(st, ts, W, b))
            ),
            "the shares have to have the sum 1: softmax": lambda st, ts, W, b: _unfused(st, ts, W, b),
            "every token has shares of its own; these are the same for all": lambda st, ts, W, b: _mean_fused(
                st, ts, W, b
            ),
            "that is how it begins; the weights have something to say as well": lambda st, ts, W, b: (st + ts) / 2,
            "the linear map reads ST first, then TS": lambda st, ts, W, b: _fused(
                st, ts, W.roll(W.shape[1] // 2, 1), b
            ),
            "the bias is missing": lambda st, ts, W, b: _fused(st, ts, W, 0 * b),
            "softmax over ST and TS, the last axis, and not over frames or joints": _wrong_axis,
            "shares[..., 0] has lost an axis and met the wrong one; keep it: shares[..., :1]": _axis_lost,
        },
    )


def count_parameters(answer: Callable[[int, int, int, int, int], Any]) -> Verdict:
    """dim_in, dim, depth, joints and frames -> parameters of a DSTFormer whose MLPs are twice as wide as its tokens."""
    cases = {
        "tiny": (3, 8, 2, 4, 6),
        "the book's": (6, 64, 2, 15, 32),
        "MotionBERT's, without its last layer": (3, 512, 5, 17, 243),
    }
    return judge(
        answer,
        {name: (case, _counted(*case)) for name, case in cases.items()},
        praise="right, to the last bias",
        atol=0.5,
        unit="parameters",
        mistakes={
            "the linear layers have biases": lambda c, d, n, j, t: (
                c * d + n * (32 * d * d + 16 * d + 4 * d) + _rest(d, j, t)
            ),
            "a level has two streams, ST and TS, and each two layers, all with weights of their own": (
                lambda c, d, n, j, t: _counted(c, d, n, j, t) - n * 2 * _layer(d)
            ),
            "the norms have a weight and a bias for each channel": lambda c, d, n, j, t: (
                _counted(c, d, n, j, t) - n * 16 * d - 2 * d
            ),
            "there are two norms in every layer, before the attention and before the MLP": lambda c, d, n, j, t: (
                _counted(c, d, n, j, t) - n * 8 * d
            ),
            "the layer that fuses ST and TS reads both, 2 D channels": lambda c, d, n, j, t: (
                _counted(c, d, n, j, t) - n * 2 * d
            ),
            "a joint and a frame have an embedding each, which are added; not one for each pair": (
                lambda c, d, n, j, t: _counted(c, d, n, j, t) + (j * t - j - t) * d
            ),
            "the last norm is missing": lambda c, d, n, j, t: _counted(c, d, n, j, t) - 2 * d,
            "the embeddings of joints and frames are missing": lambda c, d, n, j, t: (
                _counted(c, d, n, j, t) - (j + t) * d
            ),
            "each level also has the layer that fuses its streams": lambda c, d, n, j, t: (
                _counted(c, d, n, j, t) - n * (4 * d + 2)
            ),
        },
    )


def _randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def _weights(scores: Tensor, hidden: Tensor) -> Tensor:
    rows = []
    for row in scores.tolist():
        top = max(s for s, gone in zip(row, hidden, strict=True) if not gone)
        e = [0.0 if gone else math.exp(s - top) for s, gone in zip(row, hidden, strict=True)]
        rows.append([value / sum(e) for value in e])
    return torch.tensor(rows, dtype=scores.dtype)


def _heads(x: Tensor, num_heads: int) -> Tensor:
    size = x.shape[1] // num_heads
    return torch.stack([x[:, k * size : (k + 1) * size] for k in range(num_heads)])


def _previous(x: Tensor) -> Tensor:
    return x.roll(1, 1)


def _look(x: Tensor) -> Tensor:
    return (x @ x.mT).softmax(-1) @ x


def _each_joint(attend: Attend, x: Tensor) -> Tensor:
    return torch.stack([attend(x[None, :, j])[0] for j in range(x.shape[1])], 1)


def _scores(st: Tensor, ts: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.cat([st, ts], -1) @ weight.T + bias


def _fused(st: Tensor, ts: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Token by token; the share of ST is 1 / (1 + exp(score of TS - score of ST))."""
    result = torch.empty_like(st)
    for t in range(st.shape[0]):
        for j in range(st.shape[1]):
            of_st, of_ts = _scores(st[t, j], ts[t, j], weight, bias).tolist()
            share = 1 / (1 + math.exp(of_ts - of_st))
            result[t, j] = share * st[t, j] + (1 - share) * ts[t, j]
    return result


def _unfused(st: Tensor, ts: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    scores = _scores(st, ts, weight, bias)
    return scores[..., :1] * st + scores[..., 1:] * ts


def _wrong_axis(st: Tensor, ts: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Over the frames; where shares are equal and there are as many joints, over the joints is the same."""
    shares = _scores(st, ts, weight, bias).softmax(0)
    return shares[..., :1] * st + shares[..., 1:] * ts


def _axis_lost(st: Tensor, ts: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Runs where there are as many frames as joints and channels; elsewhere torch says what is wrong."""
    shares = _scores(st, ts, weight, bias).softmax(-1)
    fits = st.shape[0] == st.shape[1] == st.shape[2]
    return shares[..., 0] * st + shares[..., 1] * ts if fits else torch.full_like(st, torch.nan)


def _mean_fused(st: Tensor, ts: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    shares = _scores(st, ts, weight, bias).mean((0, 1)).softmax(-1)
    return shares[0] * st + shares[1] * ts


def _counted(dim_in: int, dim: int, depth: int, joints: int, frames: int) -> int:
    with torch.device("meta"):
        return nets.count(nets.DSTFormer(dim_in, dim, depth, 1, 2, joints, frames))


def _layer(dim: int) -> int:
    return 8 * dim * dim + 11 * dim


def _rest(dim: int, joints: int, frames: int) -> int:
    return 2 * dim + (joints + frames) * dim
