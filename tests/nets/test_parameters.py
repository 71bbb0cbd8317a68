"""How networks start: what grows, by how much, and what stays."""

import pytest
import torch

from hands import nets
from hands.nets.parameters import INITIAL_SD


def made(dim):
    torch.manual_seed(0)
    return nets.DSTFormer(dim_in=64, dim=dim, depth=1, num_heads=2, mlp_ratio=2, num_joints=15, max_len=32)


@pytest.fixture(autouse=True)
def own_random_numbers():
    with torch.random.fork_rng():
        yield


@pytest.mark.parametrize("dim", [32, 128])
def test_narrow_networks_start_with_larger_weights(dim):
    """A sum of D terms of standard deviation s has s sqrt(D): the same for every width, if s goes with 1 / sqrt(D)."""
    net = made(dim)
    nets.enlarge([net], dim, [net.pos_embed])
    qkv = net.levels[0].st.spatial.attn.qkv.weight
    assert qkv.std().item() * dim**0.5 == pytest.approx(INITIAL_SD * 512**0.5, rel=0.04)
    assert net.pos_embed.std().item() == pytest.approx(1, rel=0.1)
    assert net.temp_embed.std().item() == pytest.approx(INITIAL_SD, rel=0.1)


def test_of_the_full_width_only_positions_grow():
    before, after = made(512), made(512)
    nets.enlarge([after], 512, [after.pos_embed])
    changed = [n for n, p in after.named_parameters() if not torch.equal(p, before.get_parameter(n))]
    assert changed == ["pos_embed"]


def test_norms_and_biases_stay_as_they_are():
    before, after = made(32), made(32)
    nets.enlarge([after], 32)
    for name, parameter in after.named_parameters():
        factor = 4.0 if name.endswith("weight") and parameter.ndim == 2 else 1.0
        torch.testing.assert_close(parameter, factor * before.get_parameter(name), rtol=0, atol=0)
