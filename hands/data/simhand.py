r"""SimHand: a synthetic data set of hands and the gloves they wear, made on your own machine from a seed.

Fifteen subjects who do not exist go through fifteen programs; seven sensors on the skin record what they do, 30 times a
second. Nothing is downloaded: `simhand()` generates the data where it does not find them, and opens them without
loading them, so that a machine with little memory can use all of them.

**On the disk** a data set is one folder:

- `simhand.json`, the manifest: what was generated, from which seed and definitions; for each series its file, type,
  shape, unit, meaning and SHA-256; for each recording its subject, program, split, first row and number of rows;
- `calibration-S01-recording.npz` and `calibration-S01-motion.npz` for each subject, as `Recording` and `Motion` save
  them: the poses of a calibration, taken in the same session;
- one `.npy` file for each series, float32, little-endian. All but `betas` have one row for each frame, recording after
  recording, so row `start + k` of every series belongs to the same instant, $k / 30$ seconds into that recording.

Any program that reads `.npy` can read it; `SERIES` below is what the manifest says of each.

Convention:
    Metres, radians, seconds; world frame with z up; a right hand. `rotation` on the disk is a unit quaternion
    w, x, y, z of R_ws, with w >= 0; everywhere else it is a matrix.

Source: the subjects, programs and sensors are after VIHand (ACM MM 2025), of whose recordings nothing is in here.
Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from hands import mano, motion
from hands.data import generation, store, takes
from hands.data.generation import Progress, calibration_file
from hands.data.plan import FPS, SENSORS, VERSION, Entry, Plan, data_hash, hand_hash
from hands.data.store import SimHandError
from hands.data.windows import Tail, Windows, windows
from hands.imu import Recording
from hands.motion import Motion
from hands.motion.programs import Split

FORMAT: Final = "hands.data.SimHand"
MANIFEST: Final = "simhand.json"

SERIES: Final[Mapping[str, tuple[str, str]]] = {
    "acc": ("m/s^2", "specific force in each sensor's own axes, of the sensors in their order"),
    "gyro": ("rad/s", "angular rate in each sensor's own axes"),
    "rotation": ("1", "orientation of each sensor, which takes its axes to the world: unit quaternion w, x, y, z"),
    "hand_pose": ("rad", "label: axis-angle of the 15 finger joints in MANO's order, relative to the flat hand"),
    "global_orient": ("rad", "label: axis-angle of the wrist in the world"),
    "transl": ("m", "label: translation of the hand in the world"),
    "forearm_orient": ("rad", "label: axis-angle of the forearm in the world"),
    "betas": ("standard deviations", "label: shape of the hand, one row for each subject in their order"),
}
"""Unit and meaning of each series."""


class SimHand:
    """A generated data set, open for reading.

    Its series are memory-mapped arrays: `acc`, `gyro`, `rotation` (frames, sensors, .), `hand_pose`, `global_orient`,
    `transl`, `forearm_orient` (frames, .), and `betas`, a row for each subject. `sim[i]` is recording i as tensors.

    Args:
        path: its folder.
        verify: compare the checksums as well, which reads everything.

    Raises:
        SimHandError: the folder holds no data set of this version, or one that is damaged; the sentence says what.
    """

    acc: Float[np.ndarray, "frames sensors 3"]
    gyro: Float[np.ndarray, "frames sensors 3"]
    rotation: Float[np.ndarray, "frames sensors 4"]
    hand_pose: Float[np.ndarray, "frames 15 3"]
    global_orient: Float[np.ndarray, "frames 3"]
    transl: Float[np.ndarray, "frames 3"]
    forearm_orient: Float[np.ndarray, "frames 3"]
    betas: Float[np.ndarray, "subjects 10"]

    def __init__(self, path: str | os.PathLike[str], *, verify: bool = False) -> None:
        self.path = Path(path)
        manifest = store.read_manifest(self.path, MANIFEST)
        self.plan = _plan(self.path, manifest)
        self.data_hash: str = manifest["data_hash"]
        for name, array in store.open_series(self.path, shapes(self.plan)).items():
            setattr(self, name, array)
        if verify:
            store.verify(self.path, _files(manifest))

    def __repr__(self) -> str:
        p = self.plan
        return f"SimHand({p.difficulty!r}, seed={p.seed}, {len(self)} recordings of {p.seconds:g} s, {p.frames} frames)"

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All recordings, in the order of the rows."""
        return self.plan.entries

    def entries_of(self, split: Split, *, unseen: bool = False) -> tuple[Entry, ...]:
        """The recordings that serve for `"train"`, `"validation"` or `"test"`; see `Plan.entries_of`."""
        return self.plan.entries_of(split, unseen=unseen)

    def windows(
        self, split: Split, length: int = 32, stride: int = 16, *, tail: Tail = "align", unseen: bool = False
    ) -> Windows:
        """Windows of the recordings of a split, whose rows are those of the series: `sim.acc[windows.rows]`."""
        own = self.entries_of(split, unseen=unseen)
        frames, begins = [entry.frames for entry in own], [entry.start for entry in own]
        return windows(frames, length, stride, tail=tail, begins=begins)

    def __getitem__(self, which: int | Entry) -> tuple[Recording, Motion]:
        """What the sensors recorded, and the truth at the same instants; by number, or by its entry."""
        entry = which if isinstance(which, Entry) else self.entries[which]
        return self.recording(entry), self.motion(entry)

    def __iter__(self) -> Iterator[tuple[Recording, Motion]]:
        return (self[entry] for entry in self.entries)

    def recording(self, entry: Entry) -> Recording:
        """What the sensors recorded, in single precision.

        Raises:
            SimHandError: that entry is of another data set.
        """
        self._check(entry)
        return Recording(
            timestamps=torch.arange(entry.frames, dtype=torch.float64) / FPS,
            acc=self._tensor("acc", entry).transpose(0, 1),
            gyro=self._tensor("gyro", entry).transpose(0, 1),
            rotation=takes.rotations(self._tensor("rotation", entry)).transpose(0, 1),
            names=SENSORS,
        )

    def motion(self, entry: Entry) -> Motion:
        """The truth at the instants of the records, in single precision.

        Raises:
            SimHandError: that entry is of another data set.
        """
        self._check(entry)
        return Motion(
            betas=torch.from_numpy(np.array(self.betas[self.plan.subjects.index(entry.subject)])),
            global_orient=self._tensor("global_orient", entry),
            hand_pose=self._tensor("hand_pose", entry),
            transl=self._tensor("transl", entry),
            forearm_orient=self._tensor("forearm_orient", entry),
            fps=FPS,
        )

    def calibration(self, subject: str) -> tuple[Recording, Motion]:
        """What was recorded while a subject took the poses of `imu.CALIBRATION_POSES`, and the truth of it.

        It is the same session, so the sensors sit as in all recordings of this subject. It belongs to no split: whoever
        wears a glove can be asked for it.

        Raises:
            SimHandError: there is no such subject in the data set, or the files are damaged.
        """
        if subject not in self.plan.subjects:
            raise SimHandError(f"no subject {subject!r} in this data set; there are {', '.join(self.plan.subjects)}")
        try:
            recording = Recording.load(self.path / calibration_file(subject, "recording"))
            return recording, Motion.load(self.path / calibration_file(subject, "motion"))
        except (ValueError, OSError) as error:
            raise store.damaged(self.path, f"the calibration of {subject} cannot be read ({error})") from error

    def _check(self, entry: Entry) -> None:
        if entry not in self.entries:
            raise SimHandError(f"{entry} is not of this data set: its rows here are somebody else's")

    def _tensor(self, name: str, entry: Entry) -> Tensor:
        return torch.from_numpy(np.array(getattr(self, name)[entry.rows]))


def simhand(
    difficulty: str = "glove",
    seed: int = 0,
    seconds: float = 60.0,
    *,
    subjects: tuple[str, ...] = Plan.subjects,
    programs: tuple[str, ...] = Plan.programs,
    hand: mano.Hand | None = None,
    workers: int = 2,
    progress: Progress | None = None,
) -> SimHand:
    """The data set of this difficulty and seed: opened where it is there, else generated first.

    It lies in the folder that the environment variable `HANDS_DATA` names, else in the user's cache folder.

    Args:
        difficulty: how real the sensors are, a name of `imu.SETTINGS`.
        seed: another number, other takes by the same subjects.
        seconds: of each recording.
        subjects: who takes part; fewer than fifteen for a small set.
        programs: what they do.
        hand: whose hand model; the default hand if left out. It is taken in single precision.
        workers: how many processes generate; with 1, this one does.
        progress: called with how many recordings are done, and of how many.

    Raises:
        SimHandError: an argument makes no sense, there is no room or no right to write, or what is there is damaged.
    """
    plan = Plan(difficulty, seed, seconds, tuple(subjects), tuple(programs))
    path = folder() / _name(plan, _hash(plan, hand))
    if not path.exists():
        generate(path, plan, hand=hand, workers=workers, progress=progress)
    return SimHand(path)


def folder() -> Path:
    """Where generated data lie: `$HANDS_DATA`, else `$XDG_CACHE_HOME/hands`, else `~/.cache/hands`."""
    if named := os.environ.get("HANDS_DATA"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hands"


def generate(
    path: str | os.PathLike[str],
    plan: Plan,
    *,
    hand: mano.Hand | None = None,
    workers: int = 2,
    progress: Progress | None = None,
) -> None:
    """Generate a data set in a new folder, in whole or not at all. If it is there already, nothing happens.

    Raises:
        SimHandError: it cannot be made; the sentence says why.
    """
    if hand is not None and hand.side != "right":
        raise SimHandError("SimHand's motions are a right hand's, and this hand is a left one")

    def fill(part: Path) -> None:
        store.create(part, shapes(plan))
        store.write_rows(part, "betas", 0, np.array([motion.SUBJECTS[s].betas for s in plan.subjects]))
        generation.fill(part, plan, hand, workers, progress)
        store.write_manifest(part, MANIFEST, _manifest(part, plan, hand))

    store.make_data(Path(path), MANIFEST, fill, workers)


def shapes(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Of all series."""
    frames = {name: (plan.frames, *tail) for name, tail in takes.FRAME_SHAPES.items()}
    return {**frames, "betas": (len(plan.subjects), 10)}


def _hash(plan: Plan, hand: mano.Hand | None) -> str:
    hashed = None if hand is None else hand_hash(hand.data)
    return data_hash(plan.seconds, subjects=plan.subjects, programs=plan.programs, hand=hashed)


def _name(plan: Plan, data_hash: str) -> str:
    return f"simhand-{plan.difficulty}-seed{plan.seed}-{data_hash[:12]}"


def _manifest(part: Path, plan: Plan, hand: mano.Hand | None) -> dict[str, Any]:
    """What `simhand.json` says."""
    series = {
        name: {
            "file": store.series_file(name),
            "dtype": store.DTYPE,
            "shape": shape,
            "unit": SERIES[name][0],
            "meaning": SERIES[name][1],
            "sha256": store.checksum(part / store.series_file(name)),
        }
        for name, shape in shapes(plan).items()
    }
    return {
        "format": FORMAT,
        "version": VERSION,
        "about": "Synthetic: motions that nobody made, recorded by sensors that nobody wore. Rows are frames.",
        "data_hash": _hash(plan, hand),
        "hand": hand_hash((hand or mano.load()).data),
        "plan": dataclasses.asdict(plan),
        "fps": FPS,
        "sensors": SENSORS,
        "series": series,
        "recordings": [dataclasses.asdict(entry) for entry in plan.entries],
        "calibrations": {
            subject: [{"file": file, "sha256": store.checksum(part / file)} for file in calibration_files(subject)]
            for subject in plan.subjects
        },
    }


def calibration_files(subject: str) -> list[str]:
    """Names of the files of a subject's calibration."""
    return [calibration_file(subject, kind) for kind in ("recording", "motion")]


def _files(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All that have a checksum."""
    return [*manifest["series"].values(), *itertools.chain.from_iterable(manifest["calibrations"].values())]


def _plan(path: Path, manifest: dict[str, Any]) -> Plan:
    """The plan of a folder that was generated by this version.

    Raises:
        SimHandError: it was not.
    """
    store.check_manifest(path, MANIFEST, manifest, FORMAT, VERSION)
    try:
        plan = Plan.read(manifest["plan"])
        expected = data_hash(plan.seconds, subjects=plan.subjects, programs=plan.programs, hand=manifest["hand"])
        for name in SERIES:
            _ = manifest["series"][name]["sha256"]
        for files in (manifest["calibrations"][subject] for subject in plan.subjects):
            _ = [(entry["file"], entry["sha256"]) for entry in files]
        same = manifest["sensors"] == list(SENSORS) and [Entry(**e) for e in manifest["recordings"]] == [*plan.entries]
    except (KeyError, TypeError, AttributeError, SimHandError) as error:
        raise store.damaged(path, f"{MANIFEST} makes no sense ({error})") from error
    if manifest.get("data_hash") != expected:
        raise store.damaged(path, "it was made by other definitions than this library's")
    if not same:
        raise store.damaged(path, f"the sensors or recordings in {MANIFEST} are not those of its plan")
    return plan
