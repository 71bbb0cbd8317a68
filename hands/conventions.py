"""Names, orders, units and frames: the one source that every other module reads.

Units are SI everywhere inside: metres, radians, seconds. The world is right-handed with z up. Rotations are matrices
inside; axis-angle vectors are MANO's door. `joints` are MANO's 16, in MANO's order; `keypoints` are 21: the wrist, then
thumb to little finger, four each, the tip last. The two are never mixed.

Explained in the book: *Notation*.
"""

from typing import Final

FINGERS: Final = ("thumb", "index", "middle", "ring", "pinky")
"""The five digits, thumb to little finger: the order of keypoints."""

MANO_FINGERS: Final = ("index", "middle", "pinky", "ring", "thumb")
"""The five digits in the order of MANO's joints. Mind the pinky, which stands before the ring finger."""

JOINT_NAMES: Final = ("wrist", *(f"{finger}{k}" for finger in MANO_FINGERS for k in (1, 2, 3)))
"""MANO's 16 joints; 1, 2, 3 run from the palm outwards (MCP, PIP, DIP; for the thumb CMC, MCP, IP)."""

PARENTS: Final = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 0, 10, 11, 0, 13, 14)
"""Parent of each joint, as an index into JOINT_NAMES; the wrist has none."""

ANATOMICAL_NAMES: Final = (
    "wrist",
    *(
        f"{finger} {part}"
        for finger in MANO_FINGERS
        for part in (("CMC", "MCP", "IP") if finger == "thumb" else ("MCP", "PIP", "DIP"))
    ),
)
"""What an anatomist calls each of the 16 joints."""

KEYPOINT_NAMES: Final = ("wrist", *(f"{finger}{k}" for finger in FINGERS for k in (1, 2, 3, "_tip")))
"""The 21 keypoints: wrist, then thumb to little finger, three joints and the tip each."""

KEYPOINT_PARENTS: Final = tuple(-1 if i == 0 else 0 if i % 4 == 1 else i - 1 for i in range(21))
"""Parent of each keypoint: five chains of four that start at the wrist."""

KEYPOINTS_FROM_JOINTS_AND_TIPS: Final = (0, 13, 14, 15, 16, 1, 2, 3, 17, 4, 5, 6, 18, 10, 11, 12, 19, 7, 8, 9, 20)
"""Picks the 21 keypoints from the 16 joints followed by the five tips (thumb to little finger)."""

TIP_VERTICES: Final = {
    "smplx": (744, 320, 443, 554, 671),
    "manopth": (745, 317, 444, 556, 673),
    "hands19": (744, 333, 444, 555, 672),
}
"""Three competing sets of fingertip vertices of official MANO, thumb to little finger. They differ by millimetres, so a
figure in millimetres must say which it used; ours are smplx's."""

GRAVITY_W: Final = (0.0, 0.0, -9.81)
"""Gravity in the world frame, m/s^2."""

NUM_JOINTS: Final = len(JOINT_NAMES)
NUM_KEYPOINTS: Final = len(KEYPOINT_NAMES)
NUM_BETAS: Final = 10
