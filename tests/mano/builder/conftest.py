import numpy as np
import pytest

from hands.conventions import FINGERS, MANO_FINGERS
from hands.mano.files import read_default


@pytest.fixture(scope="session")
def hand():
    """The default hand that ships, as a mesh to try the builder's steps on."""
    return read_default()


@pytest.fixture(scope="session")
def points(hand):
    """Its surface, joints and ends of digits in one array, as the builder has them; the ends are fingertip vertices."""
    tips = [hand.tip_vertices[FINGERS.index(finger)] for finger in MANO_FINGERS]
    return np.concatenate([hand.v_template, hand.J_regressor @ hand.v_template, hand.v_template[tips]])
