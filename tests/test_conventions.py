"""The names and orders that everything else relies on."""

from hands import conventions as c


def test_joints_and_keypoints_name_the_same_places():
    joints_and_tips = (*c.JOINT_NAMES, *(f"{finger}_tip" for finger in c.FINGERS))
    assert tuple(joints_and_tips[i] for i in c.KEYPOINTS_FROM_JOINTS_AND_TIPS) == c.KEYPOINT_NAMES


def test_parents_agree_in_both_orders():
    for child, parent in enumerate(c.KEYPOINT_PARENTS):
        name = c.KEYPOINT_NAMES[child]
        if name in c.JOINT_NAMES and parent >= 0:
            assert c.KEYPOINT_NAMES[parent] == c.JOINT_NAMES[c.PARENTS[c.JOINT_NAMES.index(name)]]


def test_orders():
    assert c.JOINT_NAMES[7] == "pinky1"
    assert c.JOINT_NAMES[10] == "ring1"
    assert c.KEYPOINT_NAMES[:6] == ("wrist", "thumb1", "thumb2", "thumb3", "thumb_tip", "index1")
    assert c.ANATOMICAL_NAMES[13:] == ("thumb CMC", "thumb MCP", "thumb IP")
    assert len(c.JOINT_NAMES) == len(c.PARENTS) == c.NUM_JOINTS == 16
    assert len(c.KEYPOINT_NAMES) == len(c.KEYPOINT_PARENTS) == c.NUM_KEYPOINTS == 21
