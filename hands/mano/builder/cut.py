"""Cut the right hand off the MakeHuman body, along a closed loop of edges just behind the wrist."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from .landmarks import joint_centre
from .makehuman import Body
from .vectors import Array, Indices, unit

Edge = tuple[int, int]

CUT_BEHIND_WRIST = 0.010
"""Metres from the wrist joint towards the elbow, in the neutral body."""


def cut_right_hand(body: Body) -> tuple[Indices, Indices]:
    """The hand's vertices (V,) as ids of the body, ascending, and its quads (Q, 4) as ids of the hand."""
    quads = body.quads["body"]
    faces_of_edge = _faces_of_edges(quads)
    loop = _edge_loop(_edge_nearest_the_cut(body, faces_of_edge), faces_of_edge)
    hand = quads[_flood(quads, faces_of_edge, set(loop), _quad_at_the_fingertip(body))]
    vertex_ids, corners = np.unique(hand, return_inverse=True)
    return vertex_ids, corners.reshape(hand.shape)


def _edges_of_quad(quad: Indices) -> list[Edge]:
    corners = [int(corner) for corner in quad]
    return [(min(a, b), max(a, b)) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]


def _faces_of_edges(quads: Indices) -> dict[Edge, list[int]]:
    faces_of_edge: dict[Edge, list[int]] = defaultdict(list)
    for face, quad in enumerate(quads):
        for edge in _edges_of_quad(quad):
            faces_of_edge[edge].append(face)
    return dict(faces_of_edge)


def _edge_nearest_the_cut(body: Body, faces_of_edge: dict[Edge, list[int]]) -> Edge:
    """The edge that lies nearest the cutting plane and runs most nearly within it."""
    wrist, elbow = joint_centre(body, "joint-r-hand"), joint_centre(body, "joint-r-elbow")
    forearm = unit(wrist - elbow)
    centre = wrist - CUT_BEHIND_WRIST * forearm
    edges = np.array(list(faces_of_edge))
    start, end = body.vertices[edges].transpose(1, 0, 2)
    offset = (start + end) / 2 - centre
    slope = unit(end - start) @ forearm
    score = np.abs(offset @ forearm) + 0.02 * np.abs(slope)
    score[np.linalg.norm(offset, axis=1) > 0.06] = np.inf  # the plane also cuts the rest of the body
    a, b = edges[np.argmin(score)]
    return int(a), int(b)


def _edge_loop(first: Edge, faces_of_edge: dict[Edge, list[int]]) -> list[Edge]:
    """The edge loop through `first`: at each vertex of four quads, go on by the edge opposite the one we came by."""
    edges_of_vertex: dict[int, list[Edge]] = defaultdict(list)
    for edge in faces_of_edge:
        for vertex in edge:
            edges_of_vertex[vertex].append(edge)
    loop, vertex = [first], first[1]
    while vertex != first[0]:
        touched = set(faces_of_edge[loop[-1]])
        opposite = [edge for edge in edges_of_vertex[vertex] if touched.isdisjoint(faces_of_edge[edge])]
        if len(opposite) != 1:
            raise ValueError(f"the edge loop ends at vertex {vertex}: {len(opposite)} edges lie opposite {loop[-1]}")
        loop.append(opposite[0])
        vertex = sum(opposite[0]) - vertex
    return loop


def _quad_at_the_fingertip(body: Body) -> int:
    centres: Array = body.vertices[body.quads["body"]].mean(1)
    return int(np.argmin(np.linalg.norm(centres - joint_centre(body, "joint-r-finger-3-4"), axis=1)))


def _flood(quads: Indices, faces_of_edge: dict[Edge, list[int]], walls: set[Edge], start: int) -> list[int]:
    """All faces that can be reached from `start` without crossing a wall, ascending."""
    reached, waiting = {start}, [start]
    while waiting:
        for edge in _edges_of_quad(quads[waiting.pop()]):
            if edge not in walls:
                new = set(faces_of_edge[edge]) - reached
                reached |= new
                waiting += new
    return sorted(reached)
