"""The fusion teacher: part of the true pose, the true shape and the sensors in, a hand and three priors out.

Explained in the book: *The fusion teacher*.
"""

from hands.fusion.crossing import Fusion, GuidedAttention
from hands.fusion.embedding import pose_tokens
from hands.fusion.labels import known, motion_labels
from hands.fusion.losses import (
    UNIT,
    LossWeights,
    auxiliary_terms,
    reconstruction_terms,
    teacher_loss,
    teacher_terms,
)
from hands.fusion.masking import MaskNoise, mask
from hands.fusion.priors import Priors, cem, isem, msem, pooled, priors
from hands.fusion.rotations import sixd_to_rotmat
from hands.fusion.statistics import TeacherStatistics
from hands.fusion.teacher import Auxiliary, Fused, Teacher, TeacherConfig

__all__ = [
    "UNIT",
    "Auxiliary",
    "Fused",
    "Fusion",
    "GuidedAttention",
    "LossWeights",
    "MaskNoise",
    "Priors",
    "Teacher",
    "TeacherConfig",
    "TeacherStatistics",
    "auxiliary_terms",
    "cem",
    "isem",
    "known",
    "mask",
    "motion_labels",
    "msem",
    "pooled",
    "pose_tokens",
    "priors",
    "reconstruction_terms",
    "sixd_to_rotmat",
    "teacher_loss",
    "teacher_terms",
]
