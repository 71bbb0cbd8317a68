"""Show the library's own source in a chapter, so that it is never pasted and never stale."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hands

PACKAGE = Path(hands.__file__).parent


class Source:
    """The source of one object; JupyterLab and the page show it highlighted, a terminal as plain text."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where

    def _repr_markdown_(self) -> str:
        fence = "`" * max(3, _longest_run(self.text, "`") + 1)
        return f"`{self.where}`\n\n{fence}python\n{self.text}\n{fence}"

    def __repr__(self) -> str:
        return f"# {self.where}\n{self.text}"


def source(obj: Callable[..., Any] | type) -> Source:
    """The source code of a function, method or class, with the file in which it stands.

    Example:
        >>> source(source).where
        'hands/viz/source.py'

    Raises:
        ValueError: the object has no Python source that can be read, like a built-in.
    """
    plain = inspect.unwrap(obj)
    try:
        text, file = inspect.getsource(plain), inspect.getsourcefile(plain)
    except (OSError, TypeError) as error:
        raise ValueError(f"{obj!r} has no Python source to show") from error
    return Source(_readable(textwrap.dedent(text).rstrip()), _relative(file))


def _readable(text: str) -> str:
    """Drop what readers need not see: the shape checker's decorators, which pytest adds, and notes to the linter."""
    lines = text.splitlines()
    while lines and lines[0].startswith("@jaxtyp"):
        lines.pop(0)
    return "\n".join(re.sub(r"\s*# noqa\b.*$", "", line) for line in lines)


def _relative(file: str | None) -> str:
    """A name that is the same on every machine."""
    path = Path(file or "")
    return (Path("hands") / path.relative_to(PACKAGE)).as_posix() if path.is_relative_to(PACKAGE) else path.name


def _longest_run(text: str, character: str) -> int:
    longest = current = 0
    for c in text:
        current = current + 1 if c == character else 0
        longest = max(longest, current)
    return longest
