"""Checkers of the book's exercises, one module per chapter: `check.<exercise>(your_answer)` says whether it is solved.

A checker never raises for a wrong answer; it shows one line that says what is wrong and what to try.
"""

from hands.check.a_transformer import along_time, count_parameters, fuse_streams, hide_keys, split_heads
from hands.check.data_set import betas_from_ruler, count_once, cut_windows, find_the_leak, three_taps
from hands.check.does_it_work import (
    best_of,
    clearest_gain,
    constant_student,
    paired_interval,
    pairing_pays,
)
from hands.check.fitting import hinge_column, most_probable_step, rigid_alignment, tracker_to_keypoints
from hands.check.fusion_teacher import (
    ask_sensors,
    difference_and_product,
    hidden_share,
    hide,
    motion_loss,
    seen_and_unseen,
)
from hands.check.making_a_hand_move import continuous_quaternions, fastest_joint, go_elsewhere, stroke
from hands.check.meet_the_hand import middle_finger_length, mpjpe_mm, size_for_length, to_keypoints
from hands.check.naming_gestures import (
    balanced_accuracy,
    coarse_by_fine,
    fine_weight,
    least_loss,
    same_neighbours,
)
from hands.check.perfect_imu import (
    force_at_rest,
    force_at_tip,
    half_window_frames,
    rate_between,
    which_way_is_up,
)
from hands.check.real_imu import bone_orientation, clock_offset, heading_sd_deg, noise_per_record, turned_about_z
from hands.check.rotations_and_the_tree import fingertip_position, geodesic_degrees, mean_rotation, sixd_to_rotmat
from hands.check.seeing_hands import (
    cropped_camera,
    far_enough,
    from_range,
    keypoints_seen,
    where_is_the_hand,
)
from hands.check.skinning import closed_volume, rest_joints, skin, weight_gradient
from hands.check.teaching import channel_gate, frame_distance, own_rows, taught_alone, unit_directions
from hands.check.three_kinds import both_answers, chosen_by_others, explained, linear_probe
from hands.check.training import (
    average_gradients,
    bootstrap_interval,
    clip_gradients,
    honest_choice,
    warmed_cosine,
)
from hands.check.verdict import Verdict

__all__ = [
    "Verdict",
    "along_time",
    "ask_sensors",
    "average_gradients",
    "balanced_accuracy",
    "best_of",
    "betas_from_ruler",
    "bone_orientation",
    "bootstrap_interval",
    "both_answers",
    "channel_gate",
    "chosen_by_others",
    "clearest_gain",
    "clip_gradients",
    "clock_offset",
    "closed_volume",
    "coarse_by_fine",
    "constant_student",
    "continuous_quaternions",
    "count_once",
    "count_parameters",
    "cropped_camera",
    "cut_windows",
    "difference_and_product",
    "explained",
    "far_enough",
    "fastest_joint",
    "find_the_leak",
    "fine_weight",
    "fingertip_position",
    "force_at_rest",
    "force_at_tip",
    "frame_distance",
    "from_range",
    "fuse_streams",
    "geodesic_degrees",
    "go_elsewhere",
    "half_window_frames",
    "heading_sd_deg",
    "hidden_share",
    "hide",
    "hide_keys",
    "hinge_column",
    "honest_choice",
    "keypoints_seen",
    "least_loss",
    "linear_probe",
    "mean_rotation",
    "middle_finger_length",
    "most_probable_step",
    "motion_loss",
    "mpjpe_mm",
    "noise_per_record",
    "own_rows",
    "paired_interval",
    "pairing_pays",
    "rate_between",
    "rest_joints",
    "rigid_alignment",
    "same_neighbours",
    "seen_and_unseen",
    "sixd_to_rotmat",
    "size_for_length",
    "skin",
    "split_heads",
    "stroke",
    "taught_alone",
    "three_taps",
    "to_keypoints",
    "tracker_to_keypoints",
    "turned_about_z",
    "unit_directions",
    "warmed_cosine",
    "weight_gradient",
    "where_is_the_hand",
    "which_way_is_up",
]
