"""Pickles are written here, in memory, by several writers; none is read from a file and none is committed.

References: the arrays that went in, and `pickle.load` itself where that is safe.
"""

import io
import os
import pickle
import struct
import sys
import types
from typing import ClassVar

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from hands.conventions import PARENTS
from hands.mano.pickle_records import read_records
from hands.mano.safe_pickle import HandFileError, read_arrays

V = 20
NUMBERS = {
    "v_template": (V, 3),
    "posedirs": (V, 3, 135),
    "weights": (V, 16),
    "hands_components": (45, 45),
    "hands_mean": (45,),
}
KEYS = (*NUMBERS, "f", "kintree_table", "shapedirs", "J_regressor")


def arrays():
    """A small hand's arrays; J_regressor has empty columns and entries of both signs."""
    rng = np.random.default_rng(5)
    result = {key: rng.normal(size=shape) for key, shape in NUMBERS.items()}
    result["f"] = rng.integers(V, size=(30, 3)).astype(np.uint32)
    result["kintree_table"] = np.array([PARENTS, range(16)]).astype(np.uint32)
    result["shapedirs"] = rng.normal(size=(V, 3, 20))
    result["J_regressor"] = rng.normal(size=(16, V)) * (rng.uniform(size=(16, V)) < 0.3)
    return result


def expected():
    return {**arrays(), "shapedirs": arrays()["shapedirs"][:, :, :10]}


@pytest.fixture
def chumpy(monkeypatch):
    """Modules and classes by chumpy's names, with the attributes that chumpy 0.70 pickles."""

    class Ch:
        def __init__(self, x):
            self.__dict__.update(_dirty_vars=set(), _itr=None, _depends_on_deps=set(), x=x, _status="new")

    class Select:
        def __init__(self, a, idxs, preferred_shape):
            self.__dict__.update(a=a, idxs=idxs, preferred_shape=preferred_shape, _dirty_vars={"r"}, _itr=None)

    monkeypatch.setitem(sys.modules, "chumpy", types.SimpleNamespace())
    for cls, module in ((Ch, "chumpy.ch"), (Select, "chumpy.reordering")):
        cls.__module__, cls.__qualname__ = module, cls.__name__
        monkeypatch.setitem(sys.modules, module, types.SimpleNamespace(**{cls.__name__: cls}))
    return types.SimpleNamespace(Ch=Ch, Select=Select)


def official_like(chumpy):
    """The objects of an official file: chumpy's betas (ten of twenty), a sparse regressor, two strings."""
    model = arrays()
    source = chumpy.Ch(model["shapedirs"])
    first_ten = np.arange(V * 3 * 20).reshape(V, 3, 20)[:, :, :10].ravel()
    return model | {
        "shapedirs": chumpy.Select(source, first_ten, (V, 3, 10)),
        "J_regressor": scipy.sparse.csc_matrix(model["J_regressor"]),
        "posedirs": chumpy.Ch(model["posedirs"]),
        "bs_style": "lbs",
        "bs_type": "lrotmin",
    }


OLD_NAMES = {
    "numpy._core.multiarray": "numpy.core.multiarray",
    "scipy.sparse._csc": "scipy.sparse.csc",
    "builtins": "__builtin__",
    "copyreg": "copy_reg",
}


class Python2Pickler(pickle._Pickler):
    """Writes what Python 2 wrote: byte strings for text and data, and the modules' names of that time."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_string(self, value):
        data = value if isinstance(value, bytes) else value.encode("latin-1")
        if self.proto == 0:
            self.write(pickle.STRING + repr(data)[1:].encode() + b"\n")
        elif len(data) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(data)]) + data)
        else:
            self.write(pickle.BINSTRING + struct.pack("<i", len(data)) + data)
        self.memoize(value)

    def save_global(self, value, name=None):
        module = OLD_NAMES.get(value.__module__, value.__module__)
        self.write(pickle.GLOBAL + f"{module}\n{value.__qualname__}\n".encode())
        self.memoize(value)

    dispatch[bytes] = dispatch[str] = save_string
    dispatch[type] = dispatch[types.FunctionType] = dispatch[types.BuiltinFunctionType] = save_global


def python2(model, protocol):
    stream = io.BytesIO()
    Python2Pickler(stream, protocol).dump(model)
    return stream.getvalue()


def assert_same(read, wanted):
    assert read.keys() == wanted.keys()
    for key, array in wanted.items():
        np.testing.assert_array_equal(read[key], array, err_msg=key, strict=True)


# --- genuine files load exactly ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", range(6))
def test_chumpy_pickles_load_bit_for_bit(chumpy, protocol):
    assert_same(read_arrays(pickle.dumps(official_like(chumpy), protocol), KEYS), expected())


@pytest.mark.parametrize("protocol", range(3))
def test_python_2_pickles_load_bit_for_bit(chumpy, protocol):
    data = python2(official_like(chumpy), protocol)
    assert b"__builtin__" in data
    assert b"numpy.core.multiarray" in data
    assert b"_codecs" not in data
    assert_same(read_arrays(data, KEYS), expected())


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", ">f4", "f2", "i1", ">i2", "<u4", "i8", "?"])
def test_every_plain_type_and_memory_order_loads_as_pickle_loads_it(dtype, protocol):
    array = (np.arange(24).reshape(2, 3, 4) % 7).astype(dtype)
    for laid_out in (array, np.asfortranarray(array), array[:, ::2]):
        data = pickle.dumps({"a": laid_out}, protocol)
        read = read_arrays(data, ["a"])["a"]
        np.testing.assert_array_equal(read, pickle.loads(data)["a"])
        assert read.dtype == array.dtype.newbyteorder("=")


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_read_as_pickle_reads_them(protocol):
    numbers = [0, 1, 255, 256, -1, 65536, 2**31, -(2**31), -(2**63), 10**30, 0.1, -1e300, True, False, None]
    value = {
        "numbers": numbers,
        "text": ["", "a\n'\"\\", "höhe", "手" * 300],
        "nested": ((), (1,), (1, 2), (1, 2, 3), (4,) * 5),
    }
    assert read_records(pickle.dumps(value, protocol)) == value
    assert [type(n) for n in read_records(pickle.dumps(numbers, protocol))] == [type(n) for n in numbers]


@pytest.mark.parametrize("kind", [scipy.sparse.csc_matrix, scipy.sparse.csr_matrix])
def test_sparse_matrices_become_dense(kind):
    matrix = arrays()["J_regressor"]
    read = read_arrays(pickle.dumps({"J_regressor": kind(matrix)}, 2), ["J_regressor"])
    np.testing.assert_array_equal(read["J_regressor"], matrix)


def test_keys_not_asked_for_are_ignored_and_missing_ones_left_out():
    data = pickle.dumps({"a": np.ones(2), "b": {1, 2}, "c": [None, 1.5, b"", True, 10**30, np.float64(1)]}, 2)
    assert list(read_arrays(data, ["a", "z"])) == ["a"]


def test_neither_chumpy_nor_scipy_is_needed(chumpy, monkeypatch):
    data = pickle.dumps(official_like(chumpy), 2)
    for module in ("chumpy", "chumpy.ch", "chumpy.reordering", "scipy", "scipy.sparse"):
        monkeypatch.setitem(sys.modules, module, None)  # an import of it would fail
    assert_same(read_arrays(data, KEYS), expected())


# --- hostile files are refused, and nothing of them happens -----------------------------------------------------------


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return self.function, self.args


NDARRAY = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
F8 = b"cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"


def under_key(value):
    """A protocol-2 pickle of {"v": value}, from the opcodes of the value."""
    return b"\x80\x02}U\x01v" + value + b"s."


def ndarray(shape, dtype=F8, raw=b"U\x00"):
    return NDARRAY + b"(K\x01" + shape + dtype + b"\x89" + raw + b"tb"


def sparse(**parts):
    matrix = scipy.sparse.csc_matrix(np.eye(3))
    matrix.__dict__.update(parts)
    return pickle.dumps({"v": matrix}, 2)


def doubled(times):
    """A tuple that holds itself twice, so many times over: few bytes, but 2^times leaves to hash or to print."""
    return b")q\x00" + b"h\x00h\x00\x86q\x00" * times


TANGLED = {
    "as a key": b"\x80\x02}" + doubled(60) + b"K\x01s.",
    "as the name of a type": under_key(ndarray(b"K\x00\x85", F8.replace(b"U\x02f8", doubled(60)))),
    "deep, as the name of a type": under_key(ndarray(b"K\x00\x85", F8.replace(b"U\x02f8", b")" + b"\x85" * 5000))),
}


@pytest.mark.parametrize("name", TANGLED)
def test_few_bytes_cannot_cost_much_time(name):
    with pytest.raises(HandFileError, match="damaged"):
        read_arrays(TANGLED[name], ["v"])


def hostile(command):
    """Name -> (bytes of a pickle, what its refusal must say)."""
    system = f"cos\nsystem\nX{struct.pack('<I', len(command)).decode('latin-1')}{command}\x85R".encode("latin-1")
    return {
        "os.system": (pickle.dumps({"v": Call(os.system, command)}, 2), r"system.*hostile"),
        "os.system, protocol 0": (pickle.dumps({"v": Call(os.system, command)}, 0), r"system.*hostile"),
        "eval, protocol 4": (pickle.dumps({"v": Call(eval, f"__import__('os').system({command!r})")}, 4), "eval"),
        "call in a chumpy state": (under_key(b"cchumpy.ch\nCh\n)\x81}U\x01x" + system + b"sb"), "os.system"),
        "call under an ignored key": (b"\x80\x02}U\x01z" + system + b"s.", "os.system"),
        "getattr chain": (b"\x80\x02c__builtin__\ngetattr\nc__builtin__\nset\nU\x08__base__\x86R.", "getattr"),
        "dotted name": (b"\x80\x04\x8c\x05numpy\x8c\x11ndarray.__class__\x93.", r"ndarray\.__class__"),
        "numpy's own exec": (b"\x80\x02cnumpy.testing._private.utils\nrunstring\n.", "runstring"),
        "numpy.load": (b"\x80\x02cnumpy\nload\nU\x05a.npy\x85R.", r"numpy\.load"),
        "chumpy's dotted name": (b"\x80\x02cchumpy.ch\nnp.load\n.", r"np\.load"),
        "array of another class": (
            under_key(ndarray(b"K\x00\x85").replace(b"cnumpy\nndarray", b"c__builtin__\nobject")),
            "key 'v' is damaged",
        ),
        "plain object": (
            under_key(b"ccopy_reg\n_reconstructor\n(c__builtin__\nobject\nc__builtin__\nobject\nNtR"),
            "OBJECT",
        ),
        "array of objects": (pickle.dumps({"v": np.array([{}])}, 2), "plain numbers"),
        "structured array": (pickle.dumps({"v": np.zeros(2, "f8,i4")}, 2), "plain numbers"),
        "type with fields": (under_key(ndarray(b"K\x00\x85", F8.replace(b"NNN", b"NU\x01aN"))), "structures"),
        "persistent id": (b"Pabc\n.", "no place"),
        "binary persistent id": (b"\x80\x02K\x01Q.", "no place"),
        "extension code": (b"\x80\x02\x82\x01.", "no place"),
        "old-style instance": (b"(ios\nsystem\n.", "no place"),
        "renamed builtin": (
            pickle.dumps({"v": {1, 2}}, 2).replace(b"__builtin__\nset", b"__builtin__\nall"),
            r"__builtin__\.all",
        ),
        "huge shape": (under_key(ndarray(b"J\xff\xff\xff\x7f\x85")), "at most 4000000"),
        "negative shape": (under_key(ndarray(b"J\xff\xff\xff\xff\x85")), "whole numbers"),
        "shape that overflows": (under_key(ndarray((b"J\xff\xff\xff\x7f") * 3 + b"\x87")), "at most 4000000"),
        "too little data": (under_key(ndarray(b"K\x02\x85")), "0 bytes of data"),
        "sparse row out of range": (sparse(indices=np.array([0, 1, 10**6])), r"outside 0\.\.2"),
        "sparse row negative": (sparse(indices=np.array([0, 1, -1])), r"outside 0\.\.2"),
        "sparse starts descend": (sparse(indptr=np.array([0, 2, 1, 3])), "contradicts itself"),
        "sparse and huge": (sparse(_shape=(10**5, 10**5)), "at most 4000000"),
        "array in itself": (under_key(b"cchumpy.ch\nCh\n)\x81q\x00}U\x01xh\x00sb"), "too deeply"),
        "deep nesting": (b"\x80\x02" + b"]" * 30_000 + b"a" * 29_999 + b".", "expected a dictionary"),
        "string longer than the file": (b"\x80\x02T\xff\xff\xff\x7f.", "ends too early"),
        "string of negative length": (b"\x80\x02T\xff\xff\xff\xff.", "ends too early"),
        "bytes longer than memory": (b"\x80\x04\x8e" + b"\xff" * 8 + b".", "ends too early"),
        "frame longer than memory": (b"\x80\x04\x95" + b"\xff" * 8 + b"N.", "found NoneType"),
        "far memo slot": (b"\x80\x02Nr\xff\xff\xff\x7f.", "found NoneType"),
        "millions of steps": (b"\x80\x02" + b"]" * 100_001 + b".", "steps"),
        "number of a million digits": (b"I" + b"9" * 1_000_000 + b"\n.", "damaged"),
        "state for a class": (b"\x80\x02cnumpy\nndarray\n}b.", "damaged"),
        "pair of one value": (b"\x80\x02K\x01\x86.", "damaged"),
        "call of a string": (b"\x80\x02U\x01a)R.", "damaged"),
        "escape that repr does not write": (b"S'\\N{BULLET}'\n.", "damaged"),
        "no model": (pickle.dumps([1, 2]), "expected a dictionary of arrays, found list"),
        "text for an array": (pickle.dumps({"v": "1 2 3"}), "key 'v': expected an array, found str"),
        "unknown chumpy expression": (under_key(b"cchumpy.ch_ops\nadd\n)\x81"), "found OTHER_CHUMPY"),
        "nothing": (b"", "ends too early"),
        "stop at once": (b".", "damaged"),
    }


@pytest.mark.parametrize("name", hostile(""))
def test_hostile_and_broken_pickles_are_refused_without_effect(name, tmp_path):
    flag = tmp_path / "flag"
    data, message = hostile(f"touch {flag}")[name]
    with pytest.raises(HandFileError, match=message):
        read_arrays(data, ["v"])
    assert not flag.exists()


RUNNABLE = [
    "os.system",
    "os.system, protocol 0",
    "eval, protocol 4",
    "call in a chumpy state",
    "call under an ignored key",
]


@pytest.mark.parametrize("name", RUNNABLE)
def test_the_same_bytes_do_run_under_pickle_load(name, tmp_path, chumpy):
    """Else the test above would prove nothing."""
    flag = tmp_path / "flag"
    pickle.loads(hostile(f"touch {flag}")[name][0])
    assert flag.exists()


def test_reading_changes_nothing_in_this_module():
    """State for a function: plain unpicklers set attributes on whatever the file names."""
    import hands.mano.pickle_records as module

    before = {name: dict(vars(value)) for name, value in vars(module).items() if isinstance(value, type)}
    with pytest.raises(HandFileError):
        read_arrays(b"\x80\x02c_codecs\nencode\nN}U\x0c__defaults__K\x01\x85s\x86b.", ["v"])
    assert before == {name: dict(vars(value)) for name, value in vars(module).items() if isinstance(value, type)}


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_cut_anywhere_is_refused(chumpy, protocol):
    data = pickle.dumps(official_like(chumpy), protocol)
    for end in {*range(300), *range(0, len(data), 499), *range(len(data) - 300, len(data))}:
        with pytest.raises(HandFileError):
            read_arrays(data[:end], KEYS)


SMALL = {
    "a": np.arange(6.0).reshape(2, 3),
    "f": np.arange(6, dtype=np.uint32).reshape(2, 3),
    "J": scipy.sparse.csc_matrix(np.eye(3)),
}
PICKLES = [pickle.dumps(SMALL, p) for p in range(6)] + [python2(SMALL, p) for p in range(3)]


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(PICKLES),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_any_bytes_changed_give_plain_arrays_or_the_named_error(data, changes):
    mutated = bytearray(data)
    for place, byte in changes:
        mutated[int(place * len(data))] = byte
    assert_arrays_or_error(bytes(mutated))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PICKLES), st.floats(0, 1), st.floats(0, 1), st.binary(max_size=12))
def test_any_bytes_spliced_give_plain_arrays_or_the_named_error(data, start, stop, filling):
    start, stop = sorted(int(x * len(data)) for x in (start, stop))
    assert_arrays_or_error(data[:start] + filling + data[stop:])


def assert_arrays_or_error(data):
    try:
        read = read_arrays(data, SMALL)
    except HandFileError:
        return
    assert all(type(array) is np.ndarray and array.dtype.kind in "biuf" for array in read.values())
