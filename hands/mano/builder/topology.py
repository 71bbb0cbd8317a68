"""Which vertices of the MakeHuman body make the default hand, and the faces that join them: a constant, made once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .vectors import Indices


@dataclass(frozen=True)
class Topology:
    """The mesh of the default hand as a part of MakeHuman's."""

    vertex_ids: Indices  # (778,) vertices of the MakeHuman body, in the default hand's order
    faces: Indices  # (1538, 3)

    @classmethod
    def load(cls, path: Path | None = None) -> Topology:
        """The topology that ships, or that of another file."""
        with np.load(path or Path(__file__).with_name("topology_778.npz"), allow_pickle=False) as arrays:
            return cls(arrays["vertex_ids"].astype(np.int64), arrays["faces"].astype(np.int64))

    def save(self, path: Path) -> None:
        """Write both arrays."""
        np.savez_compressed(path, vertex_ids=self.vertex_ids.astype(np.uint16), faces=self.faces.astype(np.uint16))
