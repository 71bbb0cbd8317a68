"""Reference: the default hand shuffled, whose known vertices must find their places again."""

import numpy as np
import pytest

from hands.conventions import FINGERS, TIP_VERTICES
from hands.mano.builder.landmarks import JOINTS
from hands.mano.builder.vertex_order import MANOPTH_LEFT_MIDDLE_TIP, MANOPTH_PALM, fingertips, mano_vertex_order


def test_fingertips_lie_furthest_out(points, hand):
    tips = fingertips(points, hand.lbs_weights)
    assert tuple(tips[finger] for finger in FINGERS) == TIP_VERTICES["smplx"]


@pytest.mark.parametrize("seed", [0, 1])
def test_known_vertices_find_their_places_in_a_shuffled_hand(points, hand, seed):
    shuffle = np.random.default_rng(seed).permutation(hand.num_vertices)
    shuffled = np.concatenate([points[shuffle], points[hand.num_vertices :]])
    order = mano_vertex_order(shuffled, np.argsort(shuffle)[hand.faces], hand.lbs_weights[shuffle])
    assert sorted(order) == list(range(778))
    known = [*TIP_VERTICES["smplx"], *MANOPTH_PALM.values()]
    assert shuffle[order][known].tolist() == known


def test_manopth_tips_touch_the_tips(hand):
    pairs = [*zip(TIP_VERTICES["smplx"], TIP_VERTICES["manopth"], strict=True), (443, MANOPTH_LEFT_MIDDLE_TIP)]
    for tip, neighbour in pairs:
        assert any({tip, neighbour} <= set(face) for face in hand.faces.tolist())


def test_the_palm_vertices_lie_on_both_sides_of_its_middle(points):
    centre = (points[JOINTS][0] + points[JOINTS][4]) / 2
    dorsal, palmar = (points[MANOPTH_PALM[side]] - centre for side in ("dorsal", "palmar"))
    assert dorsal[1] > 0.008
    assert palmar[1] < -0.008
    assert np.hypot(dorsal[[0, 2]], palmar[[0, 2]]).max() < 0.008
