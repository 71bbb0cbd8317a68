r"""Self-penetration: how deep which parts of a posed hand sink into which, without the mesh.

The hand is filled once, in its rest pose, with about 130 spheres that touch the skin from inside. Each is tied to the
vertices it touches as a joint is: by a row of a regressor, so that shape, pose correctives and skinning move its centre
as they move the skin. Two spheres overlap by the sum of their radii less the distance of their centres, and the depth
of two parts of the hand is the largest such overlap:

$$
\begin{aligned}
c_i(\beta, \theta) &= \Big(\sum_j \bar w_{ij} A_j\Big) \sum_v W_{iv}\, (D c)_v
                   && \text{centre, skinned as a vertex} \\
r_i(\beta)         &= r_i + \textstyle\sum_k \beta_k\, \partial r_i / \partial \beta_k && \text{radius} \\
o_{ij}             &= r_i + r_j - \lVert c_i - c_j \rVert && \text{overlap} \\
d_{AB}             &= \max_{i \in A,\ j \in B} \max\big(0,\ o_{ij}(\beta, \theta) - \max(0,\ o_{ij}(\beta, 0))\big)
                   && \text{depth}
\end{aligned}
$$

Rows of $W$ sum to one, $\bar w_i$ is the mean of those vertices' skinning weights; $A$, $D$, $c$ are those of `lbs`. So
the flat hand has depth zero (up to rounding), whatever its shape. Spheres of one part or of neighbouring parts
(thumb3 and thumb2, thumb1 and the palm) do not count against each other, nor do spheres that hang on such parts for a
good share of their skinning weights, as at the webs: creases are not penetration.

Convention:
    Metres, radians. Parts are MANO's 16 joints by name, the wrist's being the palm.

What it cannot see: skin folded at one joint; a contact of less than about a millimetre, since the spheres follow the
skin to that (`TOLERANCE`); how long a contact is (`penalty` knows a little of it, from the number of parts). A depth is
that of spheres: once a finger is buried it keeps growing towards the middle of what buries it, up to the sum of two
radii, and falls again beyond. Two parts that pass through each other so fast that no frame shows it are not found.

Checked on the mesh, over 150 random poses between key poses: `penalty` ranks them as the volume that the mesh encloses
twice does (Spearman 0.99), `worst` nearly so (0.94); no hand whose triangles do not cut has any depth; and a finger
driven into the thumb or its neighbour begins to be deep within 1.5 mm of the first triangles that cut.

Source: spheres inside a surface stand for it as in Hubbard 1996 and Bradshaw and O'Sullivan 2004; the choice among them
is greedy set cover (Chvatal 1979).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from torch import Tensor

from hands.conventions import JOINT_NAMES, NUM_BETAS, NUM_JOINTS, PARENTS
from hands.mano import lbs
from hands.mano.hand import Hand
from hands.mano.mesh import Mask, vertex_normals, winding_number
from hands.mano.model_data import MIRROR_AXIAL, Array, HandModelData, IndexArray

PARTS: Final = ("palm", *JOINT_NAMES[1:])
"""What the skin of each of MANO's joints is called."""

SPACING = 3e-3
"""Metres between the points that may become centres of spheres."""

TOLERANCE = 1.2e-3
"""Metres: a sphere stands for all vertices that it misses by no more."""

SMALLEST = 3e-3
"""Metres: radius below which a sphere says nothing about a finger."""

FEWEST_NEW = 3
"""A further sphere must stand for so many vertices that none before it did."""

NEIGHBOURS = 12
"""At least so many vertices, the nearest ones, carry a sphere."""

KINSHIP = 0.25
"""Two spheres count against each other if the chance is below this that two joints drawn by their skinning weights are
the same or neighbours."""

COINCIDENT = 1e-6
"""Metres: centres nearer than this count as so far apart, so that no derivative divides by zero."""

CHUNK = 64
"""Hands measured at a time: their thousands of distances should stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Spheres:
    """The spheres inside one hand model, and which of them count against each other.

    Left hands are kept as their right-handed mirror images, which penetrate just as deep.

    Example:
        >>> from hands import mano
        >>> spheres = Spheres.of(mano.load())
        >>> spheres.pairs[0]
        ('palm', 'index2')
    """

    pairs: tuple[tuple[str, str], ...]  # names of the two parts of each pair, in the order of `depth`
    blend: Float[Tensor, "3 N 146"]  # centres in the rest pose, as `lbs.blend_matrix` gives vertices
    lbs_weights: Float[Tensor, "N 16"]
    radius_blend: Float[Tensor, "N 11"]  # radius, and its change per unit of beta
    joint_blend: Float[Tensor, "3 16 11"]
    pose_signs: Float[Tensor, " 3"]  # takes an axis-angle vector to the right hand
    first: Int[Tensor, " K"]  # one sphere of each two that count,
    second: Int[Tensor, " K"]  # and the other, ordered by pairs of parts
    sizes: tuple[int, ...]  # how many of the K belong to each pair of parts

    @staticmethod
    def of(hand: Hand) -> Spheres:
        """Fill a hand with spheres; they live on the hand's device, in its dtype."""
        data = hand.data if hand.side == "right" else hand.data.mirrored()
        centres, touches = _inscribed(data)
        regressor, mean = _regressor(centres, data.v_template, touches)
        weights = mean @ data.lbs_weights
        pairs, first, second, sizes = _opponents(weights)
        blend = lbs.blend_matrix(data)
        real = {
            "blend": np.einsum("nv,cvk->cnk", regressor, blend),
            "lbs_weights": weights,
            "radius_blend": _radius_blend(touches, regressor, blend[:, :, : 1 + NUM_BETAS]),
            "joint_blend": np.einsum("jv,cvk->cjk", data.J_regressor, blend[:, :, : 1 + NUM_BETAS]),
            "pose_signs": np.ones(3) if hand.side == "right" else MIRROR_AXIAL,
        }
        whole = {"first": first, "second": second}
        return Spheres(
            pairs=pairs,
            sizes=sizes,
            **{name: torch.from_numpy(array).to(hand.blend) for name, array in real.items()},
            **{name: torch.from_numpy(array).to(hand.blend.device) for name, array in whole.items()},
        )


def depth(
    spheres: Spheres, hand_pose: Float[Tensor, "*#batch 15 3"], betas: Float[Tensor, "*#batch 10"] | None = None
) -> Float[Tensor, "*batch pairs"]:
    """How deep the parts of each pair in `spheres.pairs` sink into each other, metres; zero where they do not.

    Differentiable in pose and shape wherever it is not zero; where the measure has a kink (first contact, another
    sphere deepest) it gives one of the slopes. Wrist orientation and place do not matter.

    Args:
        spheres: of the hand, from `Spheres.of`.
        hand_pose: axis-angle of the 15 finger joints, as `Hand` takes it.
        betas: shape; zero if not given. One shape for a whole batch of poses is cheaper than one each.

    Raises:
        ValueError: a shape does not fit, or the batch shapes do not broadcast.
    """
    batch = _common_batch(hand_pose, betas)
    B = math.prod(batch)
    pose = (hand_pose.to(spheres.blend) * spheres.pose_signs).expand(*batch, 15, 3).reshape(B, 15, 3).permute(2, 1, 0)
    if betas is None or betas.numel() == NUM_BETAS:
        one = spheres.blend.new_zeros(NUM_BETAS) if betas is None else betas.to(spheres.blend)
        shapes = [one.reshape(NUM_BETAS, 1)] * (B // CHUNK + 1)
    else:
        shapes = list(betas.to(spheres.blend).expand(*batch, NUM_BETAS).reshape(B, NUM_BETAS).T.split(CHUNK, 1))
    depths = [_depth(spheres, *chunk) for chunk in zip(pose.split(CHUNK, 2), shapes, strict=False)]
    return torch.cat(depths, 1).T.reshape(*batch, len(spheres.pairs))


def worst(
    spheres: Spheres, hand_pose: Float[Tensor, "*#batch 15 3"], betas: Float[Tensor, "*#batch 10"] | None = None
) -> Float[Tensor, "*batch"]:
    """The largest `depth` of each hand, metres: one number per frame, for statistics."""
    return depth(spheres, hand_pose, betas).amax(-1)


def penalty(
    spheres: Spheres, hand_pose: Float[Tensor, "*#batch 15 3"], betas: Float[Tensor, "*#batch 10"] | None = None
) -> Float[Tensor, "*batch"]:
    """The sum of squared depths of each hand, m^2: zero, with slope zero, up to first contact; for fitting."""
    return depth(spheres, hand_pose, betas).square().sum(-1)


def contacts(spheres: Spheres, depths: Float[Tensor, " pairs"]) -> dict[tuple[str, str], float]:
    """The parts of one hand that sink into each other, and how deep in metres, deepest first.

    Example:
        >>> from hands import mano
        >>> from hands.mano.gestures import key_pose
        >>> hand = mano.load()
        >>> spheres = Spheres.of(hand)
        >>> contacts(spheres, depth(spheres, key_pose("relaxed", hand.data)[1:]))
        {}
    """
    found = {pair: float(d) for pair, d in zip(spheres.pairs, depths, strict=True) if d > 0}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _common_batch(hand_pose: Tensor, betas: Tensor | None) -> tuple[int, ...]:
    """The batch shape of both arguments, whose own shapes are checked."""
    if hand_pose.shape[-2:] != (15, 3):
        raise ValueError(f"hand_pose has shape {tuple(hand_pose.shape)}, expected (..., 15, 3)")
    if betas is None:
        return tuple(hand_pose.shape[:-2])
    if betas.shape[-1:] != (NUM_BETAS,):
        raise ValueError(f"betas has shape {tuple(betas.shape)}, expected (..., {NUM_BETAS})")
    batches = tuple(hand_pose.shape[:-2]), tuple(betas.shape[:-1])
    try:
        return tuple(torch.broadcast_shapes(*batches))
    except RuntimeError:
        listed = f"hand_pose {batches[0]}, betas {batches[1]}"
        raise ValueError(f"batch shapes do not broadcast against each other: {listed}") from None


def _depth(
    spheres: Spheres, hand_pose: Float[Tensor, "3 15 B"], betas: Float[Tensor, "10 shapes"]
) -> Float[Tensor, "pairs B"]:
    """`depth`, planar as everything in `lbs` is; the shapes are B or one for all poses."""
    constant = torch.cat([torch.ones_like(betas[:1]), betas])
    radii = spheres.radius_blend @ constant
    at_rest = _overlap(spheres, spheres.blend[..., : 1 + NUM_BETAS] @ constant, radii).clamp(min=0)
    posed = _overlap(spheres, _centres(spheres, hand_pose, betas), radii)
    deepest = [pair.amax(0) for pair in (posed - at_rest).split(spheres.sizes)]
    return torch.stack(deepest).clamp(min=0)


def _centres(
    spheres: Spheres, hand_pose: Float[Tensor, "3 15 B"], betas: Float[Tensor, "10 shapes"]
) -> Float[Tensor, "3 N B"]:
    """Centres of the spheres in the posed hand, skinned as its vertices are."""
    rotmat = lbs.rotmats_from_axis_angles(torch.cat([torch.zeros_like(hand_pose[:, :1]), hand_pose], 1))
    coefficients = lbs.blend_coefficients(betas.expand(-1, hand_pose.shape[2]), rotmat)
    rest_joints = spheres.joint_blend @ coefficients[: 1 + NUM_BETAS]
    global_rotmat, joints = lbs.chain(rotmat, rest_joints)
    transforms = lbs.joint_transforms(global_rotmat, joints, rest_joints)
    return lbs.skin(coefficients, transforms, spheres.blend, spheres.lbs_weights)


def _overlap(
    spheres: Spheres, centres: Float[Tensor, "3 N B"], radii: Float[Tensor, "N shapes"]
) -> Float[Tensor, "K B"]:
    """Sum of radii less distance of centres, for each two spheres that count; negative where they are apart."""
    apart = centres.index_select(1, spheres.first) - centres.index_select(1, spheres.second)
    reach = radii.index_select(0, spheres.first) + radii.index_select(0, spheres.second)
    distance = apart.square().sum(0).clamp(min=COINCIDENT**2).sqrt()  # vector_norm is 50 times slower along this axis
    return reach - distance


def _inscribed(data: HandModelData) -> tuple[Array, Mask]:
    """Centres (N, 3) of spheres that fill the flat hand, and the vertices (N, V) that each stands for.

    Candidates are the points of a grid inside the hand, each with the largest sphere that holds no vertex. Then the
    candidate that stands for most vertices without one is taken, the thickest of these, until none adds enough.
    """
    centres, radii = _candidates(data.v_template, data.faces)
    touches = cdist(centres, data.v_template) < radii[:, None] + TOLERANCE
    chosen: list[int] = []
    new = touches.copy()
    gain = new.sum(1)
    while gain.max(initial=0) >= FEWEST_NEW:
        best = int(np.lexsort((radii, gain))[-1])
        if winding_number(centres[[best]], data.v_template, data.faces)[0] < 0.5:
            gain[best] = -1  # between two fingers, where the nearest vertex can mislead
            continue
        chosen.append(best)
        done = np.flatnonzero(new[best])
        gain -= new[:, done].sum(1)
        new[:, done] = False
    return centres[chosen], touches[chosen]


def _candidates(vertices: Array, faces: IndexArray) -> tuple[Array, Array]:
    """Points of a grid (n, 3), no nearer to a vertex than SMALLEST, and their distance to it (n,).

    They lie on the inner side of the nearest vertex; a few are outside all the same.
    """
    axes = [np.arange(low, high, SPACING) for low, high in zip(vertices.min(0), vertices.max(0), strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    distances, nearest = cKDTree(vertices).query(points)
    height = ((points - vertices[nearest]) * vertex_normals(vertices, faces)[nearest]).sum(1)
    inside = (height < 0) & (distances > SMALLEST)
    return points[inside], np.asarray(distances[inside])


def _regressor(centres: Array, vertices: Array, touches: Mask) -> tuple[Array, Array]:
    """The matrix W (N, V) that gives the centres from the vertices, and the mean of the same vertices (N, V).

    Each sphere hangs on the vertices it stands for, or on its NEIGHBOURS nearest if these are more. Of all W that give
    the centre, and so any affine image of it, the one with the smallest squares.
    """
    distances = cdist(centres, vertices)
    regressor, mean = np.zeros_like(distances), np.zeros_like(distances)
    for i, count in enumerate(np.maximum(touches.sum(1), NEIGHBOURS)):
        near = np.argsort(distances[i], kind="stable")[:count]
        system = np.vstack([vertices[near].T, np.ones(count)])
        regressor[i, near] = np.linalg.lstsq(system, np.append(centres[i], 1.0), rcond=None)[0]
        mean[i, near] = 1 / count
    return regressor, mean


def _radius_blend(touches: Mask, regressor: Array, shapes: Array) -> Array:
    """Mean distance (N, 11) of each centre from the vertices it stands for, and its change per unit of beta.

    `shapes` (3, V, 11) are the rest vertices and theirs. A distance changes by the part of the change along it.
    """
    spokes = shapes[:, None] - np.einsum("nv,cvk->cnk", regressor, shapes)[:, :, None]  # (3, N, V, 11)
    distances = np.linalg.norm(spokes[..., 0], axis=0)
    along = np.einsum("cnv,cnvk->nvk", spokes[..., 0] / distances, spokes)
    share = touches / touches.sum(1, keepdims=True)
    return np.asarray(np.einsum("nv,nvk->nk", share, along))


def _opponents(weights: Array) -> tuple[tuple[tuple[str, str], ...], IndexArray, IndexArray, tuple[int, ...]]:
    """Names of the pairs of parts, the two spheres of each two that count in their order, and how many a pair has."""
    near = np.eye(NUM_JOINTS)
    near[range(1, NUM_JOINTS), PARENTS[1:]] = near[PARENTS[1:], range(1, NUM_JOINTS)] = 1
    parts = weights.argmax(1)
    strangers = (weights @ near @ weights.T < KINSHIP) & (near[parts][:, parts] == 0)
    first, second = np.nonzero(strangers & (parts[:, None] < parts))
    codes = parts[first] * NUM_JOINTS + parts[second]
    order = np.argsort(codes, kind="stable")
    pairs, sizes = np.unique(codes, return_counts=True)
    names = tuple((PARTS[a], PARTS[b]) for a, b in zip(*np.divmod(pairs, NUM_JOINTS), strict=True))
    return names, first[order], second[order], tuple(sizes.tolist())
