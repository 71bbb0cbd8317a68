r"""A pinhole camera: from points in space to points of a picture.

    u = f X / Z + c_x,   v = f Y / Z + c_y

for a point (X, Y, Z) in the camera's frame. A world point comes there by x_c = R_cw x_w + p_c.

Convention:
    The camera's frame has x to the right of the picture, y down and z forward, as in OpenCV; metres. Picture points are
    in pixels from the upper left corner of the picture, so that the middle of the first pixel is (0.5, 0.5).

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from jaxtyping import Float

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Camera:
    """Where a camera is, how it is turned, and what it sees.

    Example:
        >>> camera = Camera.looking(at=np.zeros(3), distance=0.5, towards=np.array([0.0, 1.0, 0.0]), size=128)
        >>> camera.project(camera.seen(np.zeros((1, 3)))).tolist()
        [[64.0, 64.0]]
    """

    rotmat: Float[Array, "3 3"]
    """R_cw."""
    place: Float[Array, " 3"]
    """p_c, where the world's origin is in the camera's frame."""
    focal: float
    """Focal length, pixels."""
    size: int
    """Width and height of the picture, pixels."""
    centre: tuple[float, float]
    """Where the optical axis meets the picture, pixels."""

    @staticmethod
    def looking(
        at: Float[np.ndarray, " 3"],
        distance: float,
        towards: Float[np.ndarray, " 3"],
        size: int,
        *,
        roll: float = 0.0,
        field: float = 0.6,
    ) -> Camera:
        """A camera that looks at a point of the world, with the world's z up in the picture.

        Args:
            at: the point, which comes to the middle of the picture.
            distance: of the camera from it, metres.
            towards: the direction in which the camera looks, in the world; not straight up or down.
            size: pixels.
            roll: turn of the camera about its axis, radians; positive turns the picture anticlockwise.
            field: angle of view, radians.
        """
        z = np.asarray(towards) / np.linalg.norm(towards)
        x = np.cross(z, [0.0, 0.0, 1.0])
        x /= np.linalg.norm(x)
        upright = np.stack([x, np.cross(z, x), z])
        c, s = np.cos(roll), np.sin(roll)
        rotmat = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]) @ upright
        focal = size / 2 / np.tan(field / 2)
        return Camera(rotmat, np.array([0.0, 0.0, distance]) - rotmat @ at, float(focal), size, (size / 2, size / 2))

    def seen(self, points: Float[np.ndarray, "*any 3"]) -> Float[Array, "*any 3"]:
        """World points in the camera's frame."""
        return np.asarray(points @ self.rotmat.T + self.place)

    def project(self, points: Float[np.ndarray, "*any 3"]) -> Float[Array, "*any 2"]:
        """Points of the camera's frame in the picture, pixels."""
        return np.asarray(self.focal * points[..., :2] / points[..., 2:] + np.array(self.centre))
