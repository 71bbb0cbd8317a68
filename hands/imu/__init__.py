"""Inertial sensors on a hand: what they measure, and the record of it.

Explained in the book: part 2.
"""

from hands.imu import calibration_study, parts
from hands.imu.allan import allan_deviation
from hands.imu.calibration import Calibration, calibrate
from hands.imu.calibration_poses import (
    CALIBRATION_POSES,
    EXACT,
    TYPICAL,
    CalibrationPose,
    Looseness,
    calibration_motion,
)
from hands.imu.errors import with_errors
from hands.imu.hardware import Hardware, Triad, ideal, low_pass
from hands.imu.integration import integrate_acceleration, integrate_gyro
from hands.imu.kinematics import trajectories
from hands.imu.link import Link, transmit
from hands.imu.orientation import track, zero_headings
from hands.imu.physics import HALF_WINDOW, acceleration, angular_rate, look_ahead, sense
from hands.imu.placement import GLOVE, RIGID_GLOVE, SUBSETS, Landmark, Sensor, misplaced, subset
from hands.imu.recording import Recording, RecordingError
from hands.imu.settings import SETTINGS, Setting
from hands.imu.simulation import simulate
from hands.imu.stillness import CalibrationError, still_spans
from hands.imu.wear import Wear, put_on

__all__ = [
    "CALIBRATION_POSES",
    "EXACT",
    "GLOVE",
    "HALF_WINDOW",
    "RIGID_GLOVE",
    "SETTINGS",
    "SUBSETS",
    "TYPICAL",
    "Calibration",
    "CalibrationError",
    "CalibrationPose",
    "Hardware",
    "Landmark",
    "Link",
    "Looseness",
    "Recording",
    "RecordingError",
    "Sensor",
    "Setting",
    "Triad",
    "Wear",
    "acceleration",
    "allan_deviation",
    "angular_rate",
    "calibrate",
    "calibration_motion",
    "calibration_study",
    "ideal",
    "integrate_acceleration",
    "integrate_gyro",
    "look_ahead",
    "low_pass",
    "misplaced",
    "parts",
    "put_on",
    "sense",
    "simulate",
    "still_spans",
    "subset",
    "track",
    "trajectories",
    "transmit",
    "with_errors",
    "zero_headings",
]
