"""Tables and sentences made of numbers, for the page and for JupyterLab, and as plain text for everybody else.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

SCROLLS: Final = "pst-scrollable-table-container"
"""Class of the page's theme: a table that is wider than the page can be moved in it."""


@dataclass(frozen=True)
class Words:
    """Markdown that a cell shows: put it last."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Table:
    """A table that a cell shows: put it last."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Of each column, whether its cells begin like numbers, or are empty."""
        return tuple(all(_is_number(cell) for cell in column[1:]) for column in zip(self.head, *self.rows, strict=True))

    def _repr_html_(self) -> str:
        head = self._cells("th", self.head)
        body = "\n".join(f"<tr>{self._cells('td', row)}</tr>" for row in self.rows)
        above = f"<p><em>{escape(self.caption)}</em></p>\n" if self.caption else ""
        table = f'<table class="table">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>'
        return f'{above}<div class="{SCROLLS}">{table}</div>'

    def _cells(self, tag: str, row: Sequence[str]) -> str:
        looks = ["text-align:right;white-space:nowrap" if right else "text-align:left" for right in self.numeric]
        if tag == "th":
            looks = [look.replace("nowrap", "normal") for look in looks]
        cells = zip(row, looks, strict=True)
        return "".join(f'<{tag} style="{look}">{escape(cell)}</{tag}>' for cell, look in cells)

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]
        lines = [_aligned(row, widths, self.numeric) for row in (self.head, *self.rows)]
        return "\n".join([self.caption, *lines] if self.caption else lines)


def words(*paragraphs: str) -> Words:
    """Paragraphs of Markdown, one below the other.

    Example:
        >>> words("**Two** is even.")
        **Two** is even.
    """
    return Words("\n\n".join(paragraphs))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> Table:
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
    return Table(tuple(head), tuple(map(tuple, rows)), caption)


def _is_number(cell: str) -> bool:
    """Whether it begins like one, or is empty."""
    return not cell.strip("-") or cell.lstrip("+-")[:1].isdigit()


def _aligned(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = zip(row, widths, right, strict=True)
    return "  ".join(cell.rjust(width) if numbers else cell.ljust(width) for cell, width, numbers in cells).rstrip()
