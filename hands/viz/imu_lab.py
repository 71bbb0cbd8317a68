r"""The sensor lab: put an inertial sensor anywhere on a moving hand, and see what it measures.

As with the live hand, one call serves three readers. When a notebook is executed for the page (`HANDS_OUTPUT=page`),
the output is a record of the motions, from which `page/imu_lab.js` computes everything else without a kernel. In a live
kernel the same JavaScript runs in a widget, and the movement that the reader makes with the pointer comes back as a
`Motion` (`lab.recorded`). And a text-only reader gets one line.

A lab with `hardware` has a real sensor. From the readings $a, \omega$ of a perfect one, which sits as it should, with
orientation $R_{ws}$, the errors make

$$ a' = E^\top a + b_a + \sigma_a \varepsilon, \qquad \omega' = E^\top \omega + b_g + \sigma_g \varepsilon, \qquad
R'_{ws} = R_{ws} E, \qquad \sigma = n \sqrt{f_s / 2}, $$

with $n$ a one-sided noise density, $f_s$ records per second, $b$ the same on every axis and $E$ a turn about the
diagonal (1, 1, 1). An orientation $\hat R$ that starts at $R'_{ws}$ is found from the gyroscope alone (trapezoids, as
`imu.integrate_gyro`), or with gravity, by a complementary filter: after the gyroscope's step it turns $\hat R$ by the
small rotation vector $u \times z / (f_s \tau)$ of the world, $u = \hat R a' / |a'|$. So a wrong tilt is forgotten after
$\tau$ = `PATIENCE` seconds, a wrong heading never. What is drawn is how far $\hat R$ is off $R_{ws}$; a mounting error
counts too, for no filter removes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from hands import imu
from hands.imu.parts import PARTS
from hands.imu.placement import landmark_vertex, skin_mount
from hands.mano.files import read_default
from hands.motion import Motion
from hands.viz.imu_lab_model import encoded
from hands.viz.live import for_page
from hands.viz.page_lab import HAND_SCRIPTS, PageLab, ShownLab, checked_height
from hands.viz.scene import SKIN

IMU_LAB: Final = PageLab(
    css_class="imulab",
    script_object="HandsImuLab",
    mime="application/vnd.hands.imu_lab+json",
    scripts=(
        *HAND_SCRIPTS,
        "imu_model_data.js",
        "imu_rotations.js",
        "imu_physics.js",
        "imu_sensor.js",
        "imu_errors.js",
        "imu_orientation.js",
        "imu_bench.js",
        "imu_plot.js",
        "imu_marks.js",
        "imu_stage.js",
        "imu_hold.js",
        "imu_holding.js",
        "imu_real.js",
        "imu_lab.js",
    ),
    styles=("lab.css", "imu_lab.css"),
)
MAX_RECORD_BYTES: Final = 300_000
FEWEST_FRAMES: Final = 32
"""The longest half-window at the lowest rate needs so many."""

RATES: Final = (30, 60, 100, 120)
"""Records per second that the reader may choose."""

HALF_WINDOWS: Final = {"one frame": 0.0, "33 ms": imu.HALF_WINDOW, "67 ms": 1 / 15, "133 ms": 2 / 15}
"""Half-windows of the acceleration in seconds: the shortest there is, ours, and those of n = 4 at 60 and 30 Hz."""

PATIENCE: Final = 3.0
"""Time constant of the complementary filter, seconds."""

INT32: Final = 2**31 - 1


def imu_lab(
    motions: Mapping[str, Motion],
    *,
    sensor: str | int | imu.Sensor = "index",
    hardware: imu.Hardware | None = None,
    height: int = 300,
    alt: str | None = None,
) -> ImuLab:
    """A lab of inertial sensors: put it last in a cell.

    Args:
        motions: movements of a right hand to choose from, by name. A page carries 13 kB for each 60 frames of them.
        sensor: where the sensor sits to begin with: one of `imu.GLOVE` by name, a vertex, or a sensor of your own.
        hardware: what the sensor is to begin with. With one, the lab also shows errors, an orientation found from the
            readings, and how far off that is; `imu.ideal` begins without errors. Of its errors the lab knows white
            noise and turn-on bias. Movements of ten seconds and more show drift best.
        height: of the hand's picture, in pixels.
        alt: what moves, in a sentence, for people who cannot see it.

    Raises:
        ValueError: there is no motion, one is too short, all together are too heavy for a page, or the sensor sits
            nowhere on the hand.
    """
    if not motions:
        raise ValueError("motions is empty: give at least one Motion and its name")
    for name, motion in motions.items():
        if len(motion) < FEWEST_FRAMES:
            raise ValueError(f"motion {name!r} has {len(motion)} frames, expected {FEWEST_FRAMES} or more")
    alt = alt or "A hand that moves, with an inertial sensor on it."
    return ImuLab(dict(motions), _starting(sensor), hardware, checked_height(height), alt)


class ImuLab(ShownLab):
    """What `imu_lab` returns; it shows itself, in the way that suits the reader."""

    lab = IMU_LAB

    def __init__(
        self,
        motions: dict[str, Motion],
        start: int | imu.Sensor,
        hardware: imu.Hardware | None,
        height: int,
        alt: str,
    ) -> None:
        self.motions, self.start, self.hardware, self.height, self.alt = motions, start, hardware, height, alt
        if for_page():
            self.payload()

    @property
    def recorded(self) -> Motion | None:
        """The last movement that the reader made with the pointer; None before the first, and on a page."""
        told = self.widget.recorded
        return None if told is None else _told_motion(told)

    def payload(self) -> dict[str, Any]:
        """The record from which the page's JavaScript starts.

        Raises:
            ValueError: the motions are too heavy for a page.
        """
        record = self.record()
        size = len(json.dumps(record))
        if size > MAX_RECORD_BYTES:
            raise ValueError(
                f"these motions take {size / 1000:.0f} kB of a page, at most {MAX_RECORD_BYTES / 1000:.0f} kB are "
                "allowed: give fewer, `motion.cut` them shorter, or `motion.resample(60.0)` them"
            )
        return record

    def record(self) -> dict[str, Any]:
        """That from which the lab's JavaScript starts."""
        places = [*imu.GLOVE, *([self.start] if isinstance(self.start, imu.Sensor) else [])]
        sensors = {sensor.name: _sensor(sensor) for sensor in places}  # one's own may take the place of a glove's
        record = {
            "kind": "imu_lab",
            "motions": [_motion(name, motion) for name, motion in self.motions.items()],
            "sensors": list(sensors.values()),
            "start": self.start if isinstance(self.start, int) else self.start.name,
            "rates": list(RATES),
            "halfWindows": HALF_WINDOWS,
            "ours": "33 ms",
            "skin": SKIN,
            "height": self.height,
            "alt": self.alt,
        }
        return record if self.hardware is None else record | {"real": _real(self.hardware)}

    def __repr__(self) -> str:
        names = ", ".join(self.motions)
        return f"Sensor lab ({names}): run this cell to put a sensor on the hand, or read the book's page."


def _starting(sensor: str | int | imu.Sensor) -> int | imu.Sensor:
    """Where the sensor sits first, checked."""
    if isinstance(sensor, str):
        return imu.subset(imu.GLOVE, [sensor])[0]
    placed = imu.Sensor("vertex", sensor) if isinstance(sensor, int) else sensor
    _sensor(placed)
    return sensor


def _sensor(sensor: imu.Sensor) -> dict[str, Any]:
    """A sensor as the page knows it: on a bone or on a vertex of the default hand."""
    data = read_default()
    on = landmark_vertex(data, sensor.on) if isinstance(sensor.on, imu.Landmark) else sensor.on
    if isinstance(on, int):
        skin_mount(data, on)
    return {
        "name": sensor.name,
        "on": {"bone": on} if isinstance(on, str) else {"vertex": on},
        "offset": list(sensor.offset),
        "mounting": [entry for row in sensor.mounting for entry in row],
    }


def _real(hardware: imu.Hardware) -> dict[str, Any]:
    """The errors to begin with, and those of parts to compare with."""
    start = _errors(hardware)
    parts = {part.name: _errors(part) for part in PARTS.values()}
    if any(_errors(imu.ideal)[key] != start[key] for key in start if key != "name"):
        parts[hardware.name] = start
    return {"parts": list(parts.values()), "start": start, "patience": PATIENCE}


def _errors(hardware: imu.Hardware) -> dict[str, Any]:
    """White noise (one-sided, per root hertz) and bias of a part, in m/s^2 and rad/s."""
    return {
        "name": hardware.name,
        "accNoise": hardware.acc.noise_density,
        "accBias": hardware.acc.bias,
        "gyroNoise": hardware.gyro.noise_density,
        "gyroBias": hardware.gyro.bias,
    }


def _motion(name: str, motion: Motion) -> dict[str, Any]:
    """A motion as it travels: 32-bit integers are a hundred times finer than floats of the same size."""
    turns = torch.cat([motion.full_pose, motion.forearm_orient[:, None]], 1)
    return {
        "name": name,
        "fps": motion.fps,
        "betas": motion.betas.tolist(),
        "turns": _fixed_point(turns),
        "places": _fixed_point(motion.transl),
    }


def _fixed_point(values: torch.Tensor) -> dict[str, Any]:
    array: npt.NDArray[np.float64] = values.detach().cpu().double().numpy()
    scale = float(np.abs(array).max()) / INT32 or 1.0
    return encoded(np.rint(array / scale).astype(np.int32)) | {"scale": scale}


def _told_motion(told: Mapping[str, Any]) -> Motion:
    """The movement that a reader made."""
    series = {name: torch.from_numpy(np.array(told[name], float)) for name in ("turns", "places", "betas")}
    turns = series["turns"].reshape(-1, 17, 3)
    return Motion(
        betas=series["betas"],
        global_orient=turns[:, 0],
        hand_pose=turns[:, 1:16],
        transl=series["places"].reshape(-1, 3),
        forearm_orient=turns[:, 16],
        fps=float(told["fps"]),
    )
