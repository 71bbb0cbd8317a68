r"""Pictures of hands that nobody has: a set of synthetic photographs with all their labels, made here from a seed.

Fifteen subjects who do not exist make the 46 gestures again and again, and are photographed. Nothing is downloaded:
`pictures()` renders what it does not find, and opens it without loading it.

**On the disk** a set is one folder:

- `pictures.json`, the manifest: what was made, from which seed and definitions; the names behind the numbers; for each
  series its file, type, shape, unit, meaning and SHA-256;
- one `.npy` file for each series of `SERIES`. Row i of each belongs to picture i. Rows go subject after subject, take
  after take, gesture after gesture, so that the rows of a split follow each other.

Convention:
    The camera's frame: x to the right of the picture, y down, z forward; metres, radians, pixels from the upper left
    corner. Right hands. `hand(betas=, global_orient=, hand_pose=, transl=)` of a row stands where the camera saw it.

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8, UInt16

from hands import mano
from hands.data import store
from hands.data.plan import hand_hash
from hands.data.simhand import folder
from hands.data.store import SimHandError
from hands.gesture import generation
from hands.gesture.drawing import NAMES
from hands.gesture.generation import Progress
from hands.gesture.plan import SUBJECTS_OF, VERSION, PicturePlan, pictures_hash
from hands.gesture.series import PER_METRE, SERIES, shapes
from hands.mano.gestures import COARSE_NAMES, FINE_NAMES
from hands.motion.programs import Split

FORMAT: Final = "hands.gesture.Pictures"
MANIFEST: Final = "pictures.json"


class Pictures:
    """A set of pictures, open for reading. All series are memory-mapped arrays.

    Args:
        path: its folder.
        verify: compare the checksums as well, which reads everything.

    Raises:
        SimHandError: the folder holds no set of this version, or a damaged one; the sentence says what.
    """

    images: UInt8[np.ndarray, "N size size 3"]
    depth: UInt16[np.ndarray, "N size size"]
    gesture: Int[np.ndarray, " N"]
    coarse: Int[np.ndarray, " N"]
    fine: Int[np.ndarray, " N"]
    subject: Int[np.ndarray, " N"]
    take: Int[np.ndarray, " N"]
    betas: Float[np.ndarray, "N 10"]
    global_orient: Float[np.ndarray, "N 3"]
    hand_pose: Float[np.ndarray, "N 15 3"]
    transl: Float[np.ndarray, "N 3"]
    keypoints: Float[np.ndarray, "N 21 3"]
    pixels: Float[np.ndarray, "N 21 2"]
    visible: Bool[np.ndarray, "N 21"]
    camera: Float[np.ndarray, "N 3"]
    upright: Float[np.ndarray, "N 3 3"]
    tone: Float[np.ndarray, " N"]

    def __init__(self, path: str | os.PathLike[str], *, verify: bool = False) -> None:
        self.path = Path(path)
        manifest = store.read_manifest(self.path, MANIFEST)
        self.plan = _plan(self.path, manifest)
        self.data_hash: str = manifest["data_hash"]
        for name, shape in shapes(self.plan, len(self.plan)).items():
            setattr(self, name, store.open_array(self.path, name, shape, SERIES[name].dtype))
        if verify:
            store.verify(self.path, manifest["series"].values())

    def __repr__(self) -> str:
        p = self.plan
        made = f"{p.takes} takes of {len(p.subjects)} subjects"
        return f"Pictures(seed={p.seed}, {len(self)} pictures of {p.size} px, {made})"

    def __len__(self) -> int:
        return len(self.plan)

    def split(self, split: Split) -> Int[np.ndarray, " n"]:
        """Rows of the pictures that serve for `"train"`, `"validation"` or `"test"`: subjects apart from each other.

        Raises:
            SimHandError: there is no such split.
        """
        return self.plan.rows(split)

    def mask(self, rows: int | slice | Int[np.ndarray, " n"]) -> Bool[np.ndarray, "*rows size size"]:
        """Where the hand is seen in these pictures."""
        return np.asarray(self.depth[rows] > 0)

    def metres(self, rows: int | slice | Int[np.ndarray, " n"]) -> Float[np.ndarray, "*rows size size"]:
        """Depth of the hand in these pictures, metres; 0 where no hand is seen."""
        return np.asarray(self.depth[rows] / np.float32(PER_METRE))


def pictures(
    seed: int = 0,
    takes: int = PicturePlan.takes,
    size: int = PicturePlan.size,
    *,
    subjects: tuple[str, ...] = PicturePlan.subjects,
    samples: int = PicturePlan.samples,
    hand: mano.Hand | None = None,
    workers: int = 2,
    progress: Progress | None = None,
) -> Pictures:
    """The set of this seed: opened where it is there, else rendered first, and on from where it was stopped.

    It lies in the folder that the environment variable `HANDS_DATA` names, else in the user's cache folder.

    Args:
        seed: another number, other moments, views, lights and backgrounds.
        takes: of each subject; a take has each of the 46 gestures once.
        size: width and height of a picture, pixels.
        subjects: who takes part; fewer than fifteen for a small set.
        samples: light paths for each pixel.
        hand: whose hand model; the default hand if left out. It is taken in single precision.
        workers: how many processes render; with 1, this one does.
        progress: called with how many pictures are done, and of how many.

    Raises:
        SimHandError: an argument makes no sense, there is no room or no right to write, or what is there is damaged.
        ImportError: pictures are to be rendered, and Mitsuba is not installed.
    """
    plan = PicturePlan(seed, takes, size, tuple(subjects), samples)
    path = folder() / f"pictures-seed{seed}-{_hash(plan, hand)[:12]}"
    if not path.exists():
        generate(path, plan, hand=hand, workers=workers, progress=progress)
    return Pictures(path)


def generate(
    path: str | os.PathLike[str],
    plan: PicturePlan,
    *,
    hand: mano.Hand | None = None,
    workers: int = 2,
    progress: Progress | None = None,
) -> None:
    """Render a set into a new folder, in whole or not at all. If it is there already, nothing happens.

    Takes are kept in a folder beside it until all are there; another call goes on with them.

    Raises:
        SimHandError: it cannot be made; the sentence says why.
        ImportError: Mitsuba is not installed.
    """
    path = Path(path)
    shards = path.with_name(f".{path.name}.{_hash(plan, hand)[:12]}.takes")

    def fill(part: Path) -> None:
        store.check_room(part, 2 * _size(plan))  # as takes, and put together
        generation.fill(shards, plan, hand, workers, progress)
        generation.put_together(shards, plan, part)
        store.write_manifest(part, MANIFEST, _manifest(part, plan, hand))

    store.make_data(path, MANIFEST, fill, workers)
    shutil.rmtree(shards, ignore_errors=True)


def _size(plan: PicturePlan) -> int:
    """Of all series, bytes."""
    sizes = (np.dtype(SERIES[name].dtype).itemsize * np.prod(shape) for name, shape in shapes(plan, len(plan)).items())
    return int(sum(sizes))


def _hash(plan: PicturePlan, hand: mano.Hand | None) -> str:
    return pictures_hash(plan, None if hand is None else hand_hash(hand.data))


def _manifest(part: Path, plan: PicturePlan, hand: mano.Hand | None) -> dict[str, Any]:
    """What `pictures.json` says."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "about": "Synthetic: hands that nobody has, photographed by nobody. Rows are pictures.",
        "data_hash": _hash(plan, hand),
        "hand": hand_hash((hand or mano.load()).data),
        "plan": dataclasses.asdict(plan),
        "splits": SUBJECTS_OF,
        "names": {"gesture": NAMES, "coarse": COARSE_NAMES, "fine": FINE_NAMES},
        "series": generation.about(part, plan),
    }


def _plan(path: Path, manifest: dict[str, Any]) -> PicturePlan:
    """The plan of a folder that was made by this version.

    Raises:
        SimHandError: it was not.
    """
    store.check_manifest(path, MANIFEST, manifest, FORMAT, VERSION)
    try:
        plan = PicturePlan.read(manifest["plan"])
        expected = pictures_hash(plan, manifest["hand"])
        _ = [manifest["series"][name]["sha256"] for name in SERIES]
    except (KeyError, TypeError, AttributeError, SimHandError) as error:
        raise store.damaged(path, f"{MANIFEST} makes no sense ({error})") from error
    if manifest.get("data_hash") != expected:
        raise store.damaged(path, "it was made by other definitions than this library's")
    return plan
