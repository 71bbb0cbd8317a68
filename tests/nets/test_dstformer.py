"""DSTFormer against its slow twin, in parameter counts, and in what looks at what."""

import pytest
import torch

from hands import nets
from tests.nets import twin

SHAPE = {"dim_in": 3, "dim": 8, "depth": 2, "mlp_ratio": 2, "num_joints": 4, "max_len": 6}
HEADS = 2


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def close(found, expected, atol=1e-10):
    torch.testing.assert_close(found, expected, rtol=0, atol=atol)


def made(dim_rep=None):
    """Made-up weights of MotionBERT, and our network with the same."""
    theirs = twin.random_state(generator(), **SHAPE, dim_rep=dim_rep)
    net = nets.DSTFormer(**SHAPE, num_heads=HEADS, dim_rep=dim_rep).double()
    net.load_state_dict(nets.from_motionbert(theirs))
    return theirs, net


def tokens(batch=2, frames=5, seed=1):
    return torch.randn(batch, frames, 4, 3, dtype=torch.float64, generator=generator(seed))


@pytest.mark.parametrize("dim_rep", [None, 10])
def test_the_slow_twin_agrees(dim_rep):
    theirs, net = made(dim_rep)
    close(net(tokens()), twin.dstformer(theirs, tokens(), HEADS))


def test_gradients_agree_with_the_twins():
    theirs, net = made(10)
    x = tokens().requires_grad_()
    theirs = {name: value.requires_grad_() for name, value in theirs.items()}
    of_x, *of_theirs = torch.autograd.grad(twin.dstformer(theirs, x, HEADS).square().sum(), [x, *theirs.values()])
    net(x).square().sum().backward()
    close(x.grad, of_x)
    expected = nets.from_motionbert(dict(zip(theirs, of_theirs, strict=True)))
    for name, parameter in net.named_parameters():
        close(parameter.grad, expected[name])


def test_maps_are_what_it_attends_with():
    """The values, mixed by the maps, give what the layer adds."""
    _, net = made()
    first, second = net.maps(tokens())
    level = net.levels[0]
    x = net.embed(tokens()) + net.pos_embed + net.temp_embed[:5]
    close(first.fusion.sum(-1), torch.ones(2, 5, 4).double())
    for layer, maps, transposed in (
        (level.st.spatial, first.st_spatial, False),
        (level.ts.temporal, first.ts_temporal, True),
    ):
        values = layer.attn.qkv(layer.norm1(x)).chunk(3, -1)[2].unflatten(-1, (HEADS, -1))
        pattern = "bjhqk,bkjhc->bqjhc" if transposed else "bthqk,btkhc->btqhc"
        mixed = torch.einsum(pattern, maps, values).flatten(-2)
        close(layer.attn.proj(mixed), layer.attn(layer.norm1(x), layer.axis))
    assert second.st_temporal.shape == (2, 4, HEADS, 5, 5)
    assert second.ts_spatial.shape == (2, 5, HEADS, 4, 4)


def test_maps_of_later_attentions_see_what_came_before():
    _, net = made()
    first, second = net.maps(tokens())
    x = net.embed(tokens()) + net.pos_embed + net.temp_embed[:5]
    level = net.levels[0]
    close(first.st_temporal, level.st.temporal.maps(level.st.spatial(x)))
    close(first.ts_spatial, level.ts.spatial.maps(level.ts.temporal(x)))
    close(second.st_spatial, net.levels[1].st.spatial.maps(level(x)))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"dim_in": 3, "dim": 512, "depth": 5, "num_joints": 17, "max_len": 243, "dim_rep": 512}, 42_464_778),
        ({"dim_in": 6, "dim": 64, "depth": 2, "num_joints": 15, "max_len": 32}, 271_876),
    ],
)
def test_parameter_counts(config, expected):
    """The first is MotionBERT's full size without its head; the second, counted by hand."""
    dim, depth = config["dim"], config["depth"]
    layer = (4 * dim + 4) * dim + 4 * dim * dim + 3 * dim + 4 * dim  # attention, MLP, norms
    by_hand = depth * (4 * layer + 4 * dim + 2) + (config["dim_in"] + 1) * dim + 2 * dim
    by_hand += dim * (config["num_joints"] + config["max_len"]) + config.get("dim_rep", 0) * (dim + 1)
    with torch.device("meta"):
        found = nets.count(nets.DSTFormer(**config, num_heads=8, mlp_ratio=2))
    assert found == by_hand == expected


def test_fusion_starts_as_the_plain_mean():
    torch.manual_seed(0)
    level = nets.DSTFormer(**SHAPE, num_heads=HEADS).double().levels[0]
    x = torch.randn(2, 5, 4, 8, dtype=torch.float64, generator=generator())
    close(level(x), (level.st(x) + level.ts(x)) / 2, 1e-15)


def test_a_permuted_batch_gives_permuted_results():
    _, net = made()
    x, order = tokens(batch=4), [2, 0, 3, 1]
    close(net(x[order]), net(x)[order], 1e-13)


def seen_from(layer, frame, joint):
    """Which tokens (T, J) the result for one token depends on."""
    x = torch.randn(1, 5, 4, 8, dtype=torch.float64, generator=generator()).requires_grad_()
    (gradient,) = torch.autograd.grad(layer(x)[0, frame, joint].sum(), x)
    return gradient[0].abs().sum(-1) > 0


def test_spatial_layers_do_not_look_over_frames_nor_temporal_ones_over_joints():
    _, net = made()
    frame, joint = torch.zeros(5, 4, dtype=torch.bool), torch.zeros(5, 4, dtype=torch.bool)
    frame[3], joint[:, 1] = True, True
    for level in net.levels:
        for block in (level.st, level.ts):
            assert seen_from(block.spatial, 3, 1).equal(frame)
            assert seen_from(block.temporal, 3, 1).equal(joint)
            assert seen_from(block, 3, 1).all()


def test_without_embeddings_it_does_not_know_the_order_of_joints_and_frames():
    _, net = made()
    for embedding in (net.pos_embed, net.temp_embed):
        embedding.data.zero_()
    x, frames, joints = tokens(), [4, 1, 0, 3, 2], [2, 0, 3, 1]
    close(net(x[:, frames][:, :, joints]), net(x)[:, frames][:, :, joints])


def test_fewer_frames_than_it_was_made_for():
    theirs, net = made()
    close(net(tokens(frames=1)), twin.dstformer(theirs, tokens(frames=1), HEADS))


@pytest.mark.parametrize(("frames", "joints"), [(7, 4), (5, 3)])
def test_other_tokens_than_it_was_made_for_are_refused(frames, joints):
    _, net = made()
    x = torch.zeros(1, frames, joints, 3, dtype=torch.float64)
    for call in (net, net.maps):
        with pytest.raises(ValueError, match=f"{joints} joints and {frames} frames.*made for 4 joints and at most 6"):
            call(x)


def test_start():
    torch.manual_seed(0)
    net = nets.DSTFormer(3, 256, 1, 8, 2, num_joints=17, max_len=100, dim_rep=64)
    for tensor in (net.pos_embed, net.temp_embed, net.embed.weight, net.pre_logits[0].weight):
        assert tensor.std().item() == pytest.approx(0.02, rel=0.06)
    for module in net.modules():
        if isinstance(module, torch.nn.LayerNorm):
            assert module.eps == 1e-6
            assert (module.weight == 1).all()
