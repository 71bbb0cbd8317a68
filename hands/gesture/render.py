"""From a pose, a camera and a look to a picture, with the labels that go with its pixels.

Light is traced by Mitsuba 3, two bounces deep, in the camera's own frame, and its noise averaged away; what is behind
the hand is put behind it, and the camera develops the sum. The labels come from one more ray through the middle of
each pixel. All is computed by the processor, on as many threads as asked for, and the same look gives the same picture
on any number.

Convention:
    The camera's frame: x to the right, y down, z forward (`hands.gesture.camera`). Metres, radians.

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import maximum_filter

from hands import mano
from hands.gesture.background import background
from hands.gesture.camera import Camera
from hands.gesture.denoise import denoised
from hands.gesture.lens import Lens
from hands.gesture.light import Lamp, Light
from hands.gesture.skin import Skin, features
from hands.gesture.sleeve import Sleeve
from hands.gesture.surface import Arm, Mesh, Skeleton

Array = npt.NDArray[np.float64]

BOUNCES: Final = 2
BLOCK: Final = 32
"""Pixels: threads take turns in blocks, each with its own random numbers, so their number changes nothing."""
FLESH: Final = 0.035
"""A keypoint is inside the hand, and so far at most behind its own skin, metres."""
TO_SPHERE: Final = np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""Takes Mitsuba's directions of a sphere of light, y up, to those of `hands.gesture.light`, z up."""


@dataclass(frozen=True)
class Look:
    """Everything one sees but the pose: skin, sleeve, light, background, lens."""

    skin: Skin = field(default_factory=Skin)
    sleeve: Sleeve | None = None
    light: Light = field(
        default_factory=lambda: Light(
            (0.3, 0.3, 0.32), (0.12, 0.11, 0.1), (Lamp((0.4, -0.5, 0.77), 0.5, 2.0, (1, 1, 1)),)
        )
    )
    background: str = "wall"
    background_seed: int = 0
    background_light: float = 1.0
    """How bright the light on it is, beside that on the hand."""
    lens: Lens = field(default_factory=Lens)
    seed: int = 0
    """Of the rays."""


class Shot(NamedTuple):
    """A picture and its labels, in the camera's frame."""

    picture: UInt8[np.ndarray, "size size 3"]
    depth: Float[np.ndarray, "size size"]
    """Of the hand's surface, z in metres; 0 where no hand is seen. The forearm is not the hand."""
    visible: Bool[np.ndarray, " 21"]
    """Whether the picture shows the skin before a keypoint."""
    global_orient: Float[np.ndarray, " 3"]
    """Of the wrist in the camera's frame, axis-angle."""
    transl: Float[np.ndarray, " 3"]
    """The `transl` that puts the hand where the camera sees it."""
    keypoints: Float[np.ndarray, "21 3"]
    pixels: Float[np.ndarray, "21 2"]
    """The keypoints in the picture."""

    @property
    def mask(self) -> Bool[np.ndarray, "size size"]:
        """Where the hand is seen."""
        return np.asarray(self.depth > 0)


class _Hits(NamedTuple):
    """What the middle of each pixel shows first: z (0 for nothing), whether it is the hand, normal and own colour."""

    depth: Float[Array, "size size"]
    hand: Bool[np.ndarray, "size size"]
    normal: Float[Array, "size size 3"]
    colour: Float[Array, "size size 3"]


class Posed(NamedTuple):
    """A hand in the world, as `mano.Hand` takes it, and its forearm; numbers without a batch."""

    betas: Float[np.ndarray, " 10"]
    global_orient: Float[np.ndarray, " 3"]
    hand_pose: Float[np.ndarray, "15 3"]
    transl: Float[np.ndarray, " 3"]
    forearm_orient: Float[np.ndarray, " 3"]


class Studio:
    """A hand model, ready to be photographed.

    Args:
        hand: a right hand; the default hand if left out.
        detail: how often each face is cut in four: 2 for small pictures, 3 for large ones.
        threads: of the renderer.

    Raises:
        ValueError: the hand is a left one.
        ImportError: Mitsuba is not installed.
    """

    def __init__(self, hand: mano.Hand | None = None, *, detail: int = 2, threads: int = 1) -> None:
        self.hand = (mano.load() if hand is None else hand).to(torch.float32)
        if self.hand.side != "right":
            raise ValueError("pictures are taken of right hands, and this one is left: mirror its data first")
        self.mi = renderer(threads)
        self.skeleton = Skeleton.of(self.hand.data.faces, detail)
        self.features = features(self.hand.data, self.skeleton)

    def shoot(self, posed: Posed, camera: Camera, look: Look, *, samples: int = 9) -> Shot:
        """Take a picture.

        Args:
            posed: the hand in the world.
            camera: from where.
            look: skin, sleeve, light, background, lens.
            samples: light paths for each pixel.
        """
        arguments = {name: torch.from_numpy(np.asarray(value, np.float32)) for name, value in _hand_part(posed).items()}
        with torch.no_grad():
            output = self.hand(**arguments)
        wrist, keypoints = (points.numpy().astype(np.float64) for points in (output.joints[0], output.keypoints))
        turned, forearm = (mano.axis_angle_to_rotmat(torch.from_numpy(np.asarray(a, np.float64))).numpy()
                           for a in (posed.global_orient, posed.forearm_orient))  # fmt: skip
        skin, arm = self._surfaces(output.vertices.numpy().astype(np.float64), turned, forearm)
        seen = camera.seen(keypoints)
        scene = self._scene(skin, arm, camera, look)
        first = self._first_hits(scene, camera)
        light = self._light(scene, first, camera, look, samples)
        white = np.pi / _irradiance(skin, camera, look)
        rotmat = camera.rotmat @ turned
        return Shot(
            picture=look.lens.develop(_composed(light, white, camera, look)),
            depth=np.where(first.hand, first.depth, 0.0),
            visible=self._visible(scene, camera, seen),
            global_orient=_axis_angle(rotmat),
            transl=camera.seen(wrist) - (wrist - posed.transl),
            keypoints=seen,
            pixels=camera.project(seen),
        )

    def _surfaces(self, vertices: Array, turned: Array, forearm: Array) -> tuple[Mesh, Arm]:
        arm = Arm(vertices[self.skeleton.loop], turned, forearm)
        smooth = self.skeleton.smooth(np.concatenate([vertices, arm.rings()]))
        return Mesh(smooth, self.skeleton.fine_faces), arm

    def _scene(self, skin: Mesh, arm: Arm, camera: Camera, look: Look) -> Any:
        mi = self.mi
        colours, roughness = look.skin.colours(self.features), look.skin.roughness(self.features)
        parts = {"skin": _shape(mi, "skin", _seen(skin, camera), colours, roughness, SKIN)}
        if look.sleeve is not None:
            cloth, colours = look.sleeve.mesh(arm), look.sleeve.colours()
            parts["sleeve"] = _shape(mi, "sleeve", _seen(cloth, camera), colours, np.full(len(colours), 0.9), CLOTH)
        to_camera = np.eye(4)
        to_camera[:3, :3] = camera.rotmat @ TO_SPHERE
        sphere = look.light.sphere()[:, ::-1].astype(np.float32)
        around = {
            "type": "envmap",
            "bitmap": mi.Bitmap(np.ascontiguousarray(sphere)),
            "to_world": mi.ScalarTransform4f(to_camera),
        }
        return mi.load_dict({"type": "scene", **parts, "light": around})

    def _light(self, scene: Any, first: _Hits, camera: Camera, look: Look, samples: int) -> Float[Array, "size size 4"]:
        """What falls on the sensor, and how much of each pixel is not background."""
        path = {"type": "path", "max_depth": BOUNCES + 1, "hide_emitters": True, "block_size": BLOCK}
        sensor = _sensor(self.mi, camera, {"type": "multijitter", "sample_count": samples}, "rgba")
        traced = self.mi.render(scene, sensor=sensor, integrator=self.mi.load_dict(path), spp=samples, seed=look.seed)
        light = np.array(traced, dtype=np.float64)
        covered = np.clip(light[..., 3:], 0, 1)
        own = light[..., :3] / np.maximum(covered, 1e-3)
        calm = denoised(own, first.normal, first.colour, np.where(covered[..., 0] > 0.2, first.depth, 0.0))
        ceiling = maximum_filter(np.where(first.depth[..., None] > 0, calm, 0.0), size=(3, 3, 1))
        calm = np.where(first.depth[..., None] > 0, calm, np.minimum(calm, ceiling))  # no sparks along outlines
        return np.concatenate([covered * calm, covered], -1)

    def _first_hits(self, scene: Any, camera: Camera) -> _Hits:
        """One ray through the middle of each pixel."""
        wanted = "place:position,shape:shape_index,face:prim_index,normal:sh_normal,colour:albedo"
        integrator = self.mi.load_dict({"type": "aov", "aovs": wanted, "block_size": BLOCK})
        sensor = _sensor(self.mi, camera, {"type": "stratified", "sample_count": 1, "jitter": False}, "rgb")
        found = np.array(self.mi.render(scene, sensor=sensor, integrator=integrator, spp=1), dtype=np.float64)
        depth, shape, face = found[..., 2], found[..., 3], found[..., 4]
        hand = (depth > 0) & (shape == _index(scene, "skin")) & self.skeleton.is_hand(face.astype(np.int64))
        return _Hits(depth, hand, found[..., 5:8], found[..., 8:11])

    def _visible(self, scene: Any, camera: Camera, keypoints: Array) -> Bool[np.ndarray, " 21"]:
        return np.array([self._is_seen(scene, camera, point) for point in keypoints])

    def _is_seen(self, scene: Any, camera: Camera, keypoint: Array) -> bool:
        """Whether the first thing before a keypoint is the skin that it is under."""
        u, v = camera.project(keypoint)
        if not (0 <= u < camera.size and 0 <= v < camera.size):
            return False
        far = float(np.linalg.norm(keypoint))
        way = keypoint / far
        crossings: list[tuple[str, float]] = []
        start = 0.0
        while len(crossings) < 2:
            hit = scene.ray_intersect(self.mi.Ray3f(list(start * way), list(way)))
            if not hit.is_valid() or start + hit.t > far - 1e-3:
                break
            start += float(hit.t) + 1e-4
            crossings.append((hit.shape.id(), start))
        return not crossings or (len(crossings) == 1 and crossings[0][0] == "skin" and far - crossings[0][1] < FLESH)


SKIN: Final = {"specular": 0.42, "sheen": 0.15, "sheen_tint": 0.6, "flatness": 0.4}
CLOTH: Final = {"specular": 0.1, "sheen": 0.6, "sheen_tint": 0.5}


def check_installed() -> None:
    """Say what is missing before anything is begun.

    Raises:
        ImportError: Mitsuba is not installed; the sentence says how to install it.
    """
    if find_spec("mitsuba") is None:
        raise ImportError("pictures are rendered by Mitsuba 3, which is not here: pip install 'hands[pictures]'")


def renderer(threads: int = 1) -> ModuleType:
    """Mitsuba, ready to render on the processor.

    Raises:
        ImportError: it is not installed; the sentence says how to install it.
    """
    check_installed()
    import drjit  # only here, where pictures are made: it takes a second, and reading needs none of it
    import mitsuba

    mitsuba.set_variant("scalar_rgb")
    mitsuba.set_log_level(mitsuba.LogLevel.Error)
    drjit.set_thread_count(threads)
    return mitsuba


def _irradiance(skin: Mesh, camera: Camera, look: Look) -> float:
    """Mean light on the parts of the hand that face the camera, with nothing in between: it sets the exposure."""
    a, b, c = skin.vertices[skin.faces[::37]].transpose(1, 0, 2)
    normals = np.cross(b - a, c - a)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return float(look.light.irradiance(normals[normals @ camera.rotmat[2] < -0.2]).mean())


def _composed(light: Array, white: float, camera: Camera, look: Look) -> Array:
    """The hand before what is behind it, which has the same kind of light, more or less of it; 1 is a white sheet."""
    ambient = look.light.sphere().mean((0, 1))
    behind = background(look.background, camera.size, look.background_seed)
    behind = look.background_light * behind * (ambient / ambient.mean()) ** 0.5
    return np.asarray(white * light[..., :3] + (1 - light[..., 3:]) * behind)


def _shape(mi: ModuleType, name: str, mesh: Mesh, colours: Array, roughness: Array, finish: dict[str, float]) -> Any:
    colour, rough = ({"type": "mesh_attribute", "name": f"vertex_{kind}"} for kind in ("colour", "rough"))
    properties = mi.Properties()
    properties.set_id(name)
    properties["surface"] = mi.load_dict({"type": "principled", "base_color": colour, "roughness": rough, **finish})
    shape = mi.Mesh(name, len(mesh.vertices), len(mesh.faces), props=properties, has_vertex_normals=True)
    values = mi.traverse(shape)
    values["vertex_positions"] = mesh.vertices.astype(np.float32).ravel()
    values["faces"] = mesh.faces.astype(np.uint32).ravel()
    values.update()
    shape.add_attribute("vertex_colour", 3, colours.astype(np.float32).ravel())
    shape.add_attribute("vertex_rough", 1, roughness.astype(np.float32).ravel())
    return shape


def _sensor(mi: ModuleType, camera: Camera, sampler: dict[str, Any], pixels: str) -> Any:
    film = {
        "type": "hdrfilm",
        "width": camera.size,
        "height": camera.size,
        "pixel_format": pixels,
        "rfilter": {"type": "box"},
    }
    off = [0.5 - centre / camera.size for centre in camera.centre]
    looking = mi.ScalarTransform4f().look_at(origin=[0, 0, 0], target=[0, 0, 1], up=[0, -1, 0])
    return mi.load_dict(
        {
            "type": "perspective",
            "fov": float(np.degrees(2 * np.arctan(camera.size / 2 / camera.focal))),
            "principal_point_offset_x": off[0],
            "principal_point_offset_y": off[1],
            "near_clip": 0.01,
            "to_world": looking,
            "film": film,
            "sampler": sampler,
        }
    )


def _index(scene: Any, name: str) -> int:
    """How Mitsuba counts its shapes: from 1, since 0 is nothing."""
    return next(i for i, shape in enumerate(scene.shapes(), 1) if shape.id() == name)


def _seen(mesh: Mesh, camera: Camera) -> Mesh:
    return Mesh(camera.seen(mesh.vertices), mesh.faces)


def _hand_part(posed: Posed) -> dict[str, Array]:
    return {name: value for name, value in posed._asdict().items() if name != "forearm_orient"}


def _axis_angle(rotmat: Array) -> Array:
    import roma

    return np.asarray(roma.rotmat_to_rotvec(torch.from_numpy(rotmat)).numpy())
