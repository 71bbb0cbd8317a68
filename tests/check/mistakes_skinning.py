"""A likely wrong answer to each exercise of *Skinning*."""

import numpy as np


def joints_of_the_template(v_template, shapedirs, J_regressor, betas):
    """Forgets that a larger hand has its joints elsewhere."""
    return J_regressor @ v_template


def without_the_rest_joint(vertices, lbs_weights, rotmat, posed_joints, rest_joints):
    """Uses the posed frames G_j where the rest-to-posed transforms A_j are needed."""
    posed = np.zeros_like(vertices)
    for j in range(16):
        posed += lbs_weights[:, j : j + 1] * (vertices @ rotmat[j].T + posed_joints[j])
    return posed


def without_the_cap(vertices, faces, rim):
    """Leaves the wrist open, so that the sum depends on where the hand is."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return np.einsum("fi,fi->", a, np.cross(b, c)) / 6


def pull_of_one_joint_alone(weights, transforms, vertex):
    """Forgets that the other weights shrink when one grows."""
    return transforms[:, :3, :3] @ vertex + transforms[:, :3, 3]


MISTAKES = {
    "rest_joints": joints_of_the_template,
    "skin": without_the_rest_joint,
    "closed_volume": without_the_cap,
    "weight_gradient": pull_of_one_joint_alone,
}
