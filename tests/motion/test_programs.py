"""The range-of-motion programs do what their names say, measured on poses that a plain playback makes of their steps.

The playback here knows nothing of the engine: it goes from step to step along straight lines of angles, or stands where
the step says. What it cannot see, such as a person's own hand and tremor, is tested with the engine.
"""

import itertools
from functools import cache

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree

from hands import mano
from hands.conventions import FINGERS, JOINT_NAMES, KEYPOINT_NAMES
from hands.mano import penetration
from hands.mano.anatomy import angles_to_hand_pose, beyond_limits, joint_axes
from hands.mano.gesture_looks import ACROSS, BENT, STRAIGHT
from hands.mano.gestures import GESTURES
from hands.mano.mesh import vertex_normals
from hands.motion import SUBJECTS, free
from hands.motion.postures import FIST, FLAT, FOUR, JOINTS, posture, towards
from hands.motion.programs import PROGRAMS
from hands.motion.rom_fingers import CROSSED, ON_TABLE
from hands.motion.rom_thumb import DORSAL, LOADED, PALMAR, SNAPPED
from hands.motion.rounds import VIEWS

HAND = mano.load(dtype=torch.float64)
DATA = HAND.data
AXES = joint_axes(DATA)
SKIN = DATA.lbs_weights.argmax(1)
KP = {name: i for i, name in enumerate(KEYPOINT_NAMES)}
TIP = {finger: KP[f"{finger}_tip"] for finger in FINGERS}
NAMES = [
    "Finger_Counting", "Finger_Bending", "Finger_Tapping", "Finger_Pinching", "Thumb_Tap_Palm", "Thumb_Tap_Back",
    "Finger_Walking", "Finger_Snapping", "Thumb_Sliding_Palm", "Thumb_Sliding_Back", "Finger_Wiggling",
    "Finger_Crossing", "Finger_Interlocking", "Random_Gestures", "Calibration",
]  # fmt: skip
BY_NAME = {program.name: program for program in PROGRAMS.values()}
REPEATED = [code for code, program in PROGRAMS.items() if program.name != "Calibration"]


@cache
def steps(name, count=150, seed=0):
    program = PROGRAMS.get(name) or BY_NAME[name]
    script = program.script(SUBJECTS["S01"], np.random.default_rng(seed))
    return tuple(itertools.islice(script, count))


def stacked(name, **how):
    return np.stack([step.angles for step in steps(name, **how)])


def keypoints(angles):
    """Of the mean hand in its own frame, relative to the wrist."""
    points = HAND.keypoints(hand_pose=angles_to_hand_pose(AXES, torch.from_numpy(np.asarray(angles)))).numpy()
    return points - points[..., :1, :]


def vertices(angles):
    return HAND(hand_pose=angles_to_hand_pose(AXES, torch.from_numpy(np.asarray(angles)))).vertices.numpy()


def in_world(step):
    """Keypoints where the step puts them, metres from the wrist's home."""
    return keypoints(step.angles) @ step.orient.T + (0 if step.place is None else step.place)


@cache
def filled():
    return penetration.Spheres.of(HAND)


def part(joint):
    return np.flatnonzero(JOINT_NAMES.index(joint) == SKIN)


def gap(skin, ones, others):
    """Between the nearest vertices of two parts of the skin, and which of the others it is."""
    distance, nearest = cKDTree(skin[others]).query(skin[ones])
    return distance.min(), others[nearest[distance.argmin()]]


def flexion(angles, finger):
    """Of all three joints together, degrees."""
    return np.degrees(angles[..., JOINTS[finger], 0].sum(-1))


def apart(points, a, b):
    return np.linalg.norm(points[..., a, :] - points[..., b, :], axis=-1)


def test_the_names_are_vihands_and_the_splits_this_books():
    assert [program.name for program in PROGRAMS.values()] == NAMES
    assert list(PROGRAMS) == [f"ROM{i:02}" for i in range(1, 16)] == [p.code for p in PROGRAMS.values()]
    assert [p.split for p in PROGRAMS.values()] == ["train"] * 10 + ["validation"] * 2 + ["test"] * 3
    assert all(p.description.endswith(".") and p.description.count(".") == 1 for p in PROGRAMS.values())


@pytest.mark.parametrize("code", PROGRAMS)
def test_steps_are_within_limits_and_well_formed(code):
    for seed in range(3):
        drawn = steps(code, seed=seed)
        angles = torch.from_numpy(np.stack([step.angles for step in drawn]))
        assert beyond_limits(angles).abs().max() < 1e-12
        orient = np.stack([step.orient for step in drawn])
        np.testing.assert_allclose(
            orient @ orient.transpose(0, 2, 1), np.broadcast_to(np.eye(3), orient.shape), atol=1e-12
        )
        assert np.all(np.linalg.det(orient) > 0)
        assert all(0.03 < step.seconds < 3 and 0 <= step.hold < 3 for step in drawn)


@pytest.mark.parametrize("code", PROGRAMS)
def test_one_seed_draws_the_same_steps_and_another_others(code):
    def drawn(seed):
        script = PROGRAMS[code].script(SUBJECTS["S01"], np.random.default_rng(seed))
        return [(step.seconds, step.hold, step.angles.tolist(), step.name) for step in itertools.islice(script, 60)]

    assert drawn(0) == drawn(0)
    assert drawn(0) != drawn(1)


@pytest.mark.parametrize("code", REPEATED)
def test_a_person_begins_slowly_and_becomes_quicker(code):
    first, later = [], []
    for seed in range(4):
        seconds = [step.seconds for step in steps(code, seed=seed)]
        first += seconds[1:8]
        later += seconds[-60:]
    assert np.mean(first) > 1.2 * np.mean(later)


@pytest.mark.parametrize("code", [code for code in REPEATED if code not in ("ROM03", "ROM07")])
def test_the_hand_is_turned_now_and_then(code):
    """The palm's normal over five minutes is not always the same; on a table it is."""
    normals = np.array([step.orient @ [0.0, -1.0, 0.0] for step in steps(code, 400)])
    assert np.linalg.norm(normals.mean(0)) < 0.97
    assert (normals @ normals[0]).min() < 0.8


def test_views_show_what_they_say():
    """Where the palm faces: the camera stands in front of the person."""
    facing = {name: (orient @ [0.0, -1.0, 0.0]).round(6).tolist() for name, orient in VIEWS.items()}
    assert facing["palm shown"] == [-1, 0, 0] == [-x for x in facing["back shown"]]
    assert facing["palm down"] == [0, 0, -1]
    assert (VIEWS["thumb up"] @ [0.0, 0.0, 1.0]).round(6).tolist() == [0, 0, 1]


def test_half_way_is_half_way_and_leaves_the_others_alone():
    half = towards(FLAT, FIST, ["ring"], 0.5)
    np.testing.assert_allclose(half[JOINTS["ring"]], 0.5 * FIST[JOINTS["ring"]])
    assert not half[JOINTS["index"]].any()


def looks(points):
    """Digits that are straight, and digits that are bent, by the measure of the gestures' looks."""
    flat = keypoints(np.zeros((15, 3)))
    reach = {f: apart(points, TIP[f], KP[f"{f}1"]) / apart(flat, TIP[f], KP[f"{f}1"]) for f in FOUR}
    reach["thumb"] = apart(points, TIP["thumb"], KP["pinky1"]) / apart(flat, TIP["thumb"], KP["pinky1"])
    straight = {f for f, r in reach.items() if r > STRAIGHT}
    return straight, {f for f, r in reach.items() if r < (ACROSS if f == "thumb" else BENT)}


def test_counting_shows_every_number_of_straight_digits():
    seen = set()
    for step in itertools.chain.from_iterable(steps("Finger_Counting", count=80, seed=seed) for seed in range(4)):
        if step.name:
            straight, bent = looks(keypoints(step.angles))
            assert len(straight) == int(step.name.split()[1])
            assert straight.isdisjoint(bent)
            seen.add((len(straight), "thumb" in straight))
    assert {number for number, _ in seen} == set(range(6))
    assert {(1, True), (1, False)} <= seen  # some begin with the thumb, some with a finger


def test_bending_bends_every_digit_alone_and_all_together():
    angles = stacked("Finger_Bending", count=300)
    bent = np.stack([flexion(angles, finger) for finger in FINGERS])
    assert np.all(np.ptp(bent, axis=1) > 60)
    for k, _ in enumerate(FINGERS):
        others = np.delete(bent, k, axis=0)
        assert np.any((bent[k] > 60) & (others.max(0) < 40))
    assert np.any(bent[1:].min(0) > 60)


def test_tapping_fingers_meet_one_level_plane():
    drawn = [step for step in steps("Finger_Tapping", 300) if step.exact]
    heights = np.stack([in_world(step)[list(TIP.values()), 2] for step in drawn])
    table = in_world(next(step for step in drawn if np.array_equal(step.angles, ON_TABLE)))[list(TIP.values()), 2]
    assert np.ptp(table) < 0.003
    above = heights - table.mean()
    assert above.min() > -0.004
    raised = above > 0.012
    assert raised.sum(1).max() == 1  # one at a time,
    assert raised.any(0).all()  # and every digit


def test_pinching_brings_the_thumb_to_every_fingertip():
    met = set()
    for step in steps("Finger_Pinching"):
        if step.name.startswith("thumb on"):
            finger = step.name.split()[-1]
            assert apart(keypoints(step.angles), TIP["thumb"], TIP[finger]) < 0.010
            met.add(finger)
    assert met == set(FOUR)
    points = keypoints(stacked("Finger_Pinching"))
    nearest = np.min([apart(points, TIP["thumb"], TIP[finger]) for finger in FOUR], axis=0)
    named = np.array([bool(step.name) for step in steps("Finger_Pinching")])
    assert not (named[1:] & named[:-1]).any()  # it opens between two pinches
    assert np.median(nearest[~named]) > 0.03


PALM_SKIN = np.flatnonzero(
    np.isin(SKIN, [0, *(JOINT_NAMES.index(f"{f}1") for f in FOUR)])
    & (vertex_normals(DATA.v_template, DATA.faces)[:, 1] < -0.3)
)


def test_the_thumb_taps_the_palm_and_comes_off_it():
    drawn = steps("Thumb_Tap_Palm", 80)
    distance = {k: gap(vertices(step.angles), part("thumb3"), PALM_SKIN)[0] for k, step in enumerate(drawn)}
    taps = [k for k, step in enumerate(drawn) if step.name]
    assert max(distance[k] for k in taps) < 0.005
    lifts = [k for one, two in itertools.pairwise(taps) for k in range(one + 1, two)]
    assert np.median([distance[k] for k in lifts]) > 0.008
    assert all(two - one > 1 for one, two in itertools.pairwise(taps))
    assert {drawn[k].name for k in taps} == {f"thumb at {finger}'s root" for finger in FOUR}


def test_the_thumb_goes_over_the_palm_from_root_to_root():
    """The palm of the model cannot cup, which leaves two centimetres to the little finger's root."""
    skin = {finger: vertices(PALMAR[finger][3]) for finger in FOUR}
    assert np.all(np.diff([skin[finger][DATA.tip_vertices[0], 2] for finger in FOUR]) < -0.004)
    for finger in FOUR:
        assert gap(skin[finger], part("thumb3"), np.array([_root(finger)]))[0] < 0.021


def _root(finger):
    """The vertex of the palm's skin that is nearest to a knuckle."""
    knuckle = (DATA.J_regressor @ DATA.v_template)[JOINT_NAMES.index(f"{finger}1")]
    return PALM_SKIN[np.linalg.norm(DATA.v_template[PALM_SKIN] - knuckle, axis=1).argmin()]


@pytest.mark.parametrize(("name", "angles"), DORSAL.items(), ids=list(DORSAL))
def test_the_thumb_touches_backs_of_fingers(name, angles):
    finger = name.split()[0]
    distance, vertex = gap(vertices(angles), part("thumb3"), np.concatenate([part(f"{finger}{k}") for k in (1, 2, 3)]))
    assert distance < 0.004
    assert vertex_normals(DATA.v_template, DATA.faces)[vertex, 1] > 0  # in the flat hand it faces backwards


@pytest.mark.parametrize("finger", FOUR)
def test_the_thumb_touches_palmar_sides_from_tip_to_root(finger):
    """Each place is touched and lies nearer to the palm than the one before it."""
    fingers = np.concatenate([part(f"{finger}{k}") for k in (1, 2, 3)] + [PALM_SKIN])
    along = []
    for angles in PALMAR[finger]:
        distance, vertex = gap(vertices(angles), part("thumb3"), np.unique(fingers))
        assert distance < 0.006
        along.append(DATA.v_template[vertex, 0])
    assert along[0] < along[-1] - 0.04
    assert np.all(np.diff(along) > -0.012)


SLIDES = {
    "Thumb_Sliding_Palm": (list(PALMAR["index"]), ("index",)),
    "Thumb_Sliding_Back": ([DORSAL[p] for p in ("index nail", "index last joint", "index middle segment")], ("index",)),
}


@pytest.mark.parametrize("name", SLIDES)
def test_a_sliding_thumb_stays_on_the_skin(name):
    """Along the whole way, not only at the places that were solved."""
    path, _ = SLIDES[name]
    rest = np.flatnonzero(~np.isin(SKIN, [JOINT_NAMES.index(f"thumb{k}") for k in (1, 2, 3)]))
    for here, there in itertools.pairwise(path):
        for share in np.linspace(0, 1, 7):
            distance, _ = gap(vertices(here + share * (there - here)), part("thumb3"), rest)
            assert distance < 0.008
    assert any(step.exact and step.name for step in steps(name))


CONTACTS = (
    [(f"palmar {f} {i}", a) for f, places in PALMAR.items() for i, a in enumerate(places)]
    + [(f"back of {name}", angles) for name, angles in DORSAL.items()]
    + [(" over ".join(pair), angles) for pair, angles in CROSSED.items()]
    + [("fist", FIST), ("loaded", LOADED), ("snapped", SNAPPED)]
)


@pytest.mark.parametrize(("name", "angles"), CONTACTS, ids=[name for name, _ in CONTACTS])
def test_contacts_do_not_sink_in(name, angles):
    """The ball of the thumb and the palm are one flesh that folds; everything else stays outside."""
    spheres = filled()
    depths = penetration.depth(spheres, angles_to_hand_pose(AXES, torch.from_numpy(angles)))
    deep = {pair: d for pair, d in penetration.contacts(spheres, depths).items() if pair != ("palm", "thumb2")}
    digits = {pair: d for pair, d in deep.items() if "palm" not in pair}
    assert max(digits.values(), default=0) < 0.0025
    assert max(deep.values(), default=0) < 0.006


def test_walking_legs_alternate_and_standing_feet_stay():
    landed = [step for step in steps("Finger_Walking", 300) if step.name.endswith("in front")]
    stayed = 0
    for one, two in itertools.pairwise(landed):
        if one.orient is not two.orient or one.hold > 0.04:
            continue
        front, back = one.name.split()[0], two.name.split()[0]
        assert {front, back} == {"index", "middle"}
        a, b = in_world(one), in_world(two)
        assert np.linalg.norm((a - b)[TIP[front]]) < 0.008  # the standing foot
        assert np.linalg.norm((a - b)[TIP[back]]) > 0.08  # the other one goes two strides' length
        assert np.ptp(a[[TIP["index"], TIP["middle"]], 2]) < 0.002
        stayed += 1
    assert stayed > 20
    places = np.array([step.place for step in landed])
    assert np.ptp(places[:, 0]) > 0.15


def rates(name):
    """Fastest joint in each step, rad/s on average over the step."""
    drawn = steps(name, 150)
    change = np.abs(np.diff(np.stack([step.angles for step in drawn]), axis=0)).max((1, 2))
    return change / np.array([step.seconds for step in drawn[1:]])


def test_snapping_is_the_fastest_of_all_and_ends_on_the_ball_of_the_thumb():
    fastest = {name: rates(name).max() for name in NAMES}
    assert max(fastest, key=fastest.get) == "Finger_Snapping"
    released = [s.seconds for s in steps("Finger_Snapping") if s.name == "snapped"]
    assert len(released) > 10
    assert 0.06 <= min(released) <= max(released) <= 0.1
    points = keypoints(np.stack([LOADED, SNAPPED]))
    assert gap(vertices(LOADED), part("thumb3"), part("middle3"))[0] < 0.003
    assert gap(vertices(SNAPPED), part("middle3"), part("wrist"))[0] < 0.004
    assert apart(points[1], TIP["middle"], KP["thumb1"]) < 0.05 < apart(points[0], TIP["middle"], KP["thumb1"])


def test_wiggling_fingers_alternate():
    drawn = [step for step in steps("Finger_Wiggling", count=300) if not step.hold]  # neither rests nor turns
    bent = np.stack([flexion(np.stack([step.angles for step in drawn]), finger) for finger in FOUR])
    deep = bent > 55
    assert not (deep[0] & deep[1]).any()
    assert not (deep[2] & deep[3]).any()
    assert all((np.diff(finger.astype(int)) == 1).sum() > 15 for finger in deep)
    assert np.mean([step.seconds for step in drawn[100:]]) < 0.35


@pytest.mark.parametrize("pair", CROSSED, ids=[" over ".join(pair) for pair in CROSSED])
def test_crossed_fingers_lie_over_each_other(pair):
    """Sideways the tips have changed places, and the upper finger touches the lower one from behind."""
    over, under = pair
    flat, crossed = keypoints(np.zeros((15, 3))), keypoints(CROSSED[pair])
    side = np.sign((flat[TIP[over]] - flat[TIP[under]])[2])
    assert side * (crossed[TIP[over]] - crossed[TIP[under]])[2] < 0
    skin = vertices(CROSSED[pair])
    distance, vertex = gap(
        skin,
        np.concatenate([part(f"{over}{k}") for k in (2, 3)]),
        np.concatenate([part(f"{under}{k}") for k in (2, 3)]),
    )
    assert distance < 0.004
    assert vertex_normals(DATA.v_template, DATA.faces)[vertex, 1] > -0.3
    assert f"{over} over {under}" in {step.name for step in steps("Finger_Crossing")}


def test_interlocking_leaves_room_for_another_hands_fingers():
    clasped = [s for s in steps("Finger_Interlocking") if s.name == "clasped"]
    points = keypoints(np.stack([s.angles for s in clasped]))
    fist = keypoints(FIST)
    for one, other in itertools.pairwise(FOUR):
        between = apart(points, KP[f"{one}2"], KP[f"{other}2"])
        assert between.min() > 0.024
        assert between.min() > 1.12 * apart(fist, KP[f"{one}2"], KP[f"{other}2"])
    assert min(flexion(s.angles, finger) for s in clasped for finger in FOUR) > 120
    opened = [s for s in steps("Finger_Interlocking") if s.name == "interlaced"]
    assert max(flexion(s.angles, finger) for s in opened for finger in FOUR) < 60


def test_random_gestures_are_gestures_and_held_longer_than_free_ones():
    drawn = [s for s in steps("Random_Gestures", 200) if s.name]
    assert {s.name for s in drawn} <= set(GESTURES)
    assert len({s.name for s in drawn}) > 35
    loose = [s for s in itertools.islice(free(SUBJECTS["S01"], np.random.default_rng(0)), 200) if s.name]
    assert np.mean([s.hold for s in drawn]) > 3 * np.mean([s.hold for s in loose])


def test_calibration_keeps_its_order():
    names = [s.name for s in steps("Calibration", 60)]
    assert names == [s.name for s in steps("Calibration", 60, seed=1)]
    again = names.index("flat", 15)
    assert names[:5] == ["flat", "fist", "flat", "thumb out", "thumb in"]
    assert again
    turned = {s.name: s.orient for s in steps("Calibration", 60)}
    start = turned["flat"]
    for name, axis, degrees in (("flexion", [0, 0, 1], 50), ("deviation", [0, 1, 0], 18), ("rotation", [1, 0, 0], 80)):
        for sign in (1, -1):
            relative = start.T @ turned[f"{name} {sign:+}"]
            assert np.degrees(np.arccos((np.trace(relative) - 1) / 2)) == pytest.approx(degrees)
            np.testing.assert_allclose(relative @ axis, axis, atol=1e-12)


def test_a_posture_is_the_gestures_own():
    from hands.mano.gestures import KEY_POSES, key_angles

    for name, row in KEY_POSES.items():
        np.testing.assert_allclose(np.degrees(posture(row)), key_angles(name).numpy(), atol=1e-12)
