"""Read the arrays of a pickled hand model without running anything that the file says.

A pickle is a small program. It pushes values on a stack, names Python functions and has the unpickler call them; so
`pickle.load` on a file from a stranger runs the stranger's program. The official MANO files are pickles, written by
Python 2 with objects of chumpy, a package that no longer installs. Here such a file is read as data, in two steps:

1. `hands.mano.pickle_records` walks through the opcodes. It imports nothing and calls nothing. A function that the file
   names becomes a member of `Known`, or the file is refused; a call becomes a `Record` of what would have been called.
2. The records that mean an array (numpy's, SciPy's sparse matrices, chumpy's `Ch` and `Select`) are rebuilt from their
   shape, type and raw bytes, each checked first.

Threat model: the file may hold any bytes at all. It cannot run code or reach an object of this process, and what its
arrays may take of memory is bounded; whatever it holds, the outcome is plain arrays of numbers or a `HandFileError`.
That the numbers make a hand is for `hands.mano.files` to check.

Explained in the book: *Meet the hand*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from hands.mano.pickle_records import DAMAGE, HandFileError, Known, Record, read_records

__all__ = ["MAX_ITEMS", "AnyArray", "HandFileError", "plain_array", "read_arrays"]

AnyArray = npt.NDArray[Any]

MAX_ITEMS = 4_000_000
"""The most elements an array may have: ten times the largest of MANO's."""


def _raw(value: Any) -> bytes:
    """Raw data: bytes, a Python 2 string, or one of two spellings of bytes that Python 3 uses up to protocol 2."""
    if isinstance(value, Record) and value.kind in (Known.ENCODE, Known.BYTES):
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
    """The code of a type of numbers, such as <f8; its state, if any, holds the byte order in the second place."""
    if not (isinstance(value, Record) and value.kind is Known.DTYPE):
        raise TypeError("an array without a type")
    code = value.args[0]
    order, *structure = ("", None) if value.state is None else value.state[1:5]
    if not (isinstance(code, str) and isinstance(order, str)):
        raise TypeError("a type whose name is no text")
    if value.state is None:
        return code
    if any(structure):
        raise HandFileError("expected an array of plain numbers, found one of structures")
    return f"{order}{code.lstrip('<>|=')}"


def _from_state(record: Record, depth: int) -> AnyArray:
    if record.args[:1] != (Known.NDARRAY,):
        raise TypeError("an array of another class than ndarray")
    _version, shape, dtype, column_major, raw = record.state
    return plain_array(shape, _code(dtype), bool(column_major), _raw(raw))


def _from_buffer(record: Record, depth: int) -> AnyArray:
    raw, dtype, shape, order = record.args
    return plain_array(shape, _code(dtype), order == "F", _raw(raw))


def _wrapped(record: Record, depth: int) -> AnyArray:
    """A chumpy variable is a wrapper around one array."""
    return _array(record.state["x"], depth + 1)


def _indices(value: Any, bound: int, depth: int) -> npt.NDArray[np.int64]:
    array = _array(value, depth + 1)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise HandFileError("indices must be one row of whole numbers")
    if array.size and (int(array.min()) < 0 or int(array.max()) >= bound):
        raise HandFileError(f"an index lies outside 0..{bound - 1}")
    return array.astype(np.int64)


def _selected(record: Record, depth: int) -> AnyArray:
    """Chumpy's `Select` picks elements of a flattened array and gives them a shape; MANO's betas are ten of twenty."""
    source = _array(record.state["a"], depth + 1).ravel()
    chosen = source[_indices(record.state["idxs"], source.size, depth)]
    shape = record.state.get("preferred_shape")
    return chosen if shape is None else chosen.reshape(_shape(shape))


def _dense(record: Record, depth: int) -> AnyArray:
    """A dense array from compressed columns (CSC) or rows (CSR), as SciPy writes them."""
    state = record.state
    shape = _shape(state["_shape"] if "_shape" in state else state["shape"])
    major, minor = shape[::-1] if record.kind is Known.CSC else shape
    data = _array(state["data"], depth + 1)
    inner = _indices(state["indices"], minor, depth)
    starts = _indices(state["indptr"], len(inner) + 1, depth)
    if data.shape != inner.shape or len(starts) != major + 1 or starts[0] != 0 or (np.diff(starts) < 0).any():
        raise HandFileError("a sparse matrix contradicts itself")
    data, inner = data[: starts[-1]], inner[: starts[-1]]
    outer = np.repeat(np.arange(major), np.diff(starts))
    dense = np.zeros(shape, data.dtype)
    np.add.at(dense, (inner, outer) if record.kind is Known.CSC else (outer, inner), data)
    return dense


def _kind(value: Any) -> str:
    return value.kind.name if isinstance(value, Record) else type(value).__name__


_ARRAYS: dict[Known, Callable[[Record, int], AnyArray]] = {
    Known.RECONSTRUCT: _from_state,
    Known.FROMBUFFER: _from_buffer,
    Known.CSC: _dense,
    Known.CSR: _dense,
    Known.CH: _wrapped,
    Known.SELECT: _selected,
}


def _array(value: Any, depth: int = 0) -> AnyArray:
    """The array that a record stands for. A genuine file nests three: a `Select` over a `Ch` over an array."""
    if not (isinstance(value, Record) and value.kind in _ARRAYS):
        raise HandFileError(f"expected an array, found {_kind(value)}")
    if depth > 4:
        raise HandFileError("arrays are nested too deeply")
    return _ARRAYS[value.kind](value, depth)


def read_arrays(data: bytes, keys: Collection[str]) -> dict[str, AnyArray]:
    """The arrays under `keys` in a pickled dictionary; keys that it lacks are left out, others are ignored.

    Args:
        data: the whole pickle, of any protocol.
        keys: names of the arrays wanted.

    Raises:
        HandFileError: the pickle is damaged, is no dictionary, names anything but arrays, or an array is not plain.
    """
    model = read_records(data)
    if not isinstance(model, dict):
        raise HandFileError(f"expected a dictionary of arrays, found {_kind(model)}")
    return {key: _named_array(key, model[key]) for key in keys if key in model}


def _named_array(key: str, value: Any) -> AnyArray:
    try:
        return _array(value)
    except HandFileError as error:
        raise HandFileError(f"key '{key}': {error}") from None
    except DAMAGE:
        raise HandFileError(f"key '{key}' is damaged: its parts do not make an array") from None
