"""The live hand in a browser: its numbers are Python's, and everything a reader does to it does what it says.

Tests of one look share a page; each gets new hands on it, which takes a fraction of the time of a new page.
"""

import numpy as np
import pytest
import torch

from hands import mano
from hands.mano.anatomy import angles_to_hand_pose, joint_axes
from hands.mano.gestures import key_pose
from tests.bench.live_hand import frames_per_second, payload, write_page

pytestmark = pytest.mark.browser

CI_FRAMES_PER_SECOND = 12
HAND = "document.querySelector('.livehand').handsLive"

CLEARED = """
() => {
  const { hands } = HandsLive, rests = ({ element, drawing, wanted }) =>
    element.dataset.state === "drawn" && !drawing && !wanted.size;
  hands.forEach((hand) => hand.hold());
  if (!hands.every((hand) => !hand.figure.gd || rests(hand))) return false;
  for (const hand of hands) {
    hand.draw = () => {}; // should its turn still come
    hand.element.remove();
  }
  return true;
}
"""
GIVEN_BACK = "HandsLive.hands.every((hand) => !hand.figure.gd)"
RENEW = """
(records) => {
  HandsLive.hands.splice(0);
  document.documentElement.dataset.theme = "light";
  document.body.style.padding = "";
  for (const record of records) {
    const element = document.createElement("div"), script = document.createElement("script");
    element.className = "livehand";
    script.type = "application/json";
    script.textContent = JSON.stringify(record);
    element.append(script);
    document.body.append(element);
    HandsLive.adopt(element);
  }
  scrollTo(0, 0);
}
"""


def renew(visit, records):
    """New hands in place of those on the page, which come to rest first and give their contexts back."""
    page = visit.page
    page.mouse.move(0, 0)
    page.wait_for_function(CLEARED)
    page.wait_for_function(GIVEN_BACK)
    visit.troubles.clear()
    page.evaluate(RENEW, records)


@pytest.fixture(scope="module")
def pages(lasting_visit, tmp_path_factory):
    """`pages(look)` is a page with a hand, opened when it is first asked for."""
    opened = {}

    def page_of(look):
        if look not in opened:
            opened[look] = lasting_visit(write_page(tmp_path_factory.mktemp(look), [payload()]).as_uri(), look)
            opened[look].page.wait_for_selector('.livehand[data-state="drawn"]')
            assert opened[look].troubles == []
        return opened[look]

    return page_of


@pytest.fixture
def live(visit, pages, tmp_path):
    """`live(payload(...), look)` is a page of new live hands whose first picture is there; with options, a new page."""

    def open_page(*payloads, look="light", **options):
        records = list(payloads or [payload()])
        opened = visit(write_page(tmp_path, records).as_uri(), look, **options) if options else pages(look)
        if not options:
            renew(opened, records)
        opened.page.wait_for_selector('.livehand[data-state="drawn"]')
        return opened

    return open_page


def state(page, expression="state"):
    return page.evaluate(f"(() => {{ const hand = {HAND}, state = hand.state; return {expression} }})()")


def settled(page):
    """Wait until every wanted picture is drawn."""
    page.wait_for_function(f"!{HAND}.drawing && {HAND}.wanted.size === 0 && !{HAND}.easing")


def drawn_vertices(page):
    """The vertices in the picture, back in metres in the frame of a right hand."""
    settled(page)
    x, y, z = page.evaluate(
        f"(() => {{ const hand = {HAND}, traces = Object.values(hand.figure.scene().traces);"
        "const mesh = traces.find((trace) => trace.mesh).mesh;"  # their order is that of random identifiers
        "const scale = hand.figure.scene().dataScale;"
        "return [0, 1, 2].map((a) => mesh.positions.slice(0, 778).map((p) => p[a] / scale[a])) })()"
    )
    return np.stack([-np.array(z), np.array(y), np.array(x)], -1) / 1000


# ---- numbers ----


FORWARD = """
([poses, shapes, side]) => {
  const model = new HandModel(HANDS_MODEL);
  return poses.map((pose, k) => {
    const hand = model.forward(pose.flat(), shapes[k], side);
    return [hand.vertices, hand.joints, hand.keypoints].map((points) => Array.from(points));
  });
}
"""


@pytest.mark.parametrize("side", ["right", "left"])
def test_fifty_random_hands_agree_with_python(pages, side):
    rng = np.random.default_rng(11)
    poses, shapes = rng.normal(0, 0.5, (50, 16, 3)), rng.normal(0, 1.2, (50, 10))
    poses[0] = 0
    hand = mano.load(side=side, dtype=torch.float64)
    expected = hand(
        betas=torch.tensor(shapes), global_orient=torch.tensor(poses[:, 0]), hand_pose=torch.tensor(poses[:, 1:])
    )
    got = pages("light").page.evaluate(FORWARD, [poses.tolist(), shapes.tolist(), side])
    for k, part in enumerate(("vertices", "joints", "keypoints")):
        points = np.array([hand_[k] for hand_ in got]).reshape(50, -1, 3)
        np.testing.assert_allclose(points, getattr(expected, part).numpy(), rtol=0, atol=1e-5, err_msg=part)


@pytest.mark.parametrize("side", ["right", "left"])
def test_angles_become_the_same_pose_and_come_back(pages, side):
    rng = np.random.default_rng(4)
    angles = rng.uniform([-30, -25, -25], [110, 25, 25], (20, 15, 3))
    axes = joint_axes(mano.load(side=side).data)
    expected = angles_to_hand_pose(axes, torch.deg2rad(torch.tensor(angles)))
    both = """([all, side]) => { const model = new HandModel(HANDS_MODEL); return all.map((angles) => {
        const pose = model.poseFromAngles([0, 0, 0, ...angles.flat()], side);
        return [Array.from(pose).slice(3), Array.from(model.anglesFromPose(pose, side)).slice(3)]; }) }"""
    got = np.array(pages("light").page.evaluate(both, [angles.tolist(), side]))
    np.testing.assert_allclose(got[:, 0].reshape(20, 15, 3), expected.numpy(), rtol=0, atol=1e-7)
    np.testing.assert_allclose(got[:, 1].reshape(20, 15, 3), angles, rtol=0, atol=1e-6)


def test_the_picture_shows_what_python_computes(live):
    hand = mano.load(dtype=torch.float64)
    pose = key_pose("rock", hand.data, torch.float64)
    betas = torch.linspace(-1, 1, 10, dtype=torch.float64)
    page = live(payload(full_pose=pose, betas=betas)).page
    expected = hand(hand_pose=pose[1:], betas=betas).vertices.numpy()
    np.testing.assert_allclose(drawn_vertices(page), expected, rtol=0, atol=2e-5)


# ---- what a reader does ----


def test_a_slider_bends_a_finger(live):
    opened = live()
    page = opened.page
    page.get_by_role("radio", name="Ring").check(force=True)
    before = drawn_vertices(page)
    page.get_by_label("Middle joint (PIP)").locator("visible=true").fill("70")
    hand = mano.load(dtype=torch.float64)
    angles = torch.zeros(15, 3, dtype=torch.float64)
    angles[10, 0] = np.radians(70)  # ring2, the eleventh finger joint in MANO's order
    pose = angles_to_hand_pose(joint_axes(hand.data), angles)
    after = drawn_vertices(page)
    np.testing.assert_allclose(after, hand(hand_pose=pose).vertices.numpy(), rtol=0, atol=2e-5)
    assert np.abs(after - before).max() > 0.02
    page.wait_for_function("document.querySelector('[role=status]').textContent.includes('70 degrees')")
    assert opened.troubles == []


def test_a_moved_slider_takes_the_mark_from_the_preset(live):
    """Neither pressed nor ringed, even where touching a slider does not take the focus, as in Safari."""
    page = live().page
    fist = page.get_by_role("button", name="Fist")
    fist.focus()
    page.keyboard.press("Enter")
    settled(page)
    assert fist.get_attribute("aria-pressed") == "true"
    slider = page.get_by_label("Middle joint (PIP)").locator("visible=true")
    slider.evaluate("(input) => { input.value = 20; input.dispatchEvent(new Event('input')); }")
    assert fist.get_attribute("aria-pressed") == "false"
    assert fist.evaluate("(button) => getComputedStyle(button).outlineStyle") == "none"
    assert slider.evaluate("(input) => input === document.activeElement")


def test_everything_can_be_done_with_the_keyboard(live):
    page = live().page
    page.get_by_role("button", name="Fist").focus()
    page.keyboard.press("Enter")
    settled(page)
    assert state(page, "state.pose") == "fist"
    page.get_by_role("tab", name="Fingers").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Shape").get_attribute("aria-selected") == "true"
    page.keyboard.press("Tab")
    page.get_by_label("Size", exact=True).focus()
    page.keyboard.press("ArrowRight")
    assert state(page, "state.betas[0]") == pytest.approx(0.1)
    page.get_by_role("tab", name="Shape").focus()
    page.keyboard.press("End")
    turn = page.get_by_label("Turn", exact=True)
    turn.focus()
    page.keyboard.press("ArrowLeft")
    assert state(page, "state.view.turn") == 21


def test_buttons_look_from_elsewhere_and_reset_forgets(live):
    page = live().page
    eye = f"{HAND}.figure.gd._fullLayout.scene._scene.getCamera().eye"
    page.get_by_role("tab", name="View").click()
    page.get_by_role("button", name="Back").click()
    settled(page)
    assert page.evaluate(eye)["y"] > 0.3, "behind the hand, whose palm faces -y"
    page.get_by_role("button", name="Point").click()
    settled(page)
    page.get_by_role("button", name="Reset").click()
    settled(page)
    assert page.evaluate(eye)["y"] < -0.3
    assert state(page, "Array.from(state.angles).every((a) => Math.abs(a) < 1e-9)")


def test_a_typical_shape_is_taken_over(live):
    page = live().page
    page.get_by_role("tab", name="Shape").click()
    page.get_by_role("button", name="Mean man", exact=True).click()
    expected = mano.load().data.betas_male
    np.testing.assert_allclose(state(page, "Array.from(state.betas)"), expected, atol=0.006)


JOINT_ON_SCREEN = f"""
(j) => {{
  const hand = {HAND}, scene = hand.figure.scene(), joints = hand.figure.gd._fullData[2];
  const camera = scene.glplot.cameraParams;
  const times = (m, v) => [0, 1, 2, 3].map((i) => m[i] * v[0] + m[4 + i] * v[1] + m[8 + i] * v[2] + m[12 + i] * v[3]);
  const point = [...["x", "y", "z"].map((axis, a) => joints[axis][j] * scene.dataScale[a]), 1];
  const [x, y, , w] = times(camera.projection, times(camera.view, times(camera.model, point)));
  const box = hand.canvas.getBoundingClientRect();
  return [box.left + (x / w + 1) / 2 * box.width, box.top + (1 - y / w) / 2 * box.height];
}}
"""


def test_a_joint_tells_its_name_and_shows_its_axes_when_pointed_at(live):
    page = live().page
    page.get_by_role("tab", name="View").click()
    page.get_by_label("Joints and axes").check()
    settled(page)
    x, y = page.evaluate(JOINT_ON_SCREEN, 8)
    page.mouse.move(x - 4, y - 2)
    page.mouse.move(x, y)
    page.wait_for_function(f"{HAND}.state.joint === 8")
    settled(page)
    assert page.locator(".hovertext").text_content() == "Pinky PIP"
    lines = page.evaluate(f"{HAND}.figure.gd.data.slice(3).map((t) => [t.text[1], t.line.dash, t.line.color])")
    assert [line[:2] for line in lines] == [["flexion", "solid"], ["abduction", "dash"], ["twist", "dot"]]
    assert len({line[2] for line in lines}) == 3
    assert "pinky PIP" in page.locator(".livehand-legend").text_content()


def test_the_name_of_the_twist_stands_beyond_the_fingertip(live):
    """The flat index finger points up in the picture; its vertices all lie below the name."""
    page = live(payload(full_pose=torch.zeros(16, 3))).page
    page.evaluate(f"() => {{ {HAND}.setState({{ joints: true }}); {HAND}.chooseJoint(1); }}")
    settled(page)
    name, end = page.evaluate(f"{HAND}.figure.gd.data[5].z.filter(Number.isFinite).filter((_, k) => k !== 1)")
    assert name > 1000 * -drawn_vertices(page)[320, 0] > end


def test_the_flexion_axis_is_the_one_the_finger_turns_about(live):
    """Bending the thumb's abducted base a little moves the next joint at right angles to the drawn axis."""
    page = live().page
    page.evaluate(f"() => {HAND}.takePose('relaxed')")
    settled(page)
    turned = """(step) => { const hand = %s, angles = Float64Array.from(hand.state.angles); angles[3 * 13] += step;
        const posed = hand.model.forward(hand.model.poseFromAngles(angles), hand.state.betas);
        return [hand.model.posedAxes(hand.state.angles, posed.globalRotations, 13)[0], Array.from(posed.joints)]; }"""
    axis, before = page.evaluate(turned % HAND, 0.0)
    _, after = page.evaluate(turned % HAND, 0.01)
    before, after = np.reshape(before, (16, 3)), np.reshape(after, (16, 3))
    arm = before[14] - before[13]
    expected = np.cross(axis, arm) * np.radians(0.01)
    np.testing.assert_allclose(after[14] - before[14], expected, atol=1e-9)


def test_colours_follow_the_choice(live):
    page = live().page
    page.get_by_role("tab", name="View").click()
    surface = f"{HAND}.figure.gd.data[0]"
    page.get_by_role("radio", name="Skinning weight").check(force=True)
    page.get_by_label("Joint", exact=True).select_option(label="Thumb IP")
    settled(page)
    weights = page.evaluate(f"Array.from({surface}.intensity).slice(0, 778)")
    np.testing.assert_allclose(weights, mano.load().data.lbs_weights[:, 15], atol=1e-6)
    assert "thumb IP" in page.locator(".livehand-legend").text_content()
    page.get_by_role("radio", name="Joints", exact=True).check(force=True)
    settled(page)
    assert page.evaluate(f"new Set({surface}.vertexcolor).size") == 16


# ---- motion ----


def test_it_moves_at_once_and_stops_where_it_is_touched(live):
    page = live(payload(play=True), viewport={"width": 658, "height": 900}).page
    rates = (frames_per_second(page, 2000) for _ in range(15))  # until the other tests leave it a moment
    assert any(rate > CI_FRAMES_PER_SECOND for rate in rates)
    page.get_by_label("Knuckle (MCP)").locator("visible=true").fill("40")
    settled(page)
    assert state(page, "state.playing") is False
    kept = state(page, "Array.from(state.angles)")
    page.wait_for_timeout(400)
    assert state(page, "Array.from(state.angles)") == kept
    assert max(map(abs, kept)) > 39
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"{HAND}.state.angles[3] !== 40")


def test_it_rests_while_it_cannot_be_seen(live):
    page = live(payload(play=True)).page
    page.wait_for_function(f"{HAND}.frames > 3")
    page.evaluate("document.body.style.paddingBottom = '4000px'; scrollTo(0, 3000)")
    page.wait_for_function(f"{HAND}.seen === false")
    page.wait_for_timeout(200)
    frames = state(page, "hand.frames")
    page.wait_for_timeout(500)
    assert state(page, "hand.frames") == frames
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function(f"{HAND}.frames > {frames} + 2")


def test_reduced_motion_is_respected(live):
    page = live(payload(play=True), reduced_motion="reduce").page
    page.wait_for_timeout(500)
    assert state(page, "state.playing") is False
    page.get_by_role("button", name="Fist").click()
    assert state(page, "state.angles[3 * 1]") == 84, "at once, without easing"
    page.get_by_role("button", name="Play").click()
    assert state(page, "state.playing") is True, "the reader may still ask for it"


def test_a_motion_has_a_scrubber_and_plays_at_its_own_rate(live):
    hand = mano.load(dtype=torch.float64)
    fist = key_pose("fist", hand.data, torch.float64)
    motion = torch.linspace(0, 1, 61, dtype=torch.float64)[:, None, None] * fist
    motion[:, 0] = torch.tensor([0.3, -0.2, 0.5])
    page = live(payload(full_pose=motion, fps=20)).page
    page.get_by_label("Time").fill("1.5")
    pose = motion[30]
    expected = hand(global_orient=pose[0], hand_pose=pose[1:]).vertices.numpy()
    np.testing.assert_allclose(drawn_vertices(page), expected, rtol=0, atol=3e-5)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"{HAND}.state.frame > 30")
    begun = state(page, "[state.frame, performance.now()]")
    page.wait_for_timeout(1000)
    frame, now = state(page, "[state.frame, performance.now()]")
    ahead = begun[0] + 20 * (now - begun[1]) / 1000 - frame  # it plays over and over
    assert abs((ahead + 61 / 2) % 61 - 61 / 2) < 8


# ---- many, small, dark, by hand ----


def test_twenty_hands_share_the_contexts_and_keep_their_state(live):
    opened = live(*[payload() for _ in range(20)])
    page = opened.page
    page.evaluate(f"() => {HAND}.turnJoint('index', 'Knuckle (MCP)', 1, 0, 55)")
    page.evaluate(f"() => {HAND}.lookFrom({{ turn: 120 }})")
    assert opened.draw(".livehand") == ["drawn"] * 20
    states = page.eval_on_selector_all(".livehand", "all => all.map((el) => el.dataset.state)")
    assert states[0] == "dropped"
    assert states.count("drawn") < 16
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_selector('.livehand[data-state="drawn"] >> nth=0')
    page.wait_for_function("document.querySelector('.livehand').dataset.state === 'drawn'")
    settled(page)
    camera = page.evaluate(f"{HAND}.figure.scene().getCamera().eye")
    assert camera["x"] > 0.3
    assert state(page, "state.angles[3]") == 55
    assert np.abs(drawn_vertices(page) - mano.load().data.v_template).max() > 0.02
    assert opened.troubles == []


def test_a_finger_scrolls_the_page_upright_and_turns_the_hand_sideways(live):
    page = live(look="phone").page
    page.evaluate("document.body.style.paddingBottom = '900px'")
    touches = page.context.new_cdp_session(page)

    def swipe(start, end):
        touches.send(
            "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [dict(zip("xy", start, strict=True))]}
        )
        for share in np.linspace(0, 1, 9)[1:]:
            x, y = np.array(start) + share * (np.array(end) - np.array(start))
            touches.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
            page.wait_for_timeout(25)
        touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(300)

    view = state(page, "state.view")
    swipe((100, 250), (250, 253))
    assert page.evaluate("scrollY") == 0
    turned = state(page, "state.view")
    assert abs(turned["turn"] - view["turn"]) > 45
    assert turned["tilt"] == view["tilt"]
    swipe((200, 350), (203, 150))
    assert page.evaluate("scrollY") > 100
    assert state(page, "state.view") == turned


def test_on_a_phone_everything_fits_and_is_large_enough_to_touch(live):
    page = live(look="phone").page
    for tab in ("Fingers", "Shape", "View"):
        page.get_by_role("tab", name=tab).tap()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        boxes = page.evaluate(
            "[...document.querySelectorAll('.livehand :is(button, select, input, summary)')]"
            ".filter((el) => el.offsetParent && el.type !== 'checkbox')"
            ".map((el) => [el, el.getBoundingClientRect()])"
            ".map(([el, box]) => [el.outerHTML.slice(0, 80), box.width, box.height])"
        )
        assert [box for box in boxes if min(box[1:]) < 40] == []
    stage, controls = page.locator(".livehand-stage").bounding_box(), page.locator(".livehand-controls").bounding_box()
    assert stage["y"] + stage["height"] <= controls["y"] + 1


def test_the_picture_follows_the_theme(live):
    page = live().page
    page.evaluate(f"() => {HAND}.showJoints(true)")
    settled(page)
    style = page.add_style_tag(content="html[data-theme=dark] { --pst-color-text-base: #abcdef; }")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{HAND}.figure.gd._fullData.at(-1).textfont.color === '#abcdef'")
    style.evaluate("(element) => element.remove()")


def test_every_control_has_a_name_for_screen_readers(live):
    opened = live(payload(alt="A hand that waves."))
    page = opened.page
    assert page.get_by_role("img", name="A hand that waves.").count() == 1
    unnamed = page.evaluate(
        "[...document.querySelectorAll('.livehand :is(input, select, button)')].filter((el) =>"
        "!(el.labels?.length || el.textContent.trim() || el.getAttribute('aria-label'))).map((el) => el.outerHTML)"
    )
    assert unnamed == []
    slider = page.get_by_label("Knuckle (MCP)").locator("visible=true")
    slider.fill("33")
    assert slider.get_attribute("aria-valuetext") == "33 degrees"
    assert opened.troubles == []


def test_only_the_panels_that_were_asked_for_are_there(live):
    page = live(payload(panels=["view"])).page
    assert page.get_by_role("tab").count() == 0
    assert page.get_by_label("Turn", exact=True).is_visible()
