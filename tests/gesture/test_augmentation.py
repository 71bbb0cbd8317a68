"""Changes of pictures against turns of the pixels themselves, and against points that are followed by hand."""

from __future__ import annotations

import math

import pytest
import torch

from hands.gesture.augmentation import Augmentation, Changes


def changes(angle: float = 0.0, scale: float = 1.0, colour: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Changes:
    return Changes(*(torch.tensor([value], dtype=torch.float64) for value in (angle, scale, colour)))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_turns_the_pixels_counter_clockwise(quarters: int) -> None:
    picture = torch.rand(1, 3, 7, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = changes(angle=quarters * math.pi / 2).apply(picture)
    torch.testing.assert_close(found, picture.rot90(quarters, (2, 3)), rtol=0, atol=1e-12)


def test_a_point_goes_where_the_formula_says() -> None:
    """The middle of a smooth spot, found as its centre of mass."""
    side, angle, scale = 65, 0.3, 1.2
    y, x = torch.meshgrid(*[torch.arange(side, dtype=torch.float64) - side // 2] * 2, indexing="ij")
    spot = torch.exp(-((x - 12) ** 2 + (y + 5) ** 2) / 8)
    found = changes(angle, scale).apply(spot.expand(1, 3, side, side))[0, 0]
    middle = [float((found * axis).sum() / found.sum()) for axis in (x, y)]
    cos, sin = math.cos(angle), math.sin(angle)
    assert middle == pytest.approx([scale * (cos * 12 + sin * -5), scale * (-sin * 12 + cos * -5)], abs=0.01)


def test_colours_are_multiplied_and_stay_colours() -> None:
    picture = torch.full((1, 3, 4, 4), 0.6, dtype=torch.float64)
    found = changes(colour=(0.5, 1.0, 2.0)).apply(picture)
    torch.testing.assert_close(found[0, :, 0, 0], torch.tensor([0.3, 0.6, 1.0], dtype=torch.float64))


def test_what_is_drawn_has_the_spreads_that_are_asked_for() -> None:
    n = 20_000
    drawn = Changes.draw(Augmentation(), n, torch.Generator().manual_seed(0))
    turned = drawn.angle[drawn.angle != 0]
    assert len(turned) / n == pytest.approx(0.6, abs=0.02)
    assert turned.abs().max().item() == pytest.approx(math.radians(60), abs=1e-6)
    assert turned.abs().quantile(0.6827).item() == pytest.approx(math.radians(30), rel=0.03)
    assert (drawn.scale.min().item(), drawn.scale.max().item()) == pytest.approx((0.75, 1.25))
    assert drawn.colour.std().item() == pytest.approx(0.2 / math.sqrt(3), rel=0.02)
    assert drawn.colour.mean(0).tolist() == pytest.approx([1, 1, 1], abs=0.01)
    still = Changes.draw(Augmentation(turn=0.0, scale=0.0, colour=0.0), 3, torch.Generator())
    picture = torch.rand(3, 3, 8, 8)
    torch.testing.assert_close(still.apply(picture), picture, rtol=0, atol=1e-6)
