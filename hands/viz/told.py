"""Tables and sentences made of numbers: Markdown in the page and in JupyterLab, plain text for everybody else.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """Text that a cell shows: put it last."""

    markdown: str
    plain: str

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.plain


def words(*paragraphs: str) -> Told:
    """Paragraphs of Markdown, one below the other.

    Example:
        >>> words("**Two** is even.")
        **Two** is even.
    """
    text = "\n\n".join(paragraphs)
    return Told(text, text)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> Told:
    """A table of text; columns of numbers are flush right, columns of words flush left.

    Args:
        head: of each column.
        rows: a cell for each column.
        caption: above the table.

    Raises:
        ValueError: a row has more or fewer cells than the head.

    Example:
        >>> table(["method", "mm"], [["ridge", "9.0"], ["mean pose", "21.0"]], "Two methods.")
        Two methods.
        method       mm
        ridge       9.0
        mean pose  21.0
    """
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"a row has {len(row)} cells and the head {len(head)}: {', '.join(row)}")
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    right = [all(_is_number(row[k]) for row in rows) for k in range(len(head))]
    lines = ["|".join(["", *map(_escaped, row), ""]) for row in (head, *rows)]
    lines.insert(1, "|" + "".join("--:|" if numbers else ":--|" for numbers in right))
    above = [f"*{caption}*", ""] if caption else []
    plain = [caption] if caption else []
    plain += [_aligned(row, widths, right) for row in (head, *rows)]
    return Told("\n".join([*above, *lines]), "\n".join(plain))


def _escaped(cell: str) -> str:
    return cell.replace("|", r"\|")


def _is_number(cell: str) -> bool:
    """Whether it begins like one, or is empty."""
    return not cell.strip("-") or cell.lstrip("+-")[:1].isdigit()


def _aligned(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = zip(row, widths, right, strict=True)
    return "  ".join(cell.rjust(width) if numbers else cell.ljust(width) for cell, width, numbers in cells).rstrip()
