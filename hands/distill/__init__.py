"""The student: a hand from the sensors alone, taught by what a teacher knows of shape, pose and motion, one by one.

Explained in the book: part 4.
"""

from hands.distill.answers import Answer, Tutor, asked, kept, knowledge
from hands.distill.branches import MotionBranch, PoseBranch, ShapeBranch
from hands.distill.losses import (
    distance,
    dpd,
    entangled,
    of_a_constant,
    own_features,
    ssd,
    student_loss,
    tmd,
)
from hands.distill.reconstruction import reconstruct
from hands.distill.shipped import load
from hands.distill.simple import FrameMlp, FrameMlpConfig, Gru, GruConfig, Tcn, TcnConfig
from hands.distill.student import Knowledge, Said, Student, StudentConfig
from hands.distill.teaching import DECOUPLED, Teaching
from hands.distill.worn import SensorNetwork, Shown, Worn

__all__ = [
    "DECOUPLED",
    "Answer",
    "FrameMlp",
    "FrameMlpConfig",
    "Gru",
    "GruConfig",
    "Knowledge",
    "MotionBranch",
    "PoseBranch",
    "Said",
    "SensorNetwork",
    "ShapeBranch",
    "Shown",
    "Student",
    "StudentConfig",
    "Tcn",
    "TcnConfig",
    "Teaching",
    "Tutor",
    "Worn",
    "asked",
    "distance",
    "dpd",
    "entangled",
    "kept",
    "knowledge",
    "load",
    "of_a_constant",
    "own_features",
    "reconstruct",
    "ssd",
    "student_loss",
    "tmd",
]
