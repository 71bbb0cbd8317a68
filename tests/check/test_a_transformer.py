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


def hides_rows(scores, hidden):
    return scores.masked_fill(hidden[:, None], -torch.inf).softmax(-1)


def hides_the_others(scores, hidden):
    return scores.masked_fill(~hidden, -torch.inf).softmax(-1)


def plain_exponentials(scores, hidden):
    weights = scores.exp() * ~hidden
    return weights / weights.sum(-1, keepdim=True)


def without_a_batch(attend, x):
    return torch.stack([attend(x[:, j]) for j in range(x.shape[1])], 1)


def fuses(change=lambda shares: shares.softmax(-1), keep=True, biased=True):
    def fuse(st, ts, weight, bias):
        shares = change(torch.cat([st, ts], -1) @ weight.T + (bias if biased else 0 * bias))
        first, second = (shares[..., :1], shares[..., 1:]) if keep else (shares[..., 0], shares[..., 1])
        return first * st + second * ts

    return fuse


def counts(norms=2, fused=4, pairs=False):
    def count(dim_in, dim, depth, joints, frames):
        layer = 8 * dim * dim + (7 + 2 * norms) * dim
        places = joints * frames if pairs else joints + frames
        return (dim_in + 1) * dim + places * dim + depth * (4 * layer + fused * dim + 2) + 2 * dim

    return count


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
        ("hide_keys", hides_rows, "a whole row is hidden"),
        ("hide_keys", hides_the_others, "other way round"),
        ("hide_keys", plain_exponentials, "exp overflows"),
        ("along_time", without_a_batch, "has no batch"),
        ("fuse_streams", fuses(biased=False), "bias is missing"),
        ("fuse_streams", fuses(lambda scores: scores.softmax(0)), "not over frames or joints"),
        ("fuse_streams", fuses(lambda scores: scores.softmax(1)), "not over frames or joints"),
        ("fuse_streams", fuses(keep=False), r"keep it: shares\[\.\.\., :1\]"),
        ("fuse_streams", lambda st, ts, weight, bias: (st + ts) / 2, "something to say"),
        ("count_parameters", counts(norms=1), "two norms in every layer"),
        ("count_parameters", counts(fused=2), "reads both"),
        ("count_parameters", counts(pairs=True), "not one for each pair"),
        ("count_parameters", lambda *sizes: 0, "[0-9],[0-9]{3} parameters too few"),
    ],
)
def test_mistakes_are_told_what_they_are(exercise, answer, hint):
    verdict = getattr(check, exercise)(answer)
    assert not verdict
    assert re.search(hint, verdict.message), verdict.message


def test_right_answers_by_these_builders_are_accepted():
    """So that each of the mistakes above is the one thing that is wrong."""
    assert check.fuse_streams(fuses())
    assert check.count_parameters(counts())


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
