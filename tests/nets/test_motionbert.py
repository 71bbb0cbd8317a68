"""MotionBERT's names. That the numbers land in the right place is test_dstformer's: the twin uses their names."""

import pytest
import torch

from hands import nets
from tests.nets import twin
from tests.nets.test_dstformer import HEADS, SHAPE, generator, tokens


@pytest.fixture
def theirs():
    return twin.random_state(generator(), **SHAPE, dim_rep=10)


def test_a_parallel_models_prefix_and_the_head_are_dropped(theirs):
    head = {"head.weight": torch.zeros(3, 10), "head.bias": torch.zeros(3)}
    published = {f"module.{name}": value for name, value in (theirs | head).items()}
    net = nets.DSTFormer(**SHAPE, num_heads=HEADS, dim_rep=10).double()
    net.load_state_dict(nets.from_motionbert(published))
    torch.testing.assert_close(net(tokens()), twin.dstformer(theirs, tokens(), HEADS), rtol=0, atol=1e-10)


def test_it_is_given_as_it_came(theirs):
    before = dict(theirs)
    nets.from_motionbert(theirs)
    assert theirs == before


def test_what_is_missing_is_named(theirs):
    del theirs["blocks_ts.1.attn_t.qkv.bias"]
    with pytest.raises(ValueError, match=r"no state dict.*: blocks_ts\.1\.attn_t\.qkv\.bias: missing$"):
        nets.from_motionbert(theirs)


def test_what_is_unknown_is_named(theirs):
    theirs["blocks_st.0.ts_attn.weight"] = torch.zeros(1)
    with pytest.raises(ValueError, match=r"blocks_st\.0\.ts_attn\.weight: unknown"):
        nets.from_motionbert(theirs)


def test_another_network_is_refused_shortly():
    with pytest.raises(ValueError, match=r"and \d+ more: missing; a, b: unknown") as error:
        nets.from_motionbert({"a": torch.zeros(1), "b": torch.zeros(1)})
    assert len(str(error.value)) < 300


def test_a_whole_file_is_answered_with_where_the_weights_are(theirs):
    with pytest.raises(ValueError, match="the entry 'model_pos'"):
        nets.from_motionbert({"model_pos": theirs, "epoch": 3})
