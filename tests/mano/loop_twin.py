"""The slow twin of the hand: one hand, one vertex at a time, on scipy's rotations. From SMPL's equations."""

import numpy as np
from scipy.spatial.transform import Rotation

from hands.conventions import PARENTS


def pose_hand(data, betas, full_pose, transl):
    """(vertices (V, 3), joints (16, 3)) in metres, float64."""
    rotations = [Rotation.from_rotvec(r).as_matrix() for r in full_pose]
    shaped = data.v_template + sum(betas[k] * data.shapedirs[:, :, k] for k in range(10))
    joints = np.stack([sum(data.J_regressor[j, v] * shaped[v] for v in range(len(shaped))) for j in range(16)])
    feature = np.concatenate([(rotations[j] - np.eye(3)).ravel() for j in range(1, 16)])
    corrected = shaped + data.posedirs @ feature
    frames = []
    for j, parent in enumerate(PARENTS):
        local = np.eye(4)
        local[:3, :3] = rotations[j]
        local[:3, 3] = joints[j] - (joints[parent] if j else 0)
        frames.append(frames[parent] @ local if j else local)
    vertices = np.empty_like(corrected)
    for v, point in enumerate(corrected):
        moved = [frames[j][:3, :3] @ (point - joints[j]) + frames[j][:3, 3] for j in range(16)]
        vertices[v] = sum(data.lbs_weights[v, j] * moved[j] for j in range(16))
    return vertices + transl, np.stack([frame[:3, 3] for frame in frames]) + transl
