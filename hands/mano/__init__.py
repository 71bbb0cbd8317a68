"""The MANO hand: safe model files, the default hand, linear blend skinning, the module `Hand`, and fitting.

Explained in the book: part 1.
"""

from hands.mano.fit_points import KeypointsError
from hands.mano.fitting import HandFit, fit
from hands.mano.hand import Hand, HandOutput, load
from hands.mano.lbs import axis_angle_to_rotmat, forward_kinematics
from hands.mano.model_data import HandModelData

__all__ = [
    "Hand",
    "HandFit",
    "HandModelData",
    "HandOutput",
    "KeypointsError",
    "axis_angle_to_rotmat",
    "fit",
    "forward_kinematics",
    "load",
]
