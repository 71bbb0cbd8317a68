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
LOOK: Final = "table dataframe"
"""Of the page's theme, which puts other HTML of cells on a light ground when the page is dark."""
LONG: Final = 40
"""Letters of a cell from which on its column is kept broad."""


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
        """Of each column, whether its cells are empty or hold one number, with or without an interval."""
        return tuple(all(map(_is_number, column[1:])) for column in self._columns)

    @property
    def _columns(self) -> list[tuple[str, ...]]:
        return list(zip(self.head, *self.rows, strict=True))

    def _repr_html_(self) -> str:
        head = self._cells("th", self.head)
        body = "\n".join(f"<tr>{self._cells('td', row)}</tr>" for row in self.rows)
        above = f"<p><em>{escape(self.caption)}</em></p>\n" if self.caption else ""
        table = f'<table class="{LOOK}">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>'
        return f'{above}<div class="{SCROLLS}" style="font-size:0.85em">{table}</div>'

    def _cells(self, tag: str, row: Sequence[str]) -> str:
        cells = zip(row, self._columns, self.numeric, strict=True)
        return "".join(f'<{tag} style="{_style(tag, column, n)}">{escape(cell)}</{tag}>' for cell, column, n in cells)

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in self._columns]
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
    return not cell.strip("-") or (cell.lstrip("+-")[:1].isdigit() and ";" not in cell)


def _style(tag: str, column: Sequence[str], numeric: bool) -> str:
    if numeric:
        return "padding:0.3em 0.5em;text-align:right" + (";white-space:nowrap" if tag == "td" else "")
    broad = ";min-width:15em" if max(map(len, column)) > LONG else ""
    return "padding:0.3em 0.5em;text-align:left" + broad


def _aligned(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = zip(row, widths, right, strict=True)
    return "  ".join(cell.rjust(width) if numbers else cell.ljust(width) for cell, width, numbers in cells).rstrip()
