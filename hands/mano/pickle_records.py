"""The first step of reading a pickled hand model: its opcodes become records, and nothing is run.

A pickle is a program for a machine with a stack, marks in it, and a memo. `Reader` is that machine with its hands tied:
where a pickle has a function called, it writes down what would have been called with what. The functions and classes
that a hand model may name are the members of `Known`; a file that names another is refused.

Explained in the book: *Meet the hand*. The second step is `hands.mano.safe_pickle`.
"""

from __future__ import annotations

import pickle
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

MAX_STEPS = 100_000
"""The most opcodes a pickle may have. A genuine one has about a thousand; arrays are one string each."""


class HandFileError(ValueError):
    """A hand model file that cannot be used; the message names the file, the key and what was expected."""


class Known(Enum):
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


KNOWN = {
    "numpy.ndarray": Known.NDARRAY,
    "numpy.dtype": Known.DTYPE,
    "numpy.multiarray._reconstruct": Known.RECONSTRUCT,
    "numpy.numeric._frombuffer": Known.FROMBUFFER,
    "numpy.multiarray.scalar": Known.SCALAR,
    "scipy.sparse.csc_matrix": Known.CSC,
    "scipy.sparse.csr_matrix": Known.CSR,
    "scipy.sparse.csc_array": Known.CSC,
    "scipy.sparse.csr_array": Known.CSR,
    "chumpy.Ch": Known.CH,
    "chumpy.ch.Ch": Known.CH,
    "chumpy.reordering.Select": Known.SELECT,
    "_codecs.encode": Known.ENCODE,
    "builtins.bytes": Known.BYTES,
    "copyreg._reconstructor": Known.NEW_OBJECT,
    "builtins.object": Known.OBJECT,
    "builtins.set": Known.SET,
}
"""By their names of today, less the parts of a module's path that only say where a package keeps its insides."""

_OLD_NAMES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
_INSIDES = re.compile(r"(?<=^numpy)\._?core(?=\.)|(?<=^scipy\.sparse)\._?cs[cr](?=$)")


@dataclass(slots=True, eq=False)
class Record:
    """What the file wanted made: which object, from which arguments, then given which state."""

    kind: Known
    args: tuple[Any, ...]
    state: Any = None


class Reader:
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


def _known(module: str, name: str) -> Known:
    """The function or class of this name, if a hand model may name it."""
    if not (isinstance(module, str) and isinstance(name, str)):
        raise TypeError("a name that is no text")
    package = _INSIDES.sub("", _OLD_NAMES.get(module, module))
    known = KNOWN.get(f"{package}.{name}")
    if known is None and re.fullmatch(r"chumpy(\.\w+)*", module) and name.isidentifier():
        return Known.OTHER_CHUMPY
    if known is None:
        raise HandFileError(
            f"the pickle wants to use {module[:80]}.{name[:80]}, which no hand model needs; it may be hostile: "
            "nothing of it was run, and pickle.load would run it"
        )
    return known


def _record(function: Any, args: Any) -> Record:
    """The call `function(*args)`, written down."""
    if not isinstance(function, Known) or not isinstance(args, tuple):
        raise TypeError("a call of something that cannot be called")
    if function is Known.NEW_OBJECT:  # how protocols 0 and 1 spell an object: _reconstructor(class, object, None)
        function, args = args[0], ()
        if not isinstance(function, Known):
            raise TypeError("an object of no class")
    return Record(function, args)


def _set_state(reader: Reader) -> None:
    state = reader.stack.pop()
    if not isinstance(reader.stack[-1], Record):
        raise TypeError("state for something that has none")
    reader.stack[-1].state = state


def _pairs(values: list[Any]) -> dict[str | int, Any]:
    """A dictionary; its keys are plain, since hashing a tuple that holds itself many times over takes for ever."""
    if not all(isinstance(key, str | int) for key in values[::2]):
        raise TypeError("a key that is neither text nor a number")
    return dict(zip(values[::2], values[1::2], strict=True))


def _set_items(reader: Reader, values: list[Any]) -> None:
    reader.stack[-1].update(_pairs(values))


def _extend(reader: Reader) -> None:
    values = reader.since_mark()
    reader.stack[-1].extend(values)


def _remember(reader: Reader, index: int) -> None:
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


_Take = Callable[[Reader], Any]

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


DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, struct.error)
"""What reading raises where the bytes make no sense."""


def read_records(data: bytes) -> Any:
    """What the pickle would have made, with a `Record` in place of every object that it wanted to make.

    Raises:
        HandFileError: the pickle is damaged, or names what no hand model needs.
    """
    reader = Reader(data)
    try:
        return reader.result()
    except HandFileError:
        raise
    except DAMAGE:
        raise HandFileError(f"the pickle is damaged near byte {reader.at}") from None
