"""Checkers for the exercises of *Skinning*.

Answers are functions of NumPy arrays in float64, lengths in metres, as in the chapter's naive twins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from hands import mano
from hands.check.verdict import Verdict, judge
from hands.mano import gestures
from hands.mano.mesh import boundary_loop
from hands.mano.model_data import Array, IndexArray

HUNDREDTH_OF_A_MM = 1e-5
ROUNDING_ML = 1e-9
"""A thousandth of a millilitre, in cubic metres: what may differ where every answer has to be the same."""

CAPS_ML = 2e-6
"""How far the hand's volume may be off: its rim is not flat, and caps differ by up to 1.9 ml of a third of a litre."""

LARGE = np.array([2.0, -1.0, 1.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
"""Betas of a large and slender hand."""

_SIDES = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4]]

OPEN_BOX = (
    np.array([[x, y, z] for x in (0, 0.03) for y in (0, 0.04) for z in (0, 0.05)]),
    np.array([triangle for a, b, c, d in _SIDES for triangle in ([a, b, c], [a, c, d])]),
    np.array([1, 3, 7, 5]),
)
"""Vertices, outward faces and rim of a box of 3 cm x 4 cm x 5 cm whose lid (z = 5 cm) is missing."""

MOVED_BOX = (OPEN_BOX[0] + [0.1, 0.05, 0.02], *OPEN_BOX[1:])
"""Some of its faces are turned towards the origin."""


def rest_joints(answer: Callable[[Array, Array, Array, Array], Any]) -> Verdict:
    """v_template (V, 3), shapedirs (V, 3, 10), J_regressor (16, V), betas (10,) -> joints of the flat hand (16, 3)."""
    data = mano.load(dtype=torch.float64).data
    arrays = (data.v_template, data.shapedirs, data.J_regressor)
    return judge(
        answer,
        {
            name: ((*arrays, betas), _rest_joints(*arrays, betas))
            for name, betas in {"the mean hand": np.zeros(10), "a large, slender hand": LARGE}.items()
        },
        praise="right: the bones grow with the skin",
        atol=HUNDREDTH_OF_A_MM,
        unit="m",
        mistakes={
            "these are the joints of the template; the regressor must see the shaped vertices": _joints_of_template,
            "these are the joints' displacements; add the template before (or after) regressing": _joints_displaced,
            "these are vertices; J_regressor @ vertices makes joints of them": _shaped,
        },
    )


def skin(answer: Callable[[Array, Array, Array, Array, Array], Any]) -> Verdict:
    """Linear blend skinning of rest vertices: (V, 3), lbs_weights (V, 16), rotmat (16, 3, 3), two (16, 3) -> (V, 3).

    `rotmat` are the joints' global rotations; then come `posed_joints` and `rest_joints`.
    """
    hand = mano.load(dtype=torch.float64)
    vertices, weights = hand.data.v_template, hand.data.lbs_weights
    rest = hand.data.J_regressor @ vertices
    still = np.tile(np.eye(3), (16, 1, 1))
    cases = {"a hand that does not move": (still, rest), "a relaxed hand": _frames(hand, "relaxed")}
    return judge(
        answer,
        {
            name: ((vertices, weights, rotmat, posed, rest), _skin(vertices, weights, rotmat, posed, rest))
            for name, (rotmat, posed) in cases.items()
        },
        praise="right: each vertex goes to the weighted mean of where its joints would carry it",
        atol=HUNDREDTH_OF_A_MM,
        unit="m",
        mistakes={
            "that turns about the origin, not about the joint: take the rest joint from the vertex first": _with_G,
            "each vertex followed its strongest joint alone; blend all 16 by their weights": _rigid_parts,
            "the rotations went the wrong way round: R @ v, or v @ R.T for rows": _transposed,
            "the vertices stayed in their joint's frame; add the posed joint": _without_posed_joint,
            "the posed joint was taken away first; subtract the rest joint, add the posed one": _about_posed_joint,
            "the rest joint was added back; subtract the rest joint, add the posed one": _about_rest_joint,
            "the two joints changed places; subtract the rest joint, add the posed one": _joints_swapped,
        },
    )


def closed_volume(answer: Callable[[Array, IndexArray, IndexArray], Any]) -> Verdict:
    """Vertices (V, 3), faces (F, 3), rim (N,) of the one hole, running with the faces -> volume in cubic metres.

    The hand's rim is not flat, so any cap passes there. The box has a flat one and must come out exactly, and a hand
    must hold as much a metre further on.
    """
    hand = mano.load(dtype=torch.float64)
    faces, rim = hand.data.faces, boundary_loop(hand.data.faces)
    flat = hand.data.v_template
    fist = hand(hand_pose=gestures.key_pose("fist", hand.data, torch.float64)[1:]).vertices.numpy()
    boxes = {"a box without its lid": OPEN_BOX, "the same box, elsewhere": MOVED_BOX}
    hands = {
        "the flat hand": (flat, faces, rim),
        "the flat hand, a metre away": (flat + 1.0, faces, rim),
        "a fist": (fist, faces, rim),
    }
    verdict = _judge_volume(answer, boxes, _closed_volume, ROUNDING_ML) and _judge_volume(
        answer, hands, _closed_volume, CAPS_ML
    )
    if not verdict:
        return verdict
    moved = {"the flat hand, moved by a metre": hands["the flat hand, a metre away"]}
    return _judge_volume(answer, moved, lambda *_: answer(*hands["the flat hand"]), ROUNDING_ML)


def _judge_volume(
    answer: Callable[..., Any],
    meshes: dict[str, tuple[Array, IndexArray, IndexArray]],
    expected: Callable[..., Any],
    atol: float,
) -> Verdict:
    return judge(
        answer,
        {name: (mesh, expected(*mesh)) for name, mesh in meshes.items()},
        praise="right: it does not matter where the hand is, so no face is missing and none is inside out",
        atol=atol,
        unit="m³",
        mistakes={
            "the hole is still open: close it with triangles between the rim's vertices": _without_cap,
            "the cap is inside out: its triangles must run against the rim": _cap_inside_out,
            "that is in ml; return cubic metres": _times(1e6),
            "a(b x c) is six times the volume of a tetrahedron": _times(6.0),
            "a triangle spans half of a parallelogram, so divide by six, not by three": _times(2.0),
            "the sign is wrong: the faces count as outward by the right-hand rule": _times(-1.0),
            "tetrahedra that face the origin count as negative; do not take absolute values": _without_signs,
        },
    )


def weight_gradient(answer: Callable[[Array, Array, Array], Any]) -> Verdict:
    """Weights (16,), transforms (16, 4, 4) rest to posed, rest vertex (3,) -> gradient of the posed vertex (16, 3).

    Row j: how the posed vertex moves per unit by which weight j is raised, all weights being divided by their sum.
    """
    hand = mano.load(dtype=torch.float64)
    rotmat, posed = _frames(hand, "fist")
    rest = hand.data.J_regressor @ hand.data.v_template
    transforms = np.tile(np.eye(4), (16, 1, 1))
    transforms[:, :3, :3], transforms[:, :3, 3] = rotmat, posed - np.einsum("jab,jb->ja", rotmat, rest)
    spread = np.argmax((hand.data.lbs_weights > 0.01).sum(1))
    vertices = {"the tip of the index finger": hand.data.tip_vertices[1], "a vertex with several joints": int(spread)}
    return judge(
        answer,
        {
            name: (arguments, _weight_gradient(*arguments))
            for name, v in vertices.items()
            for arguments in [(hand.data.lbs_weights[v], transforms, hand.data.v_template[v])]
        },
        praise="right: a joint that gains weight pulls the vertex towards where it alone would carry it",
        atol=HUNDREDTH_OF_A_MM,
        mistakes={
            "as one weight grows, the others shrink so that the sum stays one: their pull is missing": _unnormalised,
            "that counts each joint by its own weight; the slope does not": _times_weight,
            "the direction is reversed: from where the vertex is to where joint j would carry it": lambda *case: (
                -_weight_gradient(*case)
            ),
        },
    )


def _shaped(v_template: Array, shapedirs: Array, J_regressor: Array, betas: Array) -> Array:
    return v_template + shapedirs @ betas


def _rest_joints(v_template: Array, shapedirs: Array, J_regressor: Array, betas: Array) -> Array:
    return J_regressor @ (v_template + shapedirs @ betas)


def _joints_of_template(v_template: Array, shapedirs: Array, J_regressor: Array, betas: Array) -> Array:
    return J_regressor @ v_template


def _joints_displaced(v_template: Array, shapedirs: Array, J_regressor: Array, betas: Array) -> Array:
    return J_regressor @ (shapedirs @ betas)


def _frames(hand: mano.Hand, pose: str) -> tuple[Array, Array]:
    """Global rotations (16, 3, 3) and posed joints (16, 3) of a key pose."""
    rotmat = mano.axis_angle_to_rotmat(gestures.key_pose(pose, hand.data, torch.float64))
    global_rotmat, posed_joints = mano.forward_kinematics(rotmat, hand().joints)
    return global_rotmat.numpy(), posed_joints.numpy()


def _skin(vertices: Array, weights: Array, rotmat: Array, posed: Array, rest: Array) -> Array:
    moved = np.einsum("jab,jvb->jva", rotmat, vertices - rest[:, None]) + posed[:, None]
    blended: Array = np.einsum("vj,jva->va", weights, moved)
    return blended


def _with_G(vertices: Array, weights: Array, rotmat: Array, posed: Array, rest: Array) -> Array:
    return _skin(vertices, weights, rotmat, posed, np.zeros_like(rest))


def _rigid_parts(vertices: Array, weights: Array, rotmat: Array, posed: Array, rest: Array) -> Array:
    return _skin(vertices, np.eye(16)[weights.argmax(1)], rotmat, posed, rest)


def _transposed(vertices: Array, weights: Array, rotmat: Array, posed: Array, rest: Array) -> Array:
    return _skin(vertices, weights, rotmat.swapaxes(1, 2), posed, rest)


def _without_posed_joint(vertices: Array, weights: Array, rotmat: Array, posed: Array, rest: Array) -> Array:
    return _skin(vertices, weights, rotmat, np.zeros_like(posed), rest)


def _about_posed_joint(vertices: Array, weights: Array, rotmat: Array, posed: Array, rest: Array) -> Array:
    return _skin(vertices, weights, rotmat, posed, posed)


def _about_rest_joint(vertices: Array, weights: Array, rotmat: Array, posed: Array, rest: Array) -> Array:
    return _skin(vertices, weights, rotmat, rest, rest)


def _joints_swapped(vertices: Array, weights: Array, rotmat: Array, posed: Array, rest: Array) -> Array:
    return _skin(vertices, weights, rotmat, rest, posed)


def _cap(rim: IndexArray) -> IndexArray:
    return np.array([[rim[0], rim[k + 1], rim[k]] for k in range(1, len(rim) - 1)])


def _tetrahedra(vertices: Array, faces: IndexArray) -> Array:
    """Signed volume of the tetrahedron between the origin and each face."""
    a, b, c = vertices[faces].swapaxes(0, 1)
    volumes: Array = (a * np.cross(b, c)).sum(1) / 6
    return volumes


def _closed_volume(vertices: Array, faces: IndexArray, rim: IndexArray) -> float:
    return float(_tetrahedra(vertices, np.vstack([faces, _cap(rim)])).sum())


def _times(factor: float) -> Callable[..., float]:
    return lambda *mesh: factor * _closed_volume(*mesh)


def _without_cap(vertices: Array, faces: IndexArray, rim: IndexArray) -> float:
    return float(_tetrahedra(vertices, faces).sum())


def _cap_inside_out(vertices: Array, faces: IndexArray, rim: IndexArray) -> float:
    return _closed_volume(vertices, faces, rim[::-1])


def _without_signs(vertices: Array, faces: IndexArray, rim: IndexArray) -> float:
    return float(np.abs(_tetrahedra(vertices, np.vstack([faces, _cap(rim)]))).sum())


def _carried(transforms: Array, vertex: Array) -> Array:
    """Where each joint alone would carry the vertex, (16, 3)."""
    places: Array = (transforms @ np.append(vertex, 1.0))[:, :3]
    return places


def _weight_gradient(weights: Array, transforms: Array, vertex: Array) -> Array:
    places = torch.from_numpy(_carried(transforms, vertex))
    slope: torch.Tensor = torch.func.jacrev(lambda w: (w / w.sum()) @ places)(torch.from_numpy(weights.copy()))
    return np.asarray(slope.T)


def _unnormalised(weights: Array, transforms: Array, vertex: Array) -> Array:
    return _carried(transforms, vertex)


def _times_weight(weights: Array, transforms: Array, vertex: Array) -> Array:
    return weights[:, None] * _weight_gradient(weights, transforms, vertex)
