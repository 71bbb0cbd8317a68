"""The camera's geometry, the light around, the lens, and what averages noise away."""

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.spatial.transform import Rotation

from hands.gesture import Camera, Lamp, Lens, Light
from hands.gesture.background import KINDS, background
from hands.gesture.denoise import REACH, denoised
from hands.gesture.light import DIRECTIONS, SOLID_ANGLES


def test_a_camera_sees_right_to_the_right_and_up_above():
    camera = Camera.looking(np.array([0.1, 0.2, 0.3]), 0.5, np.array([-1.0, 0.0, 0.0]), 100, field=0.5)
    middle, right, up, behind = camera.seen(
        np.array([[0.1, 0.2, 0.3], [0.1, 0.25, 0.3], [0.1, 0.2, 0.35], [0, 0.2, 0.3]])
    )
    np.testing.assert_allclose(middle, [0, 0, 0.5], atol=1e-12)
    np.testing.assert_allclose(right, [0.05, 0, 0.5], atol=1e-12)  # whoever looks along -x has +y to the right
    np.testing.assert_allclose(up, [0, -0.05, 0.5], atol=1e-12)
    np.testing.assert_allclose(behind, [0, 0, 0.6], atol=1e-12)
    edge = 0.5 * np.tan(0.25)
    np.testing.assert_allclose(camera.project(np.array([edge, -edge, 0.5])), [100, 0], atol=1e-9)


def test_a_camera_turned_about_its_axis_turns_the_picture():
    level, rolled = (Camera.looking(np.zeros(3), 1.0, np.array([1.0, 2.0, -0.5]), 64, roll=roll) for roll in (0.0, 0.3))
    np.testing.assert_allclose(rolled.rotmat @ level.rotmat.T, Rotation.from_euler("z", -0.3).as_matrix(), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(rolled.rotmat), 1.0)


def test_the_sphere_of_light_is_a_sphere():
    assert abs(SOLID_ANGLES.sum() * DIRECTIONS.shape[1] - 4 * np.pi) < 0.01
    np.testing.assert_allclose(np.linalg.norm(DIRECTIONS, axis=-1), 1.0)


def test_irradiance_of_an_even_sky_and_of_a_lamp():
    """An even sky sheds pi times its radiance; a lamp what it says, by the cosine of the angle it falls at."""
    even = Light((1.0, 1.0, 1.0), (1.0, 1.0, 1.0))
    normals = Rotation.random(5, random_state=1).as_matrix()[:, 0]
    np.testing.assert_allclose(even.irradiance(normals), np.pi, rtol=0.01)
    lamp = Light((0.0,) * 3, (0.0,) * 3, (Lamp((0.6, 0.0, 0.8), 0.2, 3.0, (0.5, 1.0, 2.0)),))
    found = lamp.irradiance(np.array([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    shape = lambda off: np.exp(-((off / 0.2) ** 4))  # noqa: E731
    whole = dblquad(lambda off, _: shape(off) * np.sin(off), 0, 2 * np.pi, 0, 1)[0]
    facing = dblquad(lambda off, _: shape(off) * np.sin(off) * np.cos(off), 0, 2 * np.pi, 0, 1)[0]
    assert abs(found[0] - 3.0 * facing / whole) < 0.02
    assert abs(found[1]) < 0.2
    assert abs(found[2] - 0.8 * 3.0 * facing / whole) < 0.05
    sphere = lamp.sphere().sum((0, 1))
    np.testing.assert_allclose(sphere / sphere[1], [0.5, 1.0, 2.0])


@pytest.mark.parametrize("kind", KINDS)
def test_backgrounds_are_pictures_and_come_out_again(kind):
    pictures = [background(kind, 48, seed) for seed in range(6)]
    np.testing.assert_array_equal(pictures[3], background(kind, 48, 3))
    assert all(np.isfinite(one).all() and one.min() >= 0 and one.max() <= 1.5 for one in pictures)
    means = np.array([one.mean((0, 1)) for one in pictures])
    assert means.std(0).min() > 0.01


def test_an_unknown_background_is_refused_by_name():
    with pytest.raises(ValueError, match="no background 'sea'; there are wall"):
        background("sea", 32, 0)


def test_a_faultless_lens_is_the_curve_of_srgb():
    """Below the shoulder: the standard's two values at 0.002 and 0.2, and steps of 1 / 255."""
    faultless = Lens(blur=0.0, vignette=0.0, noise=0.0, contrast=0.0)
    light = np.full((16, 16, 3), 0.2)
    light[:, :8] = 0.002
    picture = faultless.develop(light)
    assert set(picture[:, 8:].ravel()) == {round(255 * (1.055 * 0.2 ** (1 / 2.4) - 0.055))} == {124}
    assert set(picture[:, :8].ravel()) == {round(255 * 12.92 * 0.002)} == {7}
    brighter = Lens(blur=0.0, vignette=0.0, noise=0.0, contrast=0.0, exposure=1.0).develop(light / 2)
    np.testing.assert_array_equal(brighter, picture)
    assert 250 < faultless.develop(np.full((16, 16, 3), 3.0)).max() <= 255


def test_noise_has_the_size_that_the_lens_says():
    """Of a middle grey of 0.2 the variance is noise^2 / 16 * (0.1 + 1), before the curve bends it."""
    light = np.full((64, 64, 3), 0.2)
    lens = Lens(blur=0.0, vignette=0.0, noise=0.08, contrast=0.0)
    slope = 1.055 / 2.4 * 0.2 ** (1 / 2.4 - 1)
    expected = 255 * slope * 0.08 / 4 * np.sqrt(1.1)
    assert abs(lens.develop(light).std() / expected - 1) < 0.05


def test_blur_and_smear_spread_a_point_and_lose_no_light():
    point = np.zeros((33, 33, 3))
    point[16, 16] = 1.0
    for lens, rows, columns in (
        (Lens(blur=4.0), 1.0, 1.0),
        (Lens(blur=0.0, smear=40.0), 0.0, (40 * 33 / 128) ** 2 / 12),
    ):
        spread = lens._blurred(point, 33 / 128)[..., 0]
        y, x = np.mgrid[:33, :33] - 16.0
        assert abs(spread.sum() - 1) < 1e-6
        assert abs((spread * y * y).sum() - rows * (4 * 33 / 128) ** 2) < 0.02
        assert abs((spread * x * x).sum() - columns) < 0.8  # the line ends at whole pixels


def test_denoising_keeps_edges_and_averages_within_them():
    """Against a loop over pixels with the equation's weights; and noise shrinks by more than half."""
    rng = np.random.default_rng(0)
    size = 12
    normal = np.zeros((size, size, 3))
    normal[..., 2] = 1.0
    colour, depth = np.full((size, size, 3), 0.4), np.full((size, size), 0.5)
    depth[:, 6:] = 0.6
    depth[0] = 0.0
    light = np.where(depth[..., None] == 0.6, 0.8, 0.3) + 0.1 * rng.standard_normal((size, size, 3))
    calm = denoised(light, normal, colour, depth)
    expected = light.copy()
    used = [(y, x) for y in range(1, size) for x in range(size)]
    for y, x in used:
        near = [(i, j) for i, j in used if abs(i - y) <= REACH and abs(j - x) <= REACH and depth[i, j] == depth[y, x]]
        w = np.array([np.exp(-((i - y) ** 2 + (j - x) ** 2) / 4.5) for i, j in near])
        expected[y, x] = (w[:, None] * [light[i, j] for i, j in near]).sum(0) / w.sum()
    np.testing.assert_allclose(calm, expected, atol=2e-6)  # float32 inside
    assert calm[1:, :6].std() < 0.05 < 0.08 < light[1:, :6].std()
