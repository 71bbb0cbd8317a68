"""`viz.gallery`: what it hands to the page, what it shows in a live kernel, its words, and what it refuses."""

import json
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano, viz
from hands.conventions import JOINT_NAMES
from hands.mano.anatomy import angles_to_hand_pose, joint_axes
from hands.mano.gestures import GESTURES, key_pose, orientation
from hands.viz import gallery_views as views
from hands.viz.gallery import GALLERY_MIME

ALT = "Some hands."


@pytest.fixture(scope="module")
def hand():
    return mano.load(dtype=torch.float64)


@pytest.fixture
def in_kernel(monkeypatch):
    monkeypatch.delenv("HANDS_OUTPUT", raising=False)


@pytest.fixture
def for_page(monkeypatch):
    monkeypatch.setenv("HANDS_OUTPUT", "page")


def all_gestures(hand):
    return [
        viz.Card(gesture.name, key_pose(gesture.name, hand.data, torch.float64), group=str(gesture.coarse))
        for gesture in GESTURES.values()
    ]


def turned(palm, fingers, side="right"):
    """A flat hand that is held so."""
    pose = np.zeros((16, 3))
    pose[0] = orientation(palm, fingers).numpy()
    return pose if side == "right" else pose * [1, -1, -1]


def bent(hand, **degrees):
    """The flat hand with so much flexion in the middle joint of each digit named."""
    angles = torch.zeros(15, 3, dtype=torch.float64)
    for finger, angle in degrees.items():
        angles[JOINT_NAMES.index(f"{finger}2") - 1, 0] = np.radians(angle)
    pose = np.zeros((16, 3))
    pose[1:] = angles_to_hand_pose(joint_axes(hand.data), angles)
    return pose


# ---- the page ----


def test_a_page_gets_a_small_record_and_a_line_of_text(for_page, hand):
    bundle = viz.gallery(None, all_gestures(hand), alt=ALT)._repr_mimebundle_()
    assert set(bundle) == {GALLERY_MIME, "text/plain"}
    assert bundle["text/plain"].startswith("Gallery of 46 hands")
    record = bundle[GALLERY_MIME]
    assert len(json.dumps(record)) < 50_000
    assert [card["title"] for card in record["cards"]] == list(GESTURES)
    assert (record["side"], record["alt"]) == ("right", ALT)


def test_poses_travel_to_a_hundredth_of_a_milliradian(for_page, hand):
    cards = all_gestures(hand)
    record = viz.gallery(hand, cards, alt=ALT).payload()
    for card, sent in zip(cards, record["cards"], strict=True):
        np.testing.assert_allclose(np.reshape(sent["pose"], (16, 3)), card.full_pose, rtol=0, atol=5.1e-6)


def test_a_card_keeps_its_own_words(for_page, hand):
    card = viz.Card("wave", np.zeros((16, 3)), group="hello", labels=("a", "b"), words="a hand that waves")
    (sent,) = viz.gallery(hand, [card], alt=ALT).payload()["cards"]
    assert (sent["group"], sent["labels"], sent["words"]) == ("hello", ["a", "b"], "a hand that waves")


def test_a_card_may_choose_its_side(for_page):
    cards = [viz.Card(str(side), np.zeros((16, 3)), side=side) for side in (None, *views.SIDES)]
    record = viz.gallery(None, cards, alt=ALT).payload()
    assert [record["views"][card["order"][0]]["name"] for card in record["cards"]] == ["palm", *views.SIDES]
    assert all(sorted(card["order"]) == [0, 1, 2] for card in record["cards"])


def test_a_page_never_publishes_another_model(for_page, hand):
    licensed = mano.Hand(replace(hand.data, v_template=hand.data.v_template * 1.001))
    with pytest.raises(ValueError, match="licensed models such as official MANO may not be published"):
        viz.gallery(licensed, [viz.Card("flat", np.zeros((16, 3)))], alt=ALT)


@pytest.mark.parametrize(
    ("cards", "alt", "message"),
    [
        ([], ALT, "cards is empty"),
        ([viz.Card("one", np.zeros((16, 3)))], " ", "alt is empty"),
        ([viz.Card("one", np.zeros((15, 3)))], ALT, r"full_pose of 'one' has shape \(15, 3\), expected \(16, 3\)"),
        ([viz.Card("one", np.full((16, 3), np.nan))], ALT, "full_pose of 'one' holds values that are not finite"),
        ([viz.Card("one", np.zeros((16, 3)), side="left")], ALT, "side of 'one' is 'left', expected one of palm, back"),
        ([viz.Card("one", np.zeros((16, 3)))] * 2, ALT, "the title 'one' more than once"),
    ],
)
def test_mistakes_are_named(cards, alt, message):
    with pytest.raises(ValueError, match=message):
        viz.gallery(None, cards, alt=alt)


# ---- from where one looks ----


@pytest.mark.parametrize("side", ["right", "left"])
def test_up_is_up_in_every_picture_that_is_not_from_above_or_below(side):
    rng = np.random.default_rng(3)
    for _ in range(50):
        pose = np.zeros((16, 3))
        pose[0] = rng.normal(0, 1.5, 3)
        for name in views.SIDES:
            axes = views.upright_axes(pose, name, side)
            np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
            assert np.linalg.det(axes) == pytest.approx(1)
            level = abs(axes[0, 2]) < 1e-12 and axes[1, 2] > 0.2
            forward = np.array([-1.0 if side == "right" else 1.0, 0, 0])
            assert level or (abs(axes[2, 2]) > 0.9 and axes[1] @ forward > 0.9)


@pytest.mark.parametrize("side", ["right", "left"])
def test_each_side_shows_what_it_says(side):
    """However the hand is held: the palm's normal looks at the viewer of the palm, away from that of the back."""
    mirror = np.diag([1.0 if side == "right" else -1.0, 1.0, 1.0])
    for palm, fingers in (("forward", "up"), ("left", "forward"), ("back", "up"), ("down", "forward")):
        pose = turned(palm, fingers, side)
        turn = Rotation.from_rotvec(pose[0]).as_matrix()
        normal, thumb = turn @ [0, -1, 0], turn @ mirror @ [0, 0, 1]
        towards = {name: views.upright_axes(pose, name, side)[2] for name in views.SIDES}
        assert towards["palm"] @ normal > 0.8
        assert towards["back"] @ normal < -0.8
        assert towards["thumb side"] @ thumb > 0.8


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize(
    ("palm", "fingers", "first", "seen"),
    [
        ("forward", "up", "palm", "the front"),
        ("left", "forward", "palm", "the left"),
        ("back", "up", "back", "the front"),
        ("right", "up", "back", "the left"),
        ("down", "forward", "thumb side", "the left"),
        ("up", "forward", "thumb side", "the right"),
    ],
)
def test_the_first_picture_is_the_one_that_a_person_opposite_knows_it_by(palm, fingers, first, seen, side):
    pose = turned(palm, fingers, side)
    order = views.best_first(pose, side)
    assert order[0] == first
    assert sorted(order) == sorted(views.SIDES)
    assert views.seen_from(pose, first, side) == seen


# ---- words ----


def test_fingers_are_named_by_how_they_bend(hand):
    """A finger of two equal halves bent by 60 or 100 degrees is cos 30 = 0.87 or cos 50 = 0.64 of its length."""
    words = viz.describe(bent(hand, index=60, middle=100, ring=100), hand)
    assert words.startswith("thumb and pinky straight, index half bent, middle and ring bent;")
    assert viz.describe(key_pose("fist", hand.data), hand).startswith("all fingers bent;")


def test_a_straight_finger_may_be_bent_at_its_knuckle(hand):
    pose = np.zeros((16, 3))
    pose[1:, 2] = np.where([name.endswith("1") and name[:-1] != "thumb" for name in JOINT_NAMES[1:]], np.radians(60), 0)
    words = viz.describe(pose, hand)
    assert words.startswith("thumb straight, index, middle, ring and pinky straight but bent at the knuckle")


@pytest.mark.parametrize(
    ("palm", "fingers", "words"),
    [
        ("forward", "up", "palm forward, hand pointing up"),
        ("right", "up", "palm to the right, hand pointing up"),
        ("left", "forward-up", "palm to the left, hand pointing forward and up"),
    ],
)
@pytest.mark.parametrize("side", ["right", "left"])
def test_how_the_hand_is_held_is_told(palm, fingers, words, side):
    assert viz.describe(turned(palm, fingers, side), mano.load(side=side)).endswith(f"; {words}")


def test_spread_fingers_and_gaps_and_touching_tips_are_told(hand):
    assert viz.describe(key_pose("spread", hand.data), hand).startswith("all fingers straight and spread;")
    vulcan = viz.describe(key_pose("star_trek", hand.data), hand)
    assert "a gap between middle and ring" in vulcan
    assert "spread" not in vulcan
    lucky = viz.describe(key_pose("good_luck", hand.data), hand)
    assert "index and middle crossed" in lucky
    assert "spread" not in lucky
    assert "tip of the thumb at the tip of index" in viz.describe(key_pose("pinch", hand.data), hand)
    assert "tip of the thumb" not in viz.describe(key_pose("spread", hand.data), hand)


def test_both_hands_are_told_alike(hand):
    left = mano.load(side="left", dtype=torch.float64)
    for name in ("good_luck", "surfer", "palmdown", "aokay"):
        told = [viz.describe(key_pose(name, h.data, torch.float64), h) for h in (hand, left)]
        assert told[0] == told[1]


# ---- the kernel ----


def shown(widget):
    """The three hands of the figure, (3, V, 3) in metres."""
    meshes = [trace for trace in widget.figure.data if trace.type == "mesh3d"]
    return np.stack([np.stack([m.x, m.y, m.z], -1) for m in meshes]) / 1000


def test_a_kernel_shows_the_chosen_hand_from_three_sides(in_kernel, hand):
    gallery = viz.gallery(hand, all_gestures(hand)[:12], alt=ALT)
    widget = gallery.widget
    assert isinstance(widget.figure, go.FigureWidget)
    assert "application/vnd.jupyter.widget-view+json" in gallery._repr_mimebundle_()
    widget.chooser.value = 6
    pose = torch.tensor(gallery.poses[6])
    expected = hand(global_orient=pose[0], hand_pose=pose[1:]).vertices.numpy()
    for name, vertices in zip(views.best_first(gallery.poses[6], "right"), shown(widget), strict=True):
        fit, residue = Rotation.align_vectors(*(points - points.mean(0) for points in (vertices, expected)))
        assert residue < 1e-4, "the same hand, turned"
        camera = np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])  # right, up, towards the viewer of Plotly's palm
        np.testing.assert_allclose(
            camera @ fit.as_matrix(), views.upright_axes(gallery.poses[6], name, "right"), atol=1e-5
        )
    assert "good_luck" in widget.text.value
    assert gallery.words[6] in widget.text.value


def test_buttons_go_round(in_kernel, hand):
    widget = viz.gallery(hand, all_gestures(hand)[:3], alt=ALT).widget
    before, after = widget.box.children[0].children[1:]
    before.click()
    assert widget.chooser.value == 2
    after.click()
    after.click()
    assert widget.chooser.value == 1
