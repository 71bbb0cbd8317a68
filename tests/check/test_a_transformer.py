"""Hints of the exercises of *A transformer for hands in time*: each mistake is told what it is."""

import re

import pytest
import torch

from hands import check, nets
from hands.check import a_transformer
from tests.check import mistakes_a_transformer as wrong


def hides_with_zeros(scores, hidden):
    return (scores * ~hidden).softmax(-1)


def heads_last(x, num_heads):
    return x.reshape(len(x), num_heads, -1)


def joints_first(attend, x):
    return attend(x.transpose(0, 1))


def no_softmax(st, ts, weight, bias):
    shares = torch.cat([st, ts], -1) @ weight.T + bias
    return shares[..., :1] * st + shares[..., 1:] * ts


def no_embeddings(dim_in, dim, depth, joints, frames):
    layer = 8 * dim * dim + 11 * dim
    return dim_in * dim + dim + depth * (4 * layer + 4 * dim + 2) + 2 * dim


def no_biases(dim_in, dim, depth, joints, frames):
    return dim_in * dim + (joints + frames) * dim + depth * (32 * dim * dim + 16 * dim + 4 * dim) + 2 * dim


@pytest.mark.parametrize(
    ("exercise", "answer", "hint"),
    [
        ("hide_keys", wrong.hide_afterwards, "before the softmax"),
        ("hide_keys", hides_with_zeros, r"exp\(0\) is 1"),
        ("split_heads", wrong.reshape_alone, "given whole tokens"),
        ("split_heads", heads_last, r"expected shape|heads come first"),
        ("along_time", wrong.along_joints, "joints have to be the batch"),
        ("along_time", joints_first, "turn it back|expected shape"),
        ("fuse_streams", wrong.the_wrong_way_round, "first share belongs to ST"),
        ("fuse_streams", no_softmax, "sum 1: softmax|as it begins"),
        ("count_parameters", wrong.one_stream, "two streams"),
        ("count_parameters", no_embeddings, "embeddings of joints and frames"),
        ("count_parameters", no_biases, "have biases"),
    ],
)
def test_mistakes_are_told_what_they_are(exercise, answer, hint):
    verdict = getattr(check, exercise)(answer)
    assert not verdict
    assert re.search(hint, verdict.message), verdict.message


def test_counts_are_those_of_the_formula():
    """MotionBERT's full size is 42,464,778, and its last layer, 512 to 512, has 262,656 of them."""
    assert a_transformer._counted(3, 512, 5, 17, 243) == 42_464_778 - 262_656


def test_weights_agree_with_torchs_softmax_of_minus_infinity():
    scores, hidden = torch.randn(5, 5, dtype=torch.float64), torch.tensor([True, False, False, True, False])
    expected = scores.masked_fill(hidden, -torch.inf).softmax(-1)
    torch.testing.assert_close(a_transformer._weights(scores, hidden), expected, rtol=0, atol=1e-12)


def test_tokens_are_fused_as_the_network_does_it():
    level = nets.DSTFormer(3, 8, 1, 2, 2, 4, 6).double().levels[0]
    level.fuse.weight.data.normal_()
    x = torch.randn(1, 6, 4, 8, dtype=torch.float64)
    st, ts = level.st(x), level.ts(x)
    found = a_transformer._fused(st[0], ts[0], level.fuse.weight, level.fuse.bias)
    torch.testing.assert_close(found, level(x)[0], rtol=0, atol=1e-12)
