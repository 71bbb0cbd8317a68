"""The gallery in a browser: its vertices are Python's, its pictures differ, and everybody can open and close a hand.

Most tests share a page; each gets a new gallery on it.
"""

import functools
import json

import numpy as np
import pytest
import torch

from hands import mano, viz
from hands.mano.gestures import GESTURES, key_pose
from hands.viz import gallery_views as views
from hands.viz.sphinx_ext import gallery_html
from tests.browser.conftest import COUNT_CONTEXTS, NO_WEBGL, write_page

pytestmark = pytest.mark.browser

GALLERY = "document.querySelector('.handgallery').handsGallery"
NAMES = ("five_count", "good_luck", "star_trek", "thumbup_normal", "rocker", "rocker_backside", "palmdown", "cup")


@functools.cache
def gallery(side="right", names=NAMES):
    hand = mano.load(side=side, dtype=torch.float64)
    cards = [
        viz.Card(name, key_pose(name, hand.data, torch.float64), f"class {GESTURES[name].coarse}", ("a label",))
        for name in names
    ]
    return viz.gallery(hand, cards, alt="Some gestures")


RENEW = """
(record) => {
  for (const old of HandGallery.galleries.splice(0)) {
    old.draw = () => {}; // should its turn still come
    old.dialog.element.close();
    old.drop();
    old.element.remove();
  }
  document.documentElement.dataset.theme = "light";
  document.body.style.paddingBottom = "";
  const element = document.createElement("div"), script = document.createElement("script");
  element.className = "handgallery";
  script.type = "application/json";
  script.textContent = JSON.stringify(record);
  element.append(script);
  document.body.append(element);
  HandGallery.adopt(element);
  scrollTo(0, 0);
}
"""


@pytest.fixture(scope="module")
def wide(lasting_visit, tmp_path_factory):
    file = write_page(tmp_path_factory.mktemp("page"), gallery_html(gallery().payload()))
    opened = lasting_visit(file.as_uri())
    opened.page.wait_for_selector(".handgallery[data-painted=all]")
    assert opened.troubles == []
    return opened


@pytest.fixture
def opened(wide):
    """`opened(gallery(...))` is a page with a new gallery on it, every hand of which is painted."""

    def renewed(shown=None, wait="[data-painted=all]", reduced_motion="no-preference"):
        wide.page.emulate_media(reduced_motion=reduced_motion)
        wide.page.mouse.move(0, 0)
        wide.troubles.clear()
        wide.page.evaluate(RENEW, json.loads(json.dumps((shown or gallery()).payload())))  # as a notebook keeps it
        wide.page.wait_for_selector(f".handgallery{wait}")
        return wide

    return renewed


@pytest.fixture
def elsewhere(visit, tmp_path):
    """`elsewhere(gallery(...), look)` opens a page of its own from a folder and waits until every hand is painted."""

    def open_page(shown=None, look="light", script=None, wait="[data-painted=all]", **options):
        page = write_page(tmp_path, gallery_html((shown or gallery()).payload()))
        result = visit("about:blank", look, **options)
        if script:
            result.page.add_init_script(script)
        result.page.goto(page.as_uri())
        result.page.wait_for_selector(f".handgallery{wait}")
        return result

    return open_page


# ---- numbers ----

DRAWN = """
(() => {
  const { surface, cards, payload } = %s;
  return cards.map(({ pose }) => {
    surface.pose(pose, false);
    const cameras = payload.views.map((view) => HandPainting.uprightCamera(surface, view, payload.steep));
    const axes = cameras.map(({ right, up, towards }) => [right, up, towards]);
    return [Array.from(surface.points.slice(0, 3 * 778)), axes];
  });
})()
"""


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_vertices_and_cameras_are_pythons(opened, side):
    shown = gallery(side, tuple(GESTURES))
    found = opened(shown, wait="").page.evaluate(DRAWN % GALLERY)
    for pose, (points, cameras) in zip(shown.poses, found, strict=True):
        full = torch.tensor(pose)
        expected = shown.hand(global_orient=full[0], hand_pose=full[1:]).vertices.numpy()
        np.testing.assert_allclose(np.reshape(points, (-1, 3)), expected, rtol=0, atol=1e-5)
        axes = [views.upright_axes(pose, name, side) for name in views.SIDES]
        np.testing.assert_allclose(cameras, axes, rtol=0, atol=1e-4)


ON_A_BALL = """
(() => {
  const { surface } = %s, { points, normals, parents, numCoarse, model } = surface;
  const ball = new Float32Array(points.length), out = new Float32Array(points.length);
  for (let v = 0; v < numCoarse; v++) {
    const p = surface.rest.subarray(3 * v, 3 * v + 3), length = Math.hypot(...p);
    for (let a = 0; a < 3; a++) { out[3 * v + a] = p[a] / length; ball[3 * v + a] = p[a] / length; }
  }
  surface.bend(ball, out);
  return Array.from({ length: parents.length / 2 }, (_, k) => {
    const [a, b, i] = [parents[2 * k], parents[2 * k + 1], numCoarse + k];
    const at = (j) => Array.from(ball.slice(3 * j, 3 * j + 3));
    return a < numCoarse && b < numCoarse ? [at(a), at(b), at(i)] : null;
  }).filter(Boolean);
})()
"""


def test_points_between_two_on_a_ball_lie_on_the_ball(opened):
    """To fourth order in the half angle between the two: the chord's middle falls short by the square of it, halved."""
    one, other, middle = np.moveaxis(np.array(opened(wait="").page.evaluate(ON_A_BALL % GALLERY)), 1, 0)
    half = np.arccos(np.clip((one * other).sum(-1), -1, 1)) / 2
    near = (half > 0.05) & (half < 0.3)
    assert near.sum() > 500
    short = 1 - np.linalg.norm(middle, axis=-1)
    assert (np.abs(short[near]) < 0.5 * half[near] ** 4 + 1e-6).all()


def test_rotations_between_two_poses_lie_between_them(opened):
    page = opened().page
    half = page.evaluate("GalleryMotion.mixRotations([0, 0, 3.1], [0, 0, -3.1], 0.5)")
    assert abs(half[2]) == pytest.approx(np.pi), "the nearer way round, through half a turn"
    np.testing.assert_allclose(
        page.evaluate("GalleryMotion.mixRotations([0.2, 0, 0], [0.6, 0, 0], 0.25)"), [0.3, 0, 0], atol=1e-12
    )


# ---- pictures ----

PICTURES = """
[...document.querySelectorAll(".gallery-view canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let solid = 0, mark = 0;
  for (let i = 3; i < data.length; i += 4) {
    if (data[i] > 200) solid += 1;
    mark = (mark * 31 + data[i] + 3 * data[i - 3]) % 1000003;
  }
  return { share: solid / (canvas.width * canvas.height), mark, corner: data[3], width: canvas.width };
})
"""


def test_pictures_are_filled_and_differ_and_leave_the_ground_clear(opened):
    result = opened()
    pictures = result.page.evaluate(PICTURES)
    assert len(pictures) == 3 * len(NAMES)
    assert all(0.05 < picture["share"] < 0.7 for picture in pictures)
    assert all(picture["corner"] == 0 for picture in pictures)
    large = pictures[::3]
    assert len({picture["mark"] for picture in large}) == len(large)
    assert result.troubles == []


def test_one_webgl_context_is_enough_for_all(elsewhere):
    page = elsewhere(gallery(names=tuple(GESTURES)), script=COUNT_CONTEXTS).page
    page.locator(".gallery-card").first.click()
    page.wait_for_function(f"{GALLERY}.dialog.frames > 0")
    assert page.evaluate("contexts") == 1


def test_a_sharper_screen_gets_sharper_pictures(opened, elsewhere):
    coarse = opened().page.evaluate(PICTURES)[0]["width"]
    fine = elsewhere(device_scale_factor=2).page.evaluate(PICTURES)[0]["width"]
    assert fine == pytest.approx(2 * coarse, abs=2)


def test_a_new_width_paints_again(opened):
    page = opened().page
    before = page.evaluate(PICTURES)[0]["width"]
    size = page.viewport_size
    page.set_viewport_size(size | {"width": 700})
    page.wait_for_function(
        "(before) => { const c = document.querySelector('.gallery-view canvas'); return c.width !== before"
        " && Math.abs(c.width - c.clientWidth) <= 1 }",
        arg=before,
    )
    page.set_viewport_size(size)


def test_it_gives_its_context_back_far_from_the_screen_and_takes_one_again(opened):
    page = opened().page
    page.evaluate("document.body.style.paddingBottom = '6000px'; scrollTo(0, 6000)")
    page.wait_for_function(f"{GALLERY}.painter === null")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_selector(".handgallery[data-state=drawn]")
    page.locator(".gallery-card").first.click()
    page.wait_for_function(f"{GALLERY}.dialog.frames > 0")


def test_without_webgl_it_says_so_and_keeps_its_words(elsewhere):
    page = elsewhere(script=NO_WEBGL, wait="[data-state=failed]").page
    assert "no WebGL" in page.get_by_role("alert").inner_text()
    assert page.get_by_role("button", name="good_luck:").count() == 1
    assert not page.locator(".gallery-views").first.is_visible()


# ---- the hand, large ----


def large(page):
    return page.evaluate(
        f"[{GALLERY}.dialog.isOpen(), {GALLERY}.dialog.view.turn, {GALLERY}.cards[{GALLERY}.dialog.k].title]"
    )


def test_the_keyboard_opens_turns_and_closes_it(opened):
    result = opened(reduced_motion="reduce")
    page = result.page
    card = page.get_by_role("button", name="good_luck:")
    card.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="good_luck").wait_for()
    _, turn, title = large(page)
    assert title == "good_luck"
    page.keyboard.press("ArrowRight")
    assert large(page)[1] == pytest.approx((turn + 8 + 180) % 360 - 180)
    page.keyboard.press("Escape")
    page.wait_for_function(f"!{GALLERY}.dialog.isOpen()")
    page.wait_for_function("document.activeElement.getAttribute('aria-label')?.startsWith('good_luck:')")
    assert result.troubles == []


def test_it_becomes_the_next_hand(opened):
    page = opened().page
    page.get_by_role("button", name="cup:").click()
    page.get_by_role("button", name="Next").click()
    assert large(page)[2] == "five_count", "the first after the last"
    page.wait_for_function(f"!{GALLERY}.dialog.moving")
    pose = page.evaluate(f"Array.from({GALLERY}.dialog.between ?? {GALLERY}.dialog.pose)")
    np.testing.assert_allclose(np.reshape(pose, (16, 3)), gallery().poses[0], atol=1e-5)
    page.get_by_role("button", name="Close").click()
    page.wait_for_function("document.activeElement.getAttribute('aria-label')?.startsWith('five_count:')")


def test_the_pointer_turns_it_and_buttons_show_its_sides(opened):
    page = opened(reduced_motion="reduce").page
    page.get_by_role("button", name="five_count:").click()
    page.wait_for_function(f"{GALLERY}.dialog.frames > 0")
    turn = large(page)[1]
    box = page.locator(".gallery-stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    assert abs((large(page)[1] - turn + 180) % 360 - 180) == pytest.approx(30, abs=1)
    page.get_by_role("button", name="Back", exact=True).click()
    seen = large(page)[1]
    assert abs((seen - turn + 180) % 360 - 180) > 120, "from the other side"


# ---- finding, small, dark, for everybody ----


def test_find_keeps_the_cards_that_fit_and_their_lines(opened):
    page = opened().page
    page.get_by_label("Find").fill("palm back")
    assert page.locator(".gallery-title:visible").all_inner_texts() == ["rocker_backside"]
    assert page.locator(".gallery-item:visible.gallery-first").count() == 1
    assert "1 of 8" in page.locator(".gallery-count").inner_text()
    page.get_by_label("Find").fill("")
    assert page.locator(".gallery-item:visible").count() == len(NAMES)
    assert page.locator(".gallery-first").count() == len({GESTURES[name].coarse for name in NAMES})


def test_a_mark_shows_where_the_viewer_stands(opened):
    page = opened().page
    turns = page.eval_on_selector_all(
        ".gallery-compass", "all => all.map((el) => el.querySelector('path')?.getAttribute('transform'))"
    )
    words = page.locator(".gallery-from").all_inner_texts()
    angle = {"the front": 0, "the right": 90, "behind": 180, "the left": 270}
    assert turns == [f"rotate({angle[said.removeprefix('seen from ')]})" for said in words]
    assert len(set(words)) > 1


def test_every_card_says_what_it_shows(opened):
    page = opened().page
    assert page.get_by_role("list", name="Some gestures").count() == 1
    label = page.locator(".gallery-card").nth(1).get_attribute("aria-label")
    assert label.startswith("good_luck: index and middle straight")
    assert label.endswith("palm forward, hand pointing up")


def test_on_a_phone_two_cards_stand_side_by_side_and_all_fits(elsewhere):
    page = elsewhere(look="phone").page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = page.eval_on_selector_all(
        ".gallery-item", "all => all.slice(0, 2).map((el) => el.getBoundingClientRect().top)"
    )
    assert tops[0] == tops[1]
    page.locator(".gallery-card").first.tap()
    box = page.locator(".gallery-dialog").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    small = page.eval_on_selector_all(
        ".gallery-dialog button",
        "all => all.map((el) => el.getBoundingClientRect()).filter((b) => b.height < 40).length",
    )
    assert small == 0


def test_the_ground_follows_the_theme_and_the_pictures_need_no_new_paint(opened):
    page = opened().page
    ground = "getComputedStyle(document.querySelector('.gallery-views')).backgroundImage"
    light = page.evaluate(ground)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(ground) != light
    page.wait_for_timeout(300)
    assert page.evaluate(f"{GALLERY}.waiting.size") == 0
    assert all(0.05 < picture["share"] < 0.7 for picture in page.evaluate(PICTURES))
