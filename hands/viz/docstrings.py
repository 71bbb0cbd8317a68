"""Docstrings of this library are Markdown with mathematics; Sphinx's autodoc reads reStructuredText. This turns them.

Code between backticks and formulas between dollars are spelt otherwise there. What reStructuredText would take for
markup but was not meant so (a lone star, a bar) is escaped. Everything else is the same in both.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_DISPLAY = re.compile(r"^(?P<indent>[ ]*)\$\$\n?(?P<formula>.*?)\$\$[ ]*$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"(?P<literal>``.+?``|:\w+:`[^`]+`)|`(?P<code>[^`]+)`|\$(?P<formula>[^$]+)\$")
_LONE = re.compile(r"(?P<kept>(?<![\w*])\*{1,2}\w(?:[^*]*\w)?\*{1,2}(?!\w)|``.+?``|:\w+:`[^`]+`)|(?P<mark>[*|])")


def to_restructured_text(docstring: str) -> str:
    r"""The docstring as autodoc wants it.

    Example:
        >>> to_restructured_text("The matrix `R` of $\\theta$, (*batch, 3).")
        'The matrix ``R`` of :math:`\\theta`, (\\*batch, 3).'
    """
    parts = re.split(r"(^[ ]*>>>.*(?:\n[ ]*\S.*)*)", docstring, flags=re.MULTILINE)  # examples stay as they are
    return "".join(part if i % 2 else _prose(part) for i, part in enumerate(parts))


def _prose(text: str) -> str:
    pieces = []
    start = 0
    for match in _DISPLAY.finditer(text):
        pieces += [_inline(text[start : match.start()]), _display(match)]
        start = match.end()
    return "".join([*pieces, _inline(text[start:])])


def _display(match: re.Match[str]) -> str:
    formula = textwrap.dedent(match["formula"]).strip("\n")
    return textwrap.indent(f".. math::\n\n{textwrap.indent(formula, '   ')}\n", match["indent"])


def _inline(text: str) -> str:
    def turned(match: re.Match[str]) -> str:
        if match["literal"]:
            return match["literal"]
        return f"``{match['code']}``" if match["code"] else f":math:`{match['formula']}`"

    return _LONE.sub(lambda m: m["kept"] or f"\\{m['mark']}", _INLINE.sub(turned, text))


def setup(app: Sphinx) -> dict[str, bool]:
    """Turn each docstring before napoleon reads its sections."""

    def turn(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
        text = to_restructured_text("\n".join(lines))
        if what in ("data", "attribute"):
            text = text.replace(": ", ":\n", 1)  # napoleon takes "The joints: from ..." for "type: description"
        lines[:] = text.split("\n")

    def skip(app: Sphinx, what: str, name: str, obj: object, skipped: bool, options: object) -> bool | None:
        return True if str(obj.__doc__).startswith("Alias for field number") else None  # of a NamedTuple: says nothing

    app.connect("autodoc-process-docstring", turn, priority=400)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True}
