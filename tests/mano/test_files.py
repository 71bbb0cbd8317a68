"""References: the arrays that were written, anthropometry for the left hand's signs, and zipfile for damage."""

import errno
import hashlib
import io
import os
import pickle
import struct
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hands.conventions import PARENTS
from hands.mano import files
from hands.mano.files import read, read_default, write_npz
from hands.mano.safe_pickle import HandFileError

FIELDS = (
    "v_template",
    "shapedirs",
    "posedirs",
    "J_regressor",
    "lbs_weights",
    "faces",
    "hands_mean",
    "hands_components",
)
LEFT_SIGNS = np.array([-1.0, 1.0, 1.0])[:, None]


@pytest.fixture(scope="module")
def right():
    return read_default()


@pytest.fixture(scope="module")
def left():
    return read_default("left")


def official(data):
    """The arrays of a record under the keys and in the types of an official file."""
    return {
        "v_template": np.array(data.v_template),
        "f": data.faces.astype(np.uint32),
        "shapedirs": np.array(data.shapedirs),
        "posedirs": np.array(data.posedirs),
        "J_regressor": np.array(data.J_regressor),
        "weights": np.array(data.lbs_weights),
        "kintree_table": np.array([PARENTS, range(16)]).astype(np.uint32),
        "hands_components": np.array(data.hands_components),
        "hands_mean": np.array(data.hands_mean),
    }


def write_pickle(arrays, path):
    path.write_bytes(pickle.dumps({**arrays, "bs_style": "lbs"}, 2))
    return path


def write_npz_arrays(arrays, path):
    np.savez(path, **arrays)
    return path


WRITERS = pytest.mark.parametrize(("write", "suffix"), [(write_pickle, ".pkl"), (write_npz_arrays, ".npz")])


def assert_same(a, b, atol=0.0):
    for field in FIELDS:
        np.testing.assert_allclose(getattr(a, field), getattr(b, field), rtol=0, atol=atol, err_msg=field)


# --- what is read -----------------------------------------------------------------------------------------------------


def test_the_default_hand_is_a_right_hand_of_778_vertices_and_needed_no_repair(right):
    assert (right.side, right.num_vertices, len(right.faces), right.repairs) == ("right", 778, 1538, ())
    assert right.betas_male is not None
    assert right.betas_female is not None


def test_the_default_left_hand_is_its_mirror_image(right, left):
    assert left.side == "left"
    assert_same(left, right.mirrored())


@WRITERS
def test_official_layout_reads_back(write, suffix, right, tmp_path):
    data = read(write(official(right), tmp_path / f"MANO_RIGHT{suffix}"))
    assert_same(data, right, atol=1e-15)  # rows divided once more by their sums
    assert (data.side, data.repairs, data.tip_vertices) == ("right", (), (744, 320, 443, 554, 671))
    assert data.betas_male is None


def test_a_sparse_regressor_reads_as_the_dense_one(right, tmp_path):
    arrays = official(right) | {"J_regressor": scipy.sparse.csc_matrix(right.J_regressor)}
    assert_same(read(write_pickle(arrays, tmp_path / "MANO_RIGHT.pkl")), right, atol=1e-15)


def test_more_than_ten_betas_are_cut_and_reported(right, tmp_path):
    more = np.concatenate([right.shapedirs, np.ones((778, 3, 6))], axis=2)
    data = read(write_npz_arrays(official(right) | {"shapedirs": more}, tmp_path / "right.npz"))
    np.testing.assert_array_equal(data.shapedirs, right.shapedirs)
    assert data.repairs == ("shapedirs has 16 betas; the first 10 are used",)


@pytest.mark.parametrize("key", ["weights", "J_regressor"])
def test_rows_off_by_float32_rounding_are_made_to_sum_to_one(key, right, tmp_path):
    arrays = official(right)
    rounded = arrays[key].astype(np.float32)
    rounded[3] *= np.float32(1 + 1e-6)
    data = read(write_npz_arrays(arrays | {key: rounded}, tmp_path / "right.npz"))
    rows = data.lbs_weights if key == "weights" else data.J_regressor
    assert abs(rounded.astype(float).sum(axis=1) - 1).max() > 5e-7
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=0, atol=1e-15)
    np.testing.assert_allclose(rows, arrays[key], rtol=0, atol=1e-7)


@pytest.mark.parametrize("key", ["weights", "J_regressor"])
def test_rows_off_by_more_are_refused_by_number(key, right, tmp_path):
    arrays = official(right)
    arrays[key][7] *= 1.001
    with pytest.raises(HandFileError, match=rf"right\.npz: key '{key}': row 7 sums to 1\.001, expected 1"):
        read(write_npz_arrays(arrays, tmp_path / "right.npz"))


# --- which hand it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["MANO_LEFT", "my-left-hand", "lefthand", "model", "bright", "left_or_right"])
def test_the_side_comes_from_the_name_or_else_from_the_fingers(name, left, tmp_path):
    assert read(write_npz_arrays(official(left), tmp_path / f"{name}.npz")).side == "left"


@pytest.mark.parametrize("name", ["MANO_RIGHT", "right_hand_2", "RightHand"])
def test_a_name_that_contradicts_the_fingers_is_refused(name, left, tmp_path):
    path = write_npz_arrays(official(left), tmp_path / f"{name}.npz")
    with pytest.raises(HandFileError, match=r"says right hand, but its fingers point to \+x as a left hand's do"):
        read(path)
    assert read(path, side="left").side == "left"
    with pytest.raises(HandFileError, match="says right hand"):
        read(path, side="right")


def test_a_hand_in_another_frame_needs_a_side(right, tmp_path):
    arrays = official(right)
    arrays["v_template"] = arrays["v_template"][:, [1, 0, 2]] * [1.0, -1.0, 1.0]
    path = write_npz_arrays(arrays, tmp_path / "turned.npz")
    with pytest.raises(HandFileError, match=r"cannot tell which hand it is.*pass side='right' or side='left'"):
        read(path)
    assert read(path, side="right").side == "right"


# --- the left hand's signs --------------------------------------------------------------------------------------------


@WRITERS
def test_the_known_bug_of_the_left_hand_is_mended_and_reported(write, suffix, left, tmp_path):
    broken = official(left) | {"shapedirs": left.shapedirs * LEFT_SIGNS}
    data = read(write(broken, tmp_path / f"MANO_LEFT{suffix}"))
    np.testing.assert_array_equal(data.shapedirs, left.shapedirs)
    (repair,) = data.repairs
    assert "shapedirs[:, 0, :]" in repair


@WRITERS
def test_sound_hands_are_left_alone(write, suffix, left, right, tmp_path):
    for hand in (left, right):
        data = read(write(official(hand), tmp_path / f"{hand.side}{suffix}"))
        np.testing.assert_array_equal(data.shapedirs, hand.shapedirs)
        assert data.repairs == ()


def test_a_right_hand_is_never_mended(right, tmp_path):
    broken = official(right) | {"shapedirs": right.shapedirs * LEFT_SIGNS}
    data = read(write_npz_arrays(broken, tmp_path / "right.npz"))
    np.testing.assert_array_equal(data.shapedirs, broken["shapedirs"])
    assert data.repairs == ()


def test_the_repair_happens_once(left, tmp_path):
    broken = official(left) | {"shapedirs": left.shapedirs * LEFT_SIGNS}
    once = read(write_npz_arrays(broken, tmp_path / "left.npz"))
    write_npz(once, tmp_path / "again_left.npz")
    again = read(tmp_path / "again_left.npz")
    assert again.repairs == ()
    np.testing.assert_array_equal(again.shapedirs, left.shapedirs)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("bug", [False, True])
def test_the_bug_is_seen_in_any_basis_of_shapes(seed, bug, left, tmp_path):
    """Another model may sort, sign and mix its betas as it likes; only the population of shapes counts."""
    basis = np.linalg.qr(np.random.default_rng(seed).normal(size=(10, 10))).Q
    mixed = left.shapedirs @ basis
    arrays = official(left) | {"shapedirs": mixed * LEFT_SIGNS if bug else mixed}
    data = read(write_npz_arrays(arrays, tmp_path / "left.npz"))
    np.testing.assert_array_equal(data.shapedirs, mixed)
    assert len(data.repairs) == bug


def test_long_hands_are_broad_hands(right):
    """What the repair rests on, measured with a ruler: length and breadth over 2,000 random shapes."""
    betas = np.random.default_rng(0).normal(size=(2000, 10))
    hands = right.v_template + np.einsum("vck,nk->nvc", right.shapedirs, betas)
    joints = np.einsum("jv,nvc->njc", right.J_regressor, hands)
    length = np.linalg.norm(hands[:, right.tip_vertices[2]] - joints[:, 0], axis=1)
    breadth = np.linalg.norm(joints[:, 1] - joints[:, 7], axis=1)  # index to pinky knuckle
    assert np.corrcoef(length, breadth)[0, 1] > 0.6


# --- refusals name the file, the key and what was expected ------------------------------------------------------------


def changed(key, change):
    return lambda arrays: arrays.update({key: change(arrays[key])})


def with_value(value):
    def change(array):
        array = np.array(array)
        array.flat[5] = value
        return array

    return change


REFUSALS = {
    "pose": (
        changed("posedirs", lambda a: a[:, :, :100]),
        r"key 'posedirs' has shape \(778, 3, 100\), expected \(778, 3, 135\)",
    ),
    "few betas": (
        changed("shapedirs", lambda a: a[:, :, :9]),
        r"'shapedirs' has shape \(778, 3, 9\), expected \(778, 3, 10\)",
    ),
    "vertices": (changed("v_template", lambda a: a[:, :2]), r"'v_template' has shape \(778, 2\), expected \(778, 3\)"),
    "one row": (changed("v_template", np.ravel), r"'v_template' has shape \(2334,\), expected"),
    "scalar": (changed("v_template", lambda a: np.array(a[0, 0])), r"'v_template' has shape \(\), expected \(V, 3\)"),
    "fewer vertices": (changed("v_template", lambda a: a[:700]), r"has shape \(778, 3, 10\), expected \(700, 3, 10\)"),
    "empty": (changed("f", lambda a: a[:0]), "key 'f' is empty"),
    "real triangles": (changed("f", lambda a: a.astype(float)), "key 'f' holds float64"),
    "far triangle": (changed("f", with_value(778)), r"key 'f' names vertices outside 0\.\.777"),
    "negative triangle": (changed("f", lambda a: with_value(-1)(a.astype(int))), r"key 'f' names vertices outside"),
    "nan": (changed("posedirs", with_value(np.nan)), "key 'posedirs' holds numbers that are not finite"),
    "infinity": (changed("hands_mean", with_value(-np.inf)), "key 'hands_mean' holds numbers that are not finite"),
    "absurd": (changed("v_template", with_value(1e30)), "key 'v_template' holds numbers that are .* far too large"),
    "complex": (changed("weights", lambda a: a.astype(complex)), "key 'weights'.*(complex|plain numbers)"),
    "tree": (changed("kintree_table", with_value(3)), "key 'kintree_table': .*not MANO's tree"),
    "no weights": (
        lambda arrays: arrays.pop("weights"),
        r"'weights' is missing, expected \(778, 16\): skinning weights",
    ),
    "no template": (lambda arrays: arrays.pop("v_template"), r"'v_template' is missing, expected \(V, 3\): vertices"),
    "tips": (lambda arrays: arrays.update(x_tips=np.arange(4)), r"'x_tips' has shape \(4,\), expected \(5,\)"),
    "far tips": (lambda arrays: arrays.update(x_tips=np.full(5, 778)), "key 'x_tips' names vertices outside"),
}


@WRITERS
@pytest.mark.parametrize("case", REFUSALS)
def test_arrays_that_are_not_manos_are_refused(case, write, suffix, right, tmp_path):
    spoil, message = REFUSALS[case]
    arrays = official(right)
    spoil(arrays)
    with pytest.raises(HandFileError, match=rf"MANO_RIGHT\{suffix}: .*{message}"):
        read(write(arrays, tmp_path / f"MANO_RIGHT{suffix}"))


def test_other_meshes_need_their_tips(right, tmp_path):
    keep = np.arange(777)
    arrays = official(right)
    arrays["f"] = arrays["f"][(arrays["f"] < 777).all(axis=1)]
    for key in ("v_template", "shapedirs", "posedirs", "weights"):
        arrays[key] = arrays[key][keep]
    arrays["J_regressor"] = arrays["J_regressor"][:, keep] / arrays["J_regressor"][:, keep].sum(axis=1, keepdims=True)
    with pytest.raises(HandFileError, match=r"key 'x_tips' is missing.*this hand has 777"):
        read(write_npz_arrays(arrays, tmp_path / "right.npz"))
    assert read(write_npz_arrays(arrays | {"x_tips": np.arange(5)}, tmp_path / "right.npz")).num_vertices == 777


def test_places_that_hold_no_model_are_refused(tmp_path):
    for name, content, message in [
        ("missing.pkl", None, "there is no such file.*mano.is.tue.mpg.de"),
        ("empty.pkl", b"", "is empty"),
        ("empty.npz", b"", "is empty"),
        ("model.txt", b"x", r"ends in \.pkl or \.npz"),
        ("model", b"x", r"ends in \.pkl or \.npz"),
        ("page.pkl", b"\n<!DOCTYPE html>", "is a web page"),
        ("zip.pkl", b"PK\x03\x04", "is a zip archive"),
        ("hostile.pkl", b"cos\nsystem\n(S'true'\ntR.", r"os\.system.*hostile"),
        ("garbage.npz", b"PK\x03\x04garbage", "is damaged"),
        ("list.pkl", pickle.dumps([1]), "expected a dictionary"),
        ("large.pkl", b"x" * ((32 << 20) + 1), "larger than 32 MiB"),
    ]:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(HandFileError, match=rf"{name}: .*{message}"):
            read(tmp_path / name)
    with pytest.raises(HandFileError, match="is a folder; name the file in it"):
        read(tmp_path)


def test_a_file_that_cannot_be_opened_is_named(tmp_path, monkeypatch):
    (tmp_path / "right.npz").write_bytes(b"PK")
    denied = OSError(errno.EACCES, "Permission denied")
    monkeypatch.setattr("pathlib.Path.open", lambda *_: (_ for _ in ()).throw(denied))
    with pytest.raises(HandFileError, match=r"right\.npz: cannot be read: Permission denied"):
        read(tmp_path / "right.npz")


def test_errors_are_the_ones_that_callers_expect(tmp_path):
    assert issubclass(HandFileError, ValueError)
    with pytest.raises(FileNotFoundError, match=r"hand\.pkl: there is no such file"):
        read(tmp_path / "hand.pkl")


# --- npz files from strangers -----------------------------------------------------------------------------------------


def zipped(entries, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def npy(header, data=b""):
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def header(descr="'<f8'", shape="(2,)"):
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"


class Flag:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_objects_in_an_npz_are_never_opened(tmp_path):
    objects = np.empty(1, object)
    objects[0] = Flag(tmp_path / "flag")
    np.savez(tmp_path / "right.npz", v_template=objects)
    with pytest.raises(
        HandFileError, match=r"right\.npz: key 'v_template': expected an array of plain numbers, found one of type \|O"
    ):
        read(tmp_path / "right.npz")
    assert not (tmp_path / "flag").exists()
    with np.load(tmp_path / "right.npz", allow_pickle=True) as archive:
        archive["v_template"]
    assert (tmp_path / "flag").exists(), "else this test proves nothing"


def test_objects_under_other_keys_do_not_matter(right, tmp_path):
    arrays = official(right) | {"bs_style": np.array("lbs", object), "note": np.array([{}])}
    assert_same(read(write_npz_arrays(arrays, tmp_path / "right.npz")), right, atol=1e-15)


ENTRIES = {
    "huge shape": (npy(header(shape="(10000000, 3)")), "at most 4000000 elements"),
    "shape that overflows": (
        npy(header(shape="(2**31, 2**33)".replace("2**31", str(2**31)).replace("2**33", "8"))),
        "at most 4000000 elements",
    ),
    "negative shape": (npy(header(shape="(-1, 3)")), "damaged"),
    "too little data": (npy(header(), bytes(8)), r"shape \(2,\) and type float64 has 8 bytes"),
    "too much data": (npy(header(), bytes(24)), r"shape \(2,\) and type float64 has 24 bytes"),
    "code in the header": (npy("__import__('os').getcwd()"), "damaged"),
    "structured": (npy(header(descr="[('a', '<f8')]"), bytes(16)), "plain numbers, found one of type"),
    "text": (npy(header(descr="'<U2'"), bytes(16)), "plain numbers, found one of type <U2"),
    "unknown version": (b"\x93NUMPY\x09\x00", "damaged"),
    "no array": (b"hello", "damaged"),
    "nothing": (b"", "damaged"),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_entries_that_are_no_plain_arrays_are_refused(case, tmp_path):
    content, message = ENTRIES[case]
    (tmp_path / "right.npz").write_bytes(zipped({"v_template.npy": content}))
    with pytest.raises(HandFileError, match=rf"right\.npz: .*{message}"):
        read(tmp_path / "right.npz")


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path, monkeypatch):
    bomb = zipped({"v_template.npy": bytes(32_000_001)})
    assert len(bomb) < 100_000
    (tmp_path / "right.npz").write_bytes(bomb)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(HandFileError, match=r"key 'v_template' is .* larger than 32000000 bytes"):
        read(tmp_path / "right.npz")


def test_a_bomb_that_lies_about_its_size_stops_at_that_size(tmp_path):
    bomb = bytearray(zipped({"v_template.npy": bytes(1 << 20)}))
    for place in (22, bomb.rindex(b"PK\x01\x02") + 24):  # the unpacked size, in both of the entry's headers
        bomb[place : place + 4] = struct.pack("<I", 100)
    (tmp_path / "right.npz").write_bytes(bomb)
    with pytest.raises(HandFileError, match="damaged"):
        read(tmp_path / "right.npz")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_whose_memory_nothing_bounds_are_refused(method, tmp_path):
    (tmp_path / "right.npz").write_bytes(zipped({"v_template.npy": npy(header(), bytes(16))}, method))
    with pytest.raises(HandFileError, match="key 'v_template' is encrypted, oddly packed"):
        read(tmp_path / "right.npz")


def test_an_encrypted_entry_is_refused(tmp_path):
    data = bytearray(zipped({"v_template.npy": npy(header(), bytes(16))}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "right.npz").write_bytes(data)
    with pytest.raises(HandFileError, match="key 'v_template' is encrypted"):
        read(tmp_path / "right.npz")


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole_files(right, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    write_npz(right, folder / "right.npz")
    write_pickle(official(right), folder / "right.pkl")
    return {suffix: (folder / f"right{suffix}").read_bytes() for suffix in (".npz", ".pkl")}


@pytest.mark.parametrize("suffix", [".npz", ".pkl"])
def test_a_file_cut_anywhere_is_refused(suffix, whole_files, tmp_path):
    data = whole_files[suffix]
    path = tmp_path / f"right{suffix}"
    for end in {*range(0, len(data), len(data) // 150), *range(len(data) - 40, len(data))}:
        path.write_bytes(data[:end])
        with pytest.raises(HandFileError, match=rf"right\{suffix}: "):
            read(path)


@pytest.mark.parametrize("suffix", [".npz", ".pkl"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=3))
def test_any_bytes_changed_give_a_hand_of_equal_shape_or_the_named_error(suffix, changes, whole_files, right, tmp_path):
    mutated = bytearray(whole_files[suffix])
    for place, byte in changes:
        # half of the changes near the ends, where a file keeps its structure
        where = int(place * 2 * len(mutated)) if place < 0.5 else int((place - 0.5) * 2 * 3000) - 1500
        mutated[where % len(mutated)] = byte
    path = tmp_path / f"right{suffix}"
    path.write_bytes(mutated)
    try:
        data = read(path)
    except HandFileError:
        return
    assert all(getattr(data, field).shape == getattr(right, field).shape for field in FIELDS)


# --- writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["right", "left"])
def test_what_is_written_reads_back_to_float32(side, tmp_path):
    data = read_default(side)
    write_npz(data, tmp_path / "hand.npz")
    back = read(tmp_path / "hand.npz")
    assert_same(back, data, atol=1e-8)
    assert (back.side, back.tip_vertices, back.repairs) == (side, data.tip_vertices, ())
    np.testing.assert_allclose(back.betas_male, data.betas_male, rtol=0, atol=1e-7)
    np.testing.assert_allclose(back.betas_female, data.betas_female, rtol=0, atol=1e-7)


def test_the_keys_and_types_are_manos(right, tmp_path):
    write_npz(right, tmp_path / "hand.npz", license="CC0-1.0")
    with np.load(tmp_path / "hand.npz", allow_pickle=False) as archive:
        kinds = {key: archive[key].dtype.str for key in archive.files}
        assert str(archive["x_license"]) == "CC0-1.0"
        assert archive["kintree_table"].tolist() == [[2**32 - 1, *PARENTS[1:]], list(range(16))]
    floats = {"v_template", "shapedirs", "posedirs", "J_regressor", "weights", "hands_components", "hands_mean"}
    assert kinds == dict.fromkeys(floats | {"x_beta_male", "x_beta_female"}, "<f4") | {
        "f": "<u4",
        "kintree_table": "<u4",
        "x_tips": "<i4",
        "x_license": "<U7",
    }


def test_optional_parts_are_left_out(right, tmp_path):
    write_npz(replace(right, betas_male=None, betas_female=None), tmp_path / "hand.npz")
    assert read(tmp_path / "hand.npz").betas_male is None
    with np.load(tmp_path / "hand.npz") as archive:
        assert not {"x_beta_male", "x_beta_female", "x_license"} & set(archive.files)


def test_the_same_hand_gives_the_same_bytes_at_any_time(right, tmp_path, monkeypatch):
    write_npz(right, tmp_path / "a.npz")
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    write_npz(right, tmp_path / "b.npz")
    a, b = ((tmp_path / name).read_bytes() for name in ("a.npz", "b.npz"))
    assert hashlib.sha256(a).digest() == hashlib.sha256(b).digest()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(right, tmp_path, monkeypatch):
    path = tmp_path / "hand.npz"
    path.write_bytes(b"old")

    def fails(*_):
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr("pathlib.Path.replace", fails)
    with pytest.raises(OSError, match="disk full"):
        write_npz(right, path)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("hand.npz", b"old")]


def test_only_npz_is_written(right, tmp_path):
    with pytest.raises(HandFileError, match=r"hand\.pkl: expected a path that ends in \.npz"):
        write_npz(right, tmp_path / "hand.pkl")


def test_every_key_read_has_a_meaning():
    assert all(key.meaning for key in files.KEYS.values())


@pytest.mark.parametrize("side", ["Right", "LEFT", "foo"])
def test_a_side_is_right_or_left(side):
    call = read_default
    while hasattr(call, "__wrapped__"):
        call = call.__wrapped__
    with pytest.raises(ValueError, match="expected 'right' or 'left'"):
        call(side)


@pytest.mark.parametrize("scale", [1000, 39.37])
def test_a_hand_in_other_units_is_refused(scale, tmp_path):
    data = read_default()
    path = tmp_path / "mano_right.npz"
    write_npz(replace(data, v_template=scale * data.v_template, shapedirs=scale * data.shapedirs), path)
    with pytest.raises(HandFileError, match="is it in metres"):
        read(path)
