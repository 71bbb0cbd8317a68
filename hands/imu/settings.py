r"""Three difficulties: everything that stands between a moving hand and the numbers that arrive, all at once.

=================================  =======  =============================  =======================
What                               clean    glove                          cheap
=================================  =======  =============================  =======================
sensor                             ideal    BMI270                         MPU-9250
put on wrongly by, on average      0        5.7 deg, 3 mm                  11.5 deg, 5 mm
slips by (SD of an axis)           0        0.6 deg, 0.3 mm                1.3 deg, 0.7 mm
clocks off by (SD)                 0        1 ms                           5 ms
each record read late by (SD)      0        0.5 ms                         2 ms
records lost                       none     none                           2 %
orientation                        true     VQF, one heading at the start  VQF, each heading its own
=================================  =======  =============================  =======================

What comes of it, in recordings of a minute of six programs by six people (seven sensors, 30 records a second):

=====================================================  ===========  ===========
Root mean square, if nothing else is said              glove        cheap
=====================================================  ===========  ===========
acceleration on each axis, from a clean one            0.64 m/s^2   1.2 m/s^2
angular rate on each axis                              0.20 rad/s   0.32 rad/s
tilt of the estimate, from the sensor's own            2.2 deg      5.5 deg
heading in the first record                            2.8 deg      anywhere
what the heading drifts in the minute                  4 deg        20 deg
finger to palm, mean, from the sensors' own            5.7 deg      anywhere
finger to palm, mean, from well-placed sensors         9.3 deg      anywhere
=====================================================  ===========  ===========

Where they come from:

- **Put on.** 0.1 rad (5.7 deg) is what GlobalPose assumes for straps on a body; its shift of 1 cm, on fingers a third.
  Who does not look puts them on twice as wrongly.
- **Slip.** GlobalPose lets mountings walk by 0.01 rad and 1 mm in a second, and for ever. Ours come back, after 10 s:
  a walk of that speed then has an SD of 0.01 rad sqrt(10 / 2) = 1.3 deg, and of 2.2 mm, on fingers a third. Those are
  the cheap glove's; a tight one slips half as far.
- **Clocks.** Simulated and real signals of one board fit best 3.5 ms apart (BROAD), and sensors of one glove hang on
  one bus: 1 ms. Radios that are synchronised once a session: 5 ms.
- **Losses.** None on a wire, 2 % on a busy radio: an assumption.
- **Headings.** Without a magnetometer no sensor knows where north is. A careful user aligns all sensors before each
  recording, within 3 deg (`hands.imu.orientation.HEADING_ERROR`); a careless one never does, and at the start of each
  recording every sensor's is somewhere else.

Explained in the book: *What a real IMU measures*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import torch

from hands.imu.hardware import Hardware, ideal
from hands.imu.link import Link
from hands.imu.orientation import Orientation
from hands.imu.parts import BMI270, MPU_9250
from hands.imu.placement import GLOVE, Placement
from hands.imu.recording import Recording
from hands.imu.simulation import simulate
from hands.imu.wear import Wear
from hands.mano import Hand
from hands.motion import Motion


@dataclass(frozen=True)
class Setting:
    """What sensors are, how they are worn, how their records arrive, and what is known of their orientation."""

    name: str
    hardware: Hardware = ideal
    wear: Wear | None = None
    link: Link | None = None
    orientation: Orientation = "true"

    def simulate(
        self,
        motion: Motion,
        hand: Hand,
        placement: Placement = GLOVE,
        generator: torch.Generator | None = None,
        session: torch.Generator | None = None,
        *,
        fps: float = 30.0,
        half_window: float | None = None,
    ) -> Recording:
        """What the sensors of a placement record in this setting; see `hands.imu.simulate`.

        Example:
            >>> from hands import mano, motion
            >>> counting = motion.sample("Finger_Counting", "S01", seconds=2.0)
            >>> seed = lambda n: torch.Generator().manual_seed(n)
            >>> recording = SETTINGS["glove"].simulate(counting, mano.load(), GLOVE, seed(1), seed(0))
            >>> recording.acc.shape
            torch.Size([7, 61, 3])
        """
        return simulate(
            motion,
            hand,
            placement,
            self.hardware,
            generator,
            session=session,
            wear=self.wear,
            link=self.link,
            orientation=self.orientation,
            fps=fps,
            half_window=half_window,
        )


_SETTINGS: Final = (
    Setting("clean"),
    Setting(
        "glove",
        BMI270,
        Wear(angle=0.1, distance=0.003, slip_angle=math.radians(0.6), slip_distance=0.0003),
        Link(clock_offset=0.001, jitter=0.0005),
        "aligned",
    ),
    Setting(
        "cheap",
        MPU_9250,
        Wear(angle=0.2, distance=0.005, slip_angle=math.radians(1.3), slip_distance=0.0007),
        Link(clock_offset=0.005, jitter=0.002, dropout=0.02),
        "own",
    ),
)

SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType({setting.name: setting for setting in _SETTINGS})
"""By name: `"clean"`, `"glove"`, `"cheap"`."""
