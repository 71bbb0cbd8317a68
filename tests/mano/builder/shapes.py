"""Small meshes with known measures."""

from itertools import product

import numpy as np
from scipy.spatial import ConvexHull

BOX_QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def box(size=(1.0, 1.0, 1.0), corner=(0.0, 0.0, 0.0)):
    """Vertices (8, 3) and outward triangles (12, 3) of a box; the last two triangles are its top, z = size."""
    vertices = np.array(list(product((0.0, 1.0), repeat=3))) * size + np.array(corner)
    return vertices, np.concatenate([BOX_QUADS[:, [0, 1, 2]], BOX_QUADS[:, [0, 2, 3]]])[
        [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]
    ]


def sphere(num_points=400, radius=1.0):
    """Vertices on a sphere along a spiral, and the outward triangles of their hull."""
    i = np.arange(num_points)
    z, angle = 1 - (2 * i + 1) / num_points, np.pi * (1 + 5**0.5) * i
    ring = np.sqrt(1 - z**2)
    vertices = radius * np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)
    faces = ConvexHull(vertices).simplices.astype(np.int64)
    a, b, c = vertices[faces].transpose(1, 0, 2)
    inward = (np.cross(b - a, c - a) * a).sum(1) < 0
    faces[inward] = faces[inward][:, [0, 2, 1]]
    return vertices, faces


def grid(columns, rows, step=1.0):
    """A flat sheet in the plane z = 0: vertices (columns * rows, 3) and its triangles, which face +z."""
    x, y = np.meshgrid(np.arange(columns), np.arange(rows), indexing="ij")
    vertices = step * np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3).astype(float)
    a = np.array([i * rows + j for i in range(columns - 1) for j in range(rows - 1)])
    b, c, d = a + rows, a + rows + 1, a + 1
    return vertices, np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])


def tube(num_rings, num_sides=8, radius=0.03, step=0.01):
    """Vertices and outward quads of an open tube along +x, ring after ring."""
    angle = 2 * np.pi * np.arange(num_sides) / num_sides
    ring = radius * np.stack([0 * angle, np.cos(angle), np.sin(angle)], axis=1)
    vertices = np.concatenate([ring + np.array([step * i, 0, 0]) for i in range(num_rings)])
    quads = [
        [i * num_sides + j, i * num_sides + k, (i + 1) * num_sides + k, (i + 1) * num_sides + j]
        for i in range(num_rings - 1)
        for j, k in ((j, (j + 1) % num_sides) for j in range(num_sides))
    ]
    return vertices, np.array(quads)
