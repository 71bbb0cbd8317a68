"""Read the arrays of a pickled hand model without running anything that the file says.

A pickle is a small program. It pushes values on a stack, names Python functions and has the unpickler call them; so
`pickle.load` on a file from a stranger runs the stranger's program. The official MANO files are pickles, written by
Python 2 with objects of chumpy, a package that no longer installs. Here such a file is read as data, in two steps:

1. `_Reader` walks through the opcodes. It imports nothing and calls nothing. A function that the file names becomes a
   member of `_Known`, or the file is refused; a call becomes a `_Record` of what would have been called with what.
2. The records that mean an array (numpy's, SciPy's sparse matrices, chumpy's `Ch` and `Select`) are rebuilt from their
   shape, type and raw bytes, each checked first.

Threat model: the file may hold any bytes at all. It cannot run code or reach an object of this process, and what its
arrays may take of memory is bounded; whatever it holds, the outcome is plain arrays of numbers or a `HandFileError`.
That the numbers make a hand is for `hands.mano.files` to check.

Explained in the book: *Meet the hand*.
"""

from __future__ import annotations

import pickle
import re
import struct
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum, auto
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

AnyArray = npt.NDArray[Any]

MAX_ITEMS = 4_000_000
"""The most elements an array may have: ten times the largest of MANO's."""

MAX_STEPS = 100_000
"""The most opcodes a pickle may have. A genuine one has about a thousand; arrays are one string each."""


class HandFileError(ValueError):
    """A hand model file that cannot be used; the message names the file, the key and what was expected."""


class _Known(Enum):
    """The functions and classes that a pickled hand model may name."""

    NDARRAY = auto()
    RECONSTRUCT = auto()
    FROMBUFFER = auto()
    DTYPE = auto()
    SCALAR = auto()
    CSC = auto()
    CSR = auto()
    CH = auto()
    SELECT = auto()
    OTHER_CHUMPY = auto()
    ENCODE = auto()
    BYTES = auto()
    NEW_OBJECT = auto()
    OBJECT = auto()
    SET = auto()


_KNOWN = {
    "numpy.ndarray": _Known.NDARRAY,
    "numpy.dtype": _Known.DTYPE,
    "numpy.multiarray._reconstruct": _Known.RECONSTRUCT,
    "numpy.numeric._frombuffer": _Known.FROMBUFFER,
    "numpy.multiarray.scalar": _Known.SCALAR,
    "scipy.sparse.csc_matrix": _Known.CSC,
    "scipy.sparse.csr_matrix": _Known.CSR,
    "chumpy.Ch": _Known.CH,
    "chumpy.ch.Ch": _Known.CH,
    "chumpy.reordering.Select": _Known.SELECT,
    "_codecs.encode": _Known.ENCODE,
    "builtins.bytes": _Known.BYTES,
    "copyreg._reconstructor": _Known.NEW_OBJECT,
    "builtins.object": _Known.OBJECT,
    "builtins.set": _Known.SET,
}
"""By their names of today, less the parts of a module's path that only say where a package keeps its insides."""

_OLD_NAMES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
_INSIDES = re.compile(r"(?<=^numpy)\._?core(?=\.)|(?<=^scipy\.sparse)\._?cs[cr](?=$)")


@dataclass(slots=True, eq=False)
class _Record:
    """What the file wanted made: which object, from which arguments, then given which state."""

    kind: _Known
    args: tuple[Any, ...]
    state: Any = None


# --- step 1: opcodes to records ---------------------------------------------------------------------------------------


class _Reader:
    """The pickle machine: a stack, marks in it, and a memo. It reads; it never calls what it reads."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def result(self) -> Any:
        """Walk the whole program and return what it leaves on the stack."""
        for _ in range(MAX_STEPS):
            opcode = self.take(1)
            if opcode == pickle.STOP:
                return self.stack.pop()
            elif opcode in _VALUES:
                self.stack.append(_VALUES[opcode](self))
            elif opcode in _ACTIONS:
                _ACTIONS[opcode](self)
            else:
                raise HandFileError(f"opcode {opcode!r} at byte {self.at - 1} has no place in a pickled hand model")
        raise HandFileError(f"the pickle has more than {MAX_STEPS} steps, and a hand model about a thousand")

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if not 0 <= count <= len(self.data) - self.at:
            raise HandFileError(f"the pickle ends too early: byte {self.at} asks for {count} more")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, layout: str) -> Any:
        """The next number, laid out as `struct` says."""
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def sized(self, layout: str) -> bytes:
        """The next bytes, their count first."""
        return self.take(self.number(layout))

    def line(self) -> bytes:
        """The bytes up to the next line end."""
        end = self.data.find(b"\n", self.at)
        if end < 0:
            raise HandFileError(f"the pickle ends too early: no line end after byte {self.at}")
        return self.take(end + 1 - self.at)[:-1]

    def pop(self, count: int) -> list[Any]:
        """The top `count` values, deepest first."""
        if len(self.stack) < count:
            raise IndexError("the stack is empty")
        values = self.stack[-count:]
        del self.stack[-count:]
        return values

    def since_mark(self) -> list[Any]:
        """All values above the last mark."""
        mark = self.marks.pop()
        values = self.stack[mark:]
        del self.stack[mark:]
        return values


def _known(module: str, name: str) -> _Known:
    """The function or class of this name, if a hand model may name it."""
    package = _INSIDES.sub("", _OLD_NAMES.get(module, module))
    known = _KNOWN.get(f"{package}.{name}")
    if known is None and re.fullmatch(r"chumpy(\.\w+)*", module) and name.isidentifier():
        return _Known.OTHER_CHUMPY
    if known is None:
        raise HandFileError(
            f"the pickle wants to use {module[:80]}.{name[:80]}, which no hand model needs; it may be hostile: "
            "nothing of it was run, and pickle.load would run it"
        )
    return known


def _record(function: Any, args: Any) -> _Record:
    """The call `function(*args)`, written down."""
    if not isinstance(function, _Known) or not isinstance(args, tuple):
        raise TypeError("a call of something that cannot be called")
    if function is _Known.NEW_OBJECT:  # how protocols 0 and 1 spell an object: _reconstructor(class, object, None)
        function, args = args[0], ()
        if not isinstance(function, _Known):
            raise TypeError("an object of no class")
    return _Record(function, args)


def _set_state(reader: _Reader) -> None:
    state = reader.stack.pop()
    if not isinstance(reader.stack[-1], _Record):
        raise TypeError("state for something that has none")
    reader.stack[-1].state = state


def _pairs(values: list[Any]) -> dict[Any, Any]:
    return dict(zip(values[::2], values[1::2], strict=True))


def _set_items(reader: _Reader, values: list[Any]) -> None:
    reader.stack[-1].update(_pairs(values))


def _extend(reader: _Reader) -> None:
    values = reader.since_mark()
    reader.stack[-1].extend(values)


def _remember(reader: _Reader, index: int) -> None:
    reader.memo[index] = reader.stack[-1]


def _integer(line: bytes) -> int | bool:
    """A decimal number as protocol 0 writes it; 00 and 01 are its booleans."""
    return line == b"01" if line in (b"00", b"01") else int(line.removesuffix(b"L"))


def _quoted(line: bytes) -> str:
    r"""A byte string as Python 2's repr spells it, one character per byte; other escapes than repr's are refused."""
    quotes, body = line[:1] + line[-1:], line[1:-1]
    if quotes not in (b"''", b'""') or not re.fullmatch(rb"(?:[ -\[\]-~]++|\\(?:x[0-9a-f]{2}|[\\'\"nrt]))*+", body):
        raise ValueError("not a quoted string")
    return body.decode("unicode_escape")


_Take = Callable[[_Reader], Any]

_VALUES: dict[bytes, _Take] = {
    pickle.NONE: lambda r: None,
    pickle.NEWTRUE: lambda r: True,
    pickle.NEWFALSE: lambda r: False,
    pickle.INT: lambda r: _integer(r.line()),
    pickle.LONG: lambda r: _integer(r.line()),
    pickle.BININT: lambda r: r.number("<i"),
    pickle.BININT1: lambda r: r.number("<B"),
    pickle.BININT2: lambda r: r.number("<H"),
    pickle.LONG1: lambda r: int.from_bytes(r.sized("<B"), "little", signed=True),
    pickle.FLOAT: lambda r: float(r.line()),
    pickle.BINFLOAT: lambda r: r.number(">d"),
    pickle.STRING: lambda r: _quoted(r.line()),
    pickle.BINSTRING: lambda r: r.sized("<i").decode("latin-1"),
    pickle.SHORT_BINSTRING: lambda r: r.sized("<B").decode("latin-1"),
    pickle.UNICODE: lambda r: r.line().decode("raw-unicode-escape"),
    pickle.BINUNICODE: lambda r: r.sized("<I").decode("utf-8"),
    pickle.SHORT_BINUNICODE: lambda r: r.sized("<B").decode("utf-8"),
    pickle.BINUNICODE8: lambda r: r.sized("<Q").decode("utf-8"),
    pickle.BINBYTES: lambda r: r.sized("<I"),
    pickle.SHORT_BINBYTES: lambda r: r.sized("<B"),
    pickle.BINBYTES8: lambda r: r.sized("<Q"),
    pickle.BYTEARRAY8: lambda r: r.sized("<Q"),
    pickle.EMPTY_TUPLE: lambda r: (),
    pickle.TUPLE1: lambda r: tuple(r.pop(1)),
    pickle.TUPLE2: lambda r: tuple(r.pop(2)),
    pickle.TUPLE3: lambda r: tuple(r.pop(3)),
    pickle.TUPLE: lambda r: tuple(r.since_mark()),
    pickle.EMPTY_LIST: lambda r: [],
    pickle.LIST: lambda r: r.since_mark(),
    pickle.EMPTY_SET: lambda r: [],
    pickle.FROZENSET: lambda r: r.since_mark(),
    pickle.EMPTY_DICT: lambda r: {},
    pickle.DICT: lambda r: _pairs(r.since_mark()),
    pickle.GET: lambda r: r.memo[int(r.line())],
    pickle.BINGET: lambda r: r.memo[r.number("<B")],
    pickle.LONG_BINGET: lambda r: r.memo[r.number("<I")],
    pickle.DUP: lambda r: r.stack[-1],
    pickle.GLOBAL: lambda r: _known(r.line().decode(), r.line().decode()),
    pickle.STACK_GLOBAL: lambda r: _known(*r.pop(2)),
    pickle.REDUCE: lambda r: _record(*r.pop(2)),
    pickle.NEWOBJ: lambda r: _record(*r.pop(2)),
}
"""Opcodes that push one value."""

_ACTIONS: dict[bytes, _Take] = {
    pickle.PROTO: lambda r: r.take(1),
    pickle.FRAME: lambda r: r.take(8),
    pickle.MARK: lambda r: r.marks.append(len(r.stack)),
    pickle.POP: lambda r: r.pop(1),
    pickle.POP_MARK: lambda r: r.since_mark(),
    pickle.PUT: lambda r: _remember(r, int(r.line())),
    pickle.BINPUT: lambda r: _remember(r, r.number("<B")),
    pickle.LONG_BINPUT: lambda r: _remember(r, r.number("<I")),
    pickle.MEMOIZE: lambda r: _remember(r, len(r.memo)),
    pickle.APPEND: lambda r: r.stack[-2].append(r.stack.pop()),
    pickle.APPENDS: _extend,
    pickle.ADDITEMS: _extend,
    pickle.SETITEM: lambda r: _set_items(r, r.pop(2)),
    pickle.SETITEMS: lambda r: _set_items(r, r.since_mark()),
    pickle.BUILD: _set_state,
}
"""Opcodes that change what is there."""


# --- step 2: records to arrays ----------------------------------------------------------------------------------------


def _raw(value: Any) -> bytes:
    """Raw data: bytes, a Python 2 string, or one of two spellings of bytes that Python 3 uses up to protocol 2."""
    if isinstance(value, _Record) and value.kind in (_Known.ENCODE, _Known.BYTES):
        value = value.args[0] if value.args else b""
    if isinstance(value, list):
        raise HandFileError("expected an array of plain numbers, found one of Python objects")
    return value.encode("latin-1") if isinstance(value, str) else memoryview(value).tobytes()


def _shape(value: Any) -> tuple[int, ...]:
    ok = isinstance(value, tuple) and len(value) <= 4 and all(type(n) is int and n >= 0 for n in value)
    if not ok or prod(value) > MAX_ITEMS:
        raise HandFileError(f"an array's shape must be up to four whole numbers and at most {MAX_ITEMS} elements")
    return tuple(value)


def plain_array(shape: Any, code: str, column_major: bool, data: bytes) -> AnyArray:
    """An array from its parts, none of them trusted, in this machine's byte order.

    Raises:
        HandFileError: the code is not of a plain type of numbers, the shape is none, or the bytes do not fill it.
    """
    if not re.fullmatch(r"[<>|=]?(b1|[iu][1248]|f[248])", code):
        raise HandFileError(f"expected an array of plain numbers, found one of type {code[:80]}")
    shape, dtype = _shape(shape), np.dtype(code)
    if len(data) != prod(shape) * dtype.itemsize:
        raise HandFileError(f"an array of shape {shape} and type {dtype} has {len(data)} bytes of data")
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if column_major else "C")
    return np.array(array, dtype=dtype.newbyteorder("="), order="C")


def _code(value: Any) -> str:
    """The code of a type of numbers, such as <f8; its state, if it has one, holds the byte order in the second place."""
    if not (isinstance(value, _Record) and value.kind is _Known.DTYPE):
        raise TypeError("an array without a type")
    code = str(value.args[0])
    if value.state is None:
        return code
    order, *structure = value.state[1:5]
    if any(structure):
        raise HandFileError("expected an array of plain numbers, found one of structures")
    return f"{order}{code.lstrip('<>|=')}"


def _from_state(record: _Record, depth: int) -> AnyArray:
    if record.args[:1] != (_Known.NDARRAY,):
        raise TypeError("an array of another class than ndarray")
    _version, shape, dtype, column_major, raw = record.state
    return plain_array(shape, _code(dtype), bool(column_major), _raw(raw))


def _from_buffer(record: _Record, depth: int) -> AnyArray:
    raw, dtype, shape, order = record.args
    return plain_array(shape, _code(dtype), order == "F", _raw(raw))


def _wrapped(record: _Record, depth: int) -> AnyArray:
    """A chumpy variable is a wrapper around one array."""
    return _array(record.state["x"], depth + 1)


def _indices(value: Any, bound: int, depth: int) -> npt.NDArray[np.int64]:
    array = _array(value, depth + 1)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise HandFileError("indices must be one row of whole numbers")
    if array.size and (int(array.min()) < 0 or int(array.max()) >= bound):
        raise HandFileError(f"an index lies outside 0..{bound - 1}")
    return array.astype(np.int64)


def _selected(record: _Record, depth: int) -> AnyArray:
    """Chumpy's `Select` picks elements of a flattened array and gives them a shape; MANO's betas are ten of twenty."""
    source = _array(record.state["a"], depth + 1).ravel()
    chosen = source[_indices(record.state["idxs"], source.size, depth)]
    shape = record.state.get("preferred_shape")
    return chosen if shape is None else chosen.reshape(_shape(shape))


def _dense(record: _Record, depth: int) -> AnyArray:
    """A dense array from compressed columns (CSC) or rows (CSR), as SciPy writes them."""
    state = record.state
    shape = _shape(state["_shape"] if "_shape" in state else state["shape"])
    major, minor = shape[::-1] if record.kind is _Known.CSC else shape
    data = _array(state["data"], depth + 1)
    inner = _indices(state["indices"], minor, depth)
    starts = _indices(state["indptr"], len(inner) + 1, depth)
    if data.shape != inner.shape or len(starts) != major + 1 or starts[0] != 0 or (np.diff(starts) < 0).any():
        raise HandFileError("a sparse matrix contradicts itself")
    data, inner = data[: starts[-1]], inner[: starts[-1]]
    outer = np.repeat(np.arange(major), np.diff(starts))
    dense = np.zeros(shape, data.dtype)
    np.add.at(dense, (inner, outer) if record.kind is _Known.CSC else (outer, inner), data)
    return dense


def _kind(value: Any) -> str:
    return value.kind.name if isinstance(value, _Record) else type(value).__name__


_ARRAYS: dict[_Known, Callable[[_Record, int], AnyArray]] = {
    _Known.RECONSTRUCT: _from_state,
    _Known.FROMBUFFER: _from_buffer,
    _Known.CSC: _dense,
    _Known.CSR: _dense,
    _Known.CH: _wrapped,
    _Known.SELECT: _selected,
}


def _array(value: Any, depth: int = 0) -> AnyArray:
    """The array that a record stands for. A genuine file nests three: a `Select` over a `Ch` over an array."""
    if not (isinstance(value, _Record) and value.kind in _ARRAYS):
        raise HandFileError(f"expected an array, found {_kind(value)}")
    if depth > 4:
        raise HandFileError("arrays are nested too deeply")
    return _ARRAYS[value.kind](value, depth)


# --- both -------------------------------------------------------------------------------------------------------------

_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, struct.error)
"""What the two steps raise where the bytes make no sense."""


def read_arrays(data: bytes, keys: Collection[str]) -> dict[str, AnyArray]:
    """The arrays under `keys` in a pickled dictionary; keys that it lacks are left out, others are ignored.

    Args:
        data: the whole pickle, of any protocol.
        keys: names of the arrays wanted.

    Raises:
        HandFileError: the pickle is damaged, is no dictionary, names anything but arrays, or an array is not plain.
    """
    reader = _Reader(data)
    try:
        model = reader.result()
    except HandFileError:
        raise
    except _DAMAGE:
        raise HandFileError(f"the pickle is damaged near byte {reader.at}") from None
    if not isinstance(model, dict):
        raise HandFileError(f"expected a dictionary of arrays, found {_kind(model)}")
    return {key: _named_array(key, model[key]) for key in keys if key in model}


def _named_array(key: str, value: Any) -> AnyArray:
    try:
        return _array(value)
    except HandFileError as error:
        raise HandFileError(f"key '{key}': {error}") from None
    except _DAMAGE:
        raise HandFileError(f"key '{key}' is damaged: its parts do not make an array") from None
