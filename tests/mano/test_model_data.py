"""The hand's record: immutable, checked, and mirrored exactly."""

import copy
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from hands.mano.files import read_default
from hands.mano.model_data import check_kintree

DATA = read_default()


def test_is_immutable():
    with pytest.raises(FrozenInstanceError):
        DATA.side = "left"
    with pytest.raises(ValueError, match="read-only"):
        DATA.v_template[0] = 0


def test_keeps_its_own_copy():
    template = np.array(DATA.v_template)
    record = replace(DATA, v_template=template)
    template[:] = 0
    assert np.array_equal(record.v_template, DATA.v_template)


@pytest.mark.parametrize("copied", [copy.deepcopy(DATA), pickle.loads(pickle.dumps(DATA))])
def test_a_copy_is_immutable_too(copied):
    assert np.array_equal(copied.v_template, DATA.v_template)
    with pytest.raises(ValueError, match="read-only"):
        copied.v_template[0] = 0


def test_mirrors_back_to_itself():
    twice = DATA.mirrored().mirrored()
    for name in ("v_template", "shapedirs", "posedirs", "lbs_weights", "faces", "hands_mean", "hands_components"):
        assert np.array_equal(getattr(twice, name), getattr(DATA, name)), name
    assert (DATA.side, DATA.mirrored().side, twice.side) == ("right", "left", "right")


def test_the_mirrored_mesh_still_points_outwards():
    """The signed volume about the centroid keeps its sign, since faces are turned with the mirror."""

    def signed_volume(data):
        a, b, c = np.moveaxis((data.v_template - data.v_template.mean(0))[data.faces], 1, 0)
        return np.einsum("fi,fi->", a, np.cross(b, c)) / 6

    assert signed_volume(DATA) > 1e-4
    assert signed_volume(DATA.mirrored()) == pytest.approx(signed_volume(DATA))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"posedirs": np.zeros((778, 3, 100))}, r"posedirs has shape \(778, 3, 100\), expected \(778, 3, 135\)"),
        ({"shapedirs": np.full((778, 3, 10), np.nan)}, "shapedirs holds values that are not finite"),
        ({"faces": np.array([[0, 1, 778]])}, r"faces name vertices outside 0\.\.777"),
        ({"tip_vertices": (1, 2, 3)}, "tip_vertices must be five ids"),
    ],
)
def test_refuses_what_is_not_a_hand(change, message):
    with pytest.raises(ValueError, match=message):
        replace(DATA, **change)


def test_refuses_another_tree():
    parents = np.array([[4294967295, 0, 1, 2, 0, 4, 5, 0, 7, 8, 0, 10, 11, 0, 13, 14], range(16)])
    check_kintree(parents)
    parents[0, 5] = 0
    with pytest.raises(ValueError, match="not MANO's tree"):
        check_kintree(parents)
