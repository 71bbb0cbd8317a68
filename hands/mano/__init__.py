"""The MANO hand: safe model files, the default hand, linear blend skinning, and the module `Hand`.

Explained in the book: part 1.
"""

from hands.mano.hand import Hand, HandOutput, load
from hands.mano.lbs import axis_angle_to_rotmat, forward_kinematics
from hands.mano.model_data import HandModelData

__all__ = ["Hand", "HandModelData", "HandOutput", "axis_angle_to_rotmat", "forward_kinematics", "load"]
