"""Hand model files: the official MANO pickles, and the same layout as .npz.

A file is taken for what it holds, not for what it says: every array is checked against MANO's layout before it is used,
and an error names the file, the key and what was expected. Nothing in a file is run (`hands.mano.safe_pickle`).

Two things are mended on the way in, because they are known and have one right answer:

- Rows of `weights` and `J_regressor` are divided by their sums, in float64, where they miss one by float32 rounding.
- In the official MANO_LEFT the x components of `shapedirs` have the right hand's signs: where such a hand should get
  longer it gets shorter (https://github.com/vchoutas/smplx/issues/48). `HandModelData.repairs` says when it was mended.

Explained in the book: *Meet the hand*.
"""

from __future__ import annotations

import io
import logging
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np

from hands.conventions import JOINT_NAMES, NUM_BETAS, NUM_JOINTS, PARENTS, TIP_VERTICES
from hands.mano.model_data import Array, HandModelData, Side, check_kintree
from hands.mano.safe_pickle import MAX_ITEMS, AnyArray, HandFileError, plain_array, read_arrays

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Key:
    """What a key of a hand model file holds; "V" and "F" in its shape are the numbers of vertices and triangles."""

    shape: tuple[int | str, ...]
    meaning: str
    whole_numbers: bool = False
    needed: bool = True


POSE = 3 * (NUM_JOINTS - 1)

KEYS: Mapping[str, Key] = {
    "v_template": Key(("V", 3), "vertices of the mean hand, in metres"),
    "f": Key(("F", 3), "triangles, as vertex numbers", whole_numbers=True),
    "shapedirs": Key(("V", 3, NUM_BETAS), "displacement of each vertex per beta"),
    "posedirs": Key(("V", 3, 3 * POSE), "displacement of each vertex per entry of R - I"),
    "J_regressor": Key((NUM_JOINTS, "V"), "joints from vertices"),
    "weights": Key(("V", NUM_JOINTS), "skinning weights"),
    "kintree_table": Key((2, NUM_JOINTS), "parent of each joint", whole_numbers=True),
    "hands_components": Key((POSE, POSE), "principal components of poses, one a row"),
    "hands_mean": Key((POSE,), "mean pose"),
    "x_tips": Key((5,), "fingertip vertices, thumb to little finger", whole_numbers=True, needed=False),
    "x_beta_male": Key((NUM_BETAS,), "betas of the mean man", needed=False),
    "x_beta_female": Key((NUM_BETAS,), "betas of the mean woman", needed=False),
}
"""The keys of MANO's own layout that are read, and three, from `x_tips` on, that this project adds."""

MAX_FILE = 32 << 20
"""Bytes in a file; the official pickles have 3.8 million."""
LARGEST_NUMBER = 1e6
"""No entry of a hand in metres comes near it."""
ROUNDING = 1e-4
"""How far float32 arithmetic may leave the sum of a row from one: about V times 2^-23."""

GET_A_FILE = (
    "Get MANO_RIGHT.pkl or MANO_LEFT.pkl from https://mano.is.tue.mpg.de, or use mano.load() for the default hand."
)


class MissingHandFile(HandFileError, FileNotFoundError):
    """There is no file at the path."""


def read(path: str | os.PathLike[str], side: Side | None = None) -> HandModelData:
    """The hand model in a .pkl or .npz file of MANO's layout.

    Args:
        path: the file. Official MANO works as downloaded.
        side: which hand it is, where the file's name is wrong about it. Without it the name tells ("left" or "right" in
            it), or else the direction of the fingers: a right hand's point to -x.

    Raises:
        HandFileError: the file is missing, damaged, hostile or no hand model, or the fingers contradict the side. It is
            a `ValueError`; for a missing file it is a `FileNotFoundError` too.
    """
    _check_side(side)
    file = Path(path).expanduser()
    try:
        return _read_bytes(_content(file), file.suffix.lower(), side or _side_in_name(file.stem))
    except HandFileError as error:
        raise type(error)(f"{file}: {error}") from None


def _check_side(side: str | None) -> None:
    if side not in (None, "right", "left"):
        raise ValueError(f"side is {side!r}, expected 'right' or 'left'")


def read_default(side: Side = "right") -> HandModelData:
    """The default hand, which is built from CC0 data and ships with the library. The left one is its mirror image."""
    _check_side(side)
    content = (resources.files("hands.mano") / "data" / "hand_right.npz").read_bytes()
    right = _read_bytes(content, ".npz", "right")
    return right if side == "right" else right.mirrored()


def _content(file: Path) -> bytes:
    if file.is_dir():
        raise HandFileError("is a folder; name the file in it, for example MANO_RIGHT.pkl")
    if not file.is_file():
        raise MissingHandFile(f"there is no such file. {GET_A_FILE}")
    if file.suffix.lower() not in _FORMATS:
        raise HandFileError(f"expected a file that ends in .pkl or .npz. {GET_A_FILE}")
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise HandFileError(f"cannot be read: {error.strerror}") from None
    if len(content) > MAX_FILE:
        raise HandFileError(f"is larger than {MAX_FILE >> 20} MiB, and a hand model has about 4")
    return content


def _read_bytes(content: bytes, suffix: str, side: Side | None) -> HandModelData:
    if not content:
        raise HandFileError(f"is empty. {GET_A_FILE}")
    if content.lstrip()[:1] == b"<":
        raise HandFileError(f"is a web page, perhaps of a download that asked for a login. {GET_A_FILE}")
    arrays = _FORMATS[suffix](content)
    repairs = _first_betas(arrays)
    _check_layout(arrays)
    return _mended_left(_record(arrays, side, repairs))


def _pickled_arrays(content: bytes) -> dict[str, AnyArray]:
    if content.startswith(b"PK"):
        raise HandFileError("is a zip archive; unpack it and name the .pkl file in it")
    return read_arrays(content, KEYS)


def _zipped_arrays(content: bytes) -> dict[str, AnyArray]:
    """The arrays of an .npz file; sizes are checked before anything is unpacked, and no pickle in it is opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            wanted = {key: entries[f"{key}.npy"] for key in KEYS if f"{key}.npy" in entries}
            return {key: _unzipped(archive, entry, key) for key, entry in wanted.items()}
    except HandFileError:
        raise
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, OSError, EOFError, struct.error):
        raise HandFileError(f"is damaged, or no .npz file. {GET_A_FILE}") from None


def _unzipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, key: str) -> AnyArray:
    plain = entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not entry.flag_bits & 1
    if not plain or entry.file_size > 8 * MAX_ITEMS:
        raise HandFileError(f"key '{key}' is encrypted, oddly packed, or larger than {8 * MAX_ITEMS} bytes")
    with archive.open(entry) as stream:
        return _npy(stream.read(entry.file_size), key)


_NPY = re.compile(
    rb"\x93NUMPY(?:\x01\x00..|[\x02\x03]\x00....)"  # magic, version, length of the rest
    rb"\{'descr': (?P<type>.{1,200}), 'fortran_order': (?P<columns>True|False), "
    rb"'shape': \((?P<shape>[\dL, ]*)\),? ?\} *\n",
    re.DOTALL,
)
"""The head of an array in NumPy's own format, as every writer spells it."""


def _npy(content: bytes, key: str) -> AnyArray:
    """One array in NumPy's own format. Its head is a Python expression; it is matched, not evaluated."""
    head = _NPY.match(content)
    if head is None:
        raise HandFileError(f"key '{key}' is damaged: it is no array in NumPy's format")
    shape = tuple(int(n) for n in re.findall(rb"\d+", head["shape"]))
    code = head["type"].decode("latin-1")
    try:
        return plain_array(shape, code.strip("'"), head["columns"] == b"True", content[head.end() :])
    except HandFileError as error:
        raise HandFileError(f"key '{key}': {error}") from None


_FORMATS = {".pkl": _pickled_arrays, ".pickle": _pickled_arrays, ".npz": _zipped_arrays}


def _first_betas(arrays: dict[str, AnyArray]) -> tuple[str, ...]:
    """Keep the first ten shape directions of a file with more; its betas are sorted by how much they matter."""
    shapedirs = arrays.get("shapedirs")
    if shapedirs is None or shapedirs.ndim != 3 or shapedirs.shape[2] <= NUM_BETAS:
        return ()
    arrays["shapedirs"] = shapedirs[:, :, :NUM_BETAS]
    return (f"shapedirs has {shapedirs.shape[2]} betas; the first {NUM_BETAS} are used",)


def _check_layout(arrays: Mapping[str, AnyArray]) -> None:
    """Refuse arrays that are not MANO's, naming the key and what was expected."""
    template = arrays.get("v_template")
    V = len(template) if template is not None and template.ndim else "V"
    for name, key in KEYS.items():
        shape = tuple(V if n == "V" else n for n in key.shape)
        expected = f"expected ({', '.join(map(str, shape))}{',' * (len(shape) == 1)}): {key.meaning}"
        if name in arrays:
            _check_array(arrays[name], shape, key, f"key '{name}'", expected)
        elif key.needed:
            raise HandFileError(f"key '{name}' is missing, {expected}. {GET_A_FILE}")
    _check_numbering(arrays)


def _check_array(array: AnyArray, shape: tuple[int | str, ...], key: Key, name: str, expected: str) -> None:
    if array.ndim != len(shape) or any(n not in (m, "F") for n, m in zip(shape, array.shape, strict=True)):
        raise HandFileError(f"{name} has shape {array.shape}, {expected}")
    if not array.size:
        raise HandFileError(f"{name} is empty, {expected}")
    if array.dtype.kind not in ("iu" if key.whole_numbers else "iuf"):
        raise HandFileError(f"{name} holds {array.dtype}, {expected}")
    if not key.whole_numbers and not (np.abs(array.astype(np.float64)) < LARGEST_NUMBER).all():
        raise HandFileError(f"{name} holds numbers that are not finite or far too large, {expected}")


def _check_numbering(arrays: Mapping[str, AnyArray]) -> None:
    V = len(arrays["v_template"])
    for key in ("f", "x_tips"):
        if key in arrays and (arrays[key].min() < 0 or arrays[key].max() >= V):
            raise HandFileError(f"key '{key}' names vertices outside 0..{V - 1}")
    if "x_tips" not in arrays and V != 778:
        raise HandFileError(
            f"key 'x_tips' is missing, expected (5,): {KEYS['x_tips'].meaning}; they are known for "
            f"MANO's 778 vertices, and this hand has {V}"
        )
    try:
        check_kintree(arrays["kintree_table"])
    except ValueError as error:
        raise HandFileError(f"key 'kintree_table': {error}") from None


def _record(read: Mapping[str, AnyArray], named: Side | None, repairs: tuple[str, ...]) -> HandModelData:
    numbers: dict[str, Array] = {
        key: array.astype(np.float64) for key, array in read.items() if not KEYS[key].whole_numbers
    }
    regressor = _rows_sum_to_one("J_regressor", numbers["J_regressor"])
    joints = regressor @ numbers["v_template"]
    _check_size(joints)
    return HandModelData(
        side=_side(joints, named),
        v_template=numbers["v_template"],
        shapedirs=numbers["shapedirs"],
        posedirs=numbers["posedirs"],
        J_regressor=regressor,
        lbs_weights=_rows_sum_to_one("weights", numbers["weights"]),
        faces=read["f"].astype(np.int64),
        hands_mean=numbers["hands_mean"],
        hands_components=numbers["hands_components"],
        tip_vertices=tuple(int(v) for v in read.get("x_tips", TIP_VERTICES["smplx"])),
        betas_male=numbers.get("x_beta_male"),
        betas_female=numbers.get("x_beta_female"),
        repairs=repairs,
    )


def _check_size(joints: Array) -> None:
    """A palm in millimetres or inches loads as well as one in metres, and is wrong everywhere after."""
    palm = float(np.linalg.norm(joints[JOINT_NAMES.index("middle1")] - joints[0]))
    if not 0.02 < palm < 0.3:
        raise HandFileError(f"key 'v_template': the palm is {palm:.3g} long, expected about 0.1; is it in metres?")


def _rows_sum_to_one(key: str, rows: Array) -> Array:
    """The rows divided by their sums, which may miss one by float32 rounding and not by more."""
    sums = rows.sum(axis=1, keepdims=True)
    worst = int(np.abs(sums - 1).argmax())
    if abs(sums[worst, 0] - 1) > ROUNDING:
        raise HandFileError(f"key '{key}': row {worst} sums to {sums[worst, 0]:.6g}, expected 1")
    normalised: Array = rows / sums
    return normalised


def _side_in_name(stem: str) -> Side | None:
    """The side that a file's name tells: left or right as a word of it, or before "hand". None where it tells both."""
    sides = set(re.findall(r"(?<![a-z])(left|right)(?![a-z])|(?<![a-z])(left|right)(?=hand)", stem.lower()))
    words = {word for pair in sides for word in pair if word}
    return None if len(words) != 1 else "left" if "left" in words else "right"


def _side(joints: Array, named: Side | None) -> Side:
    """Which hand it is. The fingers have the last word: those of a right hand point to -x, of a left one to +x."""
    fingers = joints[[1, 4, 7, 10]].mean(axis=0) - joints[0]
    along_x = abs(fingers[0]) > 0.5 * float(np.linalg.norm(fingers))
    seen: Side | None = None if not along_x else "right" if fingers[0] < 0 else "left"
    if named is None and seen is None:
        raise HandFileError(
            "cannot tell which hand it is: fingers do not run along x; pass side='right' or side='left'"
        )
    if named is not None and seen is not None and named != seen:
        raise HandFileError(
            f"its name or side= says {named} hand, but its fingers point to {'-x' if seen == 'right' else '+x'} as a "
            f"{seen} hand's do in MANO; pass side='{seen}' if that is what it is"
        )
    return named or seen or "right"


def _mended_left(data: HandModelData) -> HandModelData:
    """Give the betas of a left hand their x components' right signs, where the file has the wrong ones.

    Across people, long hands are broad hands (correlation 0.7 in the survey ANSUR II). So over the ten betas the growth
    along x (length) and along z (breadth) go together, whatever basis the betas are in. With the signs of x wrong they
    go against each other, which no population of hands does.
    """
    if data.side == "right" or _growth(data, 0) @ _growth(data, 2) >= 0:
        return data
    shapedirs = data.shapedirs * np.array([-1.0, 1.0, 1.0])[:, None]
    repair = "the signs of shapedirs[:, 0, :] were the right hand's (known bug of MANO_LEFT) and have been turned"
    logger.info("left hand: %s", repair)
    return replace(data, shapedirs=shapedirs, repairs=(*data.repairs, repair))


def _growth(data: HandModelData, axis: int) -> Array:
    """By how much the hand grows along an axis per unit of each beta, relative to its size: a least-squares slope."""
    x = data.v_template[:, axis] - data.v_template[:, axis].mean()
    growth: Array = x @ data.shapedirs[:, axis] / max(float(x @ x), np.finfo(float).tiny)
    return growth


def write_npz(data: HandModelData, path: str | os.PathLike[str], license: str = "") -> None:
    """Write a hand model as .npz in MANO's own layout, in float32. The same data give the same bytes.

    The file appears whole or not at all: it is written beside its place and then renamed.

    Args:
        data: the hand.
        path: where to; an existing file is replaced.
        license: terms of the data, kept in the file under `x_license`.

    Raises:
        HandFileError: the path does not end in .npz.
    """
    file = Path(path)
    if file.suffix.lower() != ".npz":
        raise HandFileError(f"{file}: expected a path that ends in .npz")
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.write_bytes(_zipped(_layout(data, license)))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _layout(data: HandModelData, license: str) -> dict[str, AnyArray]:
    """The arrays of a record under the keys of MANO's files."""
    numbers = {
        "v_template": data.v_template,
        "shapedirs": data.shapedirs,
        "posedirs": data.posedirs,
        "J_regressor": data.J_regressor,
        "weights": data.lbs_weights,
        "hands_components": data.hands_components,
        "hands_mean": data.hands_mean,
        "x_beta_male": data.betas_male,
        "x_beta_female": data.betas_female,
    }
    arrays: dict[str, AnyArray] = {key: array.astype("<f4") for key, array in numbers.items() if array is not None}
    parents = np.array(PARENTS) % 2**32  # the root's -1 as an unsigned number, as MANO has it
    arrays["f"] = data.faces.astype("<u4")
    arrays["kintree_table"] = np.stack([parents, np.arange(NUM_JOINTS)]).astype("<u4")
    arrays["x_tips"] = np.array(data.tip_vertices, "<i4")
    if license:
        arrays["x_license"] = np.array(license)
    return dict(sorted(arrays.items()))


def _zipped(arrays: Mapping[str, AnyArray]) -> bytes:
    """An .npz whose bytes depend on the arrays alone: no time stamps, no permissions."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for key, array in arrays.items():
            npy = io.BytesIO()
            np.lib.format.write_array(npy, array, version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{key}.npy")  # dated 1980
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            archive.writestr(entry, npy.getvalue(), compresslevel=9)
    return stream.getvalue()
